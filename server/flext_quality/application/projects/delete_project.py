"""DeleteProject: removes a project with all that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.finished_analyses import FinishedAnalyses
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import AnalysisState
from flext_quality.domain.errors import ProjectBusyError
from flext_quality.domain.identifiers import ProjectName

_UNFINISHED = (AnalysisState.PENDING, AnalysisState.RUNNING)


@dataclass(frozen=True)
class DeleteProject:
    """Removes a project that nothing works on."""

    uow: UnitOfWorkFactory
    finished: FinishedAnalyses
    clock: Clock

    async def __call__(self, name: ProjectName, *, etag: str) -> None:
        """Removes the project.

        Raises:
            QualityError: as DeleteProject in the contract.
        """
        async with self.uow() as uow:
            project = (await uow.projects.get(name, for_update=True)).unwrap()
            project.check_etag(etag)
            for analysis in await uow.analyses.list(name, limit=1, states=_UNFINISHED):
                raise ProjectBusyError(str(name), str(analysis.name))
            project.delete(self.clock())
            await uow.projects.delete(project)
            uow.after_commit(lambda: self.finished.forget(name))
            await uow.commit()
