"""DeleteAnalysis: removes one analysis."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.finished_analyses import FinishedAnalyses
from flext_quality.application.metrics.succeeded_analysis import latest_succeeded
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.errors import (
    AnalysisInUseError,
    AnalysisNotFoundError,
    AnalysisUnfinishedError,
)
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.domain.projects.events import AnalysisDeleted
from flext_quality.domain.projects.project import Project

BATCHES_AT_ONCE = 50
"""How many batches of findings, of at most about 1 MiB each, go in one transaction."""


@dataclass(frozen=True)
class DeleteAnalysis:
    """Removes an analysis that nothing needs any more: its findings in parts, then all the rest at once.

    If it breaks off in between, the analysis is still there with some of its findings, and can be removed
    again.
    """

    uow: UnitOfWorkFactory
    finished: FinishedAnalyses
    clock: Clock

    async def __call__(self, name: AnalysisName) -> None:
        """Removes the analysis.

        Raises:
            QualityError: as DeleteAnalysis in the contract.
        """
        while not await self._remove_part(name):
            pass

    async def _remove_part(self, name: AnalysisName) -> bool:
        """Whether nothing is left."""
        async with self.uow() as uow:
            # Held, so that neither its gate nor its branches change meanwhile.
            project = (await uow.projects.get(name.project, for_update=True)).data
            analysis = (await uow.analyses.get(name)).data
            if project is None or analysis is None:
                raise AnalysisNotFoundError(str(name))
            await _check(uow, project, analysis)
            is_empty = await uow.findings.remove(name, limit=BATCHES_AT_ONCE) < BATCHES_AT_ONCE
            if is_empty:
                await uow.analyses.delete(analysis)
                project.tell(AnalysisDeleted(name, analysis.branch), self.clock())
                await uow.projects.save(project)
                uow.after_commit(lambda: self.finished.drop(name))
            await uow.commit()
        return is_empty


async def _check(uow: UnitOfWork, project: Project, analysis: Analysis) -> None:
    name = str(analysis.name)
    if not analysis.state.is_final:
        raise AnalysisUnfinishedError(name, analysis.state.name)
    latest = await latest_succeeded(uow, project.name, analysis.branch)
    if latest is not None and latest.name == analysis.name:
        raise AnalysisInUseError(name, "latest")
    if project.old_code == analysis.name:
        raise AnalysisInUseError(name, "quality_gate")
