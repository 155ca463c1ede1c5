"""GetProjectMetrics: what an analysis measured."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.metrics.succeeded_analysis import succeeded_analysis
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.analyses.project_metrics import ProjectMetrics
from flext_quality.domain.identifiers import AnalysisName, ProjectName


@dataclass(frozen=True)
class GetProjectMetrics:
    """Derives figures from one succeeded analysis."""

    uow: UnitOfWorkFactory

    async def __call__(self, project: ProjectName, analysis: AnalysisName | None) -> ProjectMetrics:
        """The figures of `analysis`, or of the latest succeeded one of the main line.

        Raises:
            QualityError: as GetProjectMetrics in the contract.
        """
        async with self.uow(read_only=True) as uow:
            (await uow.projects.get(project)).unwrap()
            return ProjectMetrics.of(await succeeded_analysis(uow, project, analysis))
