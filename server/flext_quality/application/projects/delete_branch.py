"""DeleteBranch: removes a branch with its analyses and the issues that were never seen elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.analyses.delete_analysis import BATCHES_AT_ONCE
from flext_quality.application.finished_analyses import FinishedAnalyses
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import UNFINISHED, Analysis
from flext_quality.domain.errors import AnalysisInUseError, BranchBusyError, BranchNotFoundError
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.projects.events import BranchDeleted
from flext_quality.domain.projects.project import Project

_ANALYSES_AT_ONCE = 100
_ISSUES_AT_ONCE = 2000
"""So many go in one transaction, so that nobody waits for long."""


@dataclass(frozen=True)
class DeleteBranch:
    """Removes a branch that nothing works on, a part in each transaction.

    Analyses go first, oldest first, the latest succeeded one last: what it knows of the branch stays true as
    long as issues are there. If it breaks off in between, what is left is a branch that can be removed.
    """

    uow: UnitOfWorkFactory
    finished: FinishedAnalyses
    clock: Clock

    async def __call__(self, project: ProjectName, branch: str) -> None:
        """Removes the branch.

        Raises:
            QualityError: as DeleteBranch in the contract.
        """
        count = await self._analysis_count(project, branch)
        while not await self._remove_part(project, branch, count):
            pass

    async def _analysis_count(self, project: ProjectName, branch: str) -> int:
        async with self.uow(read_only=True) as uow:
            (await uow.projects.get(project)).unwrap()
            count = await uow.analyses.count(project, branch)
        if not count:
            raise BranchNotFoundError(str(project), branch)
        return count

    async def _remove_part(self, name: ProjectName, branch: str, count: int) -> bool:
        """Whether nothing is left."""
        async with self.uow() as uow:
            # Held, so that neither its gate nor its branches change meanwhile.
            project = (await uow.projects.get(name, for_update=True)).unwrap()
            await _check(uow, project, branch)
            is_gone = await self._remove(uow, name, branch)
            if is_gone:
                project.tell(BranchDeleted(branch, count), self.clock())
                await uow.projects.save(project)
            await uow.commit()
        return is_gone

    async def _remove(self, uow: UnitOfWork, project: ProjectName, branch: str) -> bool:
        latest = await uow.analyses.latest(project, branch)
        oldest = await uow.analyses.oldest(project, branch, limit=_ANALYSES_AT_ONCE)
        others = [one for one in oldest if latest is None or one.name != latest.name]
        room = BATCHES_AT_ONCE
        for analysis in others:
            room = await self._remove_analysis(uow, analysis, room)
            if not room:
                return False
        if others or not await uow.tracking.remove(project, branch, limit=_ISSUES_AT_ONCE):
            return False
        if latest is not None and not await self._remove_analysis(uow, latest, room):
            return False
        await uow.analyses.forget_deleted(project, branch)
        await uow.metrics.remove(project, branch)
        return True

    async def _remove_analysis(self, uow: UnitOfWork, analysis: Analysis, room: int) -> int:
        """How many batches of findings may still go in the transaction; 0: some may be left of it."""
        room -= await uow.findings.remove(analysis.name, limit=room)
        if room:
            await uow.analyses.delete(analysis)
            uow.after_commit(lambda: self.finished.drop(analysis.name))
        return room


async def _check(uow: UnitOfWork, project: Project, branch: str) -> None:
    for analysis in await uow.analyses.list(
        project.name, limit=1, states=UNFINISHED, branch=branch
    ):
        raise BranchBusyError(str(project.name), branch, str(analysis.name))
    if project.old_code is not None:
        old = (await uow.analyses.get(project.old_code)).data
        if old is not None and old.branch == branch:
            raise AnalysisInUseError(str(old.name), "quality_gate")
