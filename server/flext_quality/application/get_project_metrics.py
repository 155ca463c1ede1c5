"""GetProjectMetrics: a project's figures."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.ports import UnitOfWorkFactory
from flext_quality.domain.analysis import AnalysisState
from flext_quality.domain.errors import AnalysisNotFinishedError, NoFinishedAnalysisError
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.metrics import ProjectMetrics


@dataclass(frozen=True)
class GetProjectMetrics:
    """Derives figures from one succeeded analysis."""

    uow: UnitOfWorkFactory

    async def __call__(self, project: ProjectName, analysis: AnalysisName | None) -> ProjectMetrics:
        """The figures of `analysis`, or of the latest succeeded one.

        Raises:
            QualityError: as GetProjectMetrics in the contract.
        """
        async with self.uow(read_only=True) as uow:
            (await uow.projects.get(project)).unwrap()
            if analysis is None:
                latest = await uow.analyses.list(project, limit=1, states=[AnalysisState.SUCCEEDED])
                if not latest:
                    raise NoFinishedAnalysisError(str(project))
                return ProjectMetrics.of(latest[0])
            named = (await uow.analyses.get(analysis)).unwrap()
            if named.state is not AnalysisState.SUCCEEDED:
                raise AnalysisNotFinishedError(str(analysis), named.state.name)
            return ProjectMetrics.of(named)
