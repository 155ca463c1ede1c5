"""Takes over analyses of servers that are gone, when a server starts."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from flext_quality.application.correlation import cause_of, correlated
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.jobs import JobQueue
from flext_quality.application.ports.sources import Sources
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import Analysis, AnalysisState

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RecoverAnalyses:
    """Takes up analyses whose owner died, and removes the working copies that nobody works on.

    A running one waits for its turn again, or fails after too many attempts. One whose source this server
    may not read is left waiting for a server that may.
    """

    uow: UnitOfWorkFactory
    queue: JobQueue
    sources: Sources
    clock: Clock

    async def __call__(self) -> int:
        """How many analyses were taken into this server's queue."""
        # Before the look at the database: a copy that is made later is of a server that lives.
        copies = await self.sources.copies()
        async with self.uow(read_only=True) as uow:
            unfinished = await uow.analyses.unfinished()
        orphans = [analysis for analysis in unfinished if not self._has_owner(analysis.owner)]
        in_use = {analysis.name.analysis_id for analysis in unfinished if analysis not in orphans}
        for left in copies - in_use:
            await self.sources.discard(left)
        return sum([await self._recover(orphan) for orphan in orphans])

    async def _recover(self, orphan: Analysis) -> bool:
        """Whether the analysis was taken into this server's queue."""
        async with self.uow(read_only=True) as uow:
            cause = await cause_of(uow, orphan.name)
        # The queue passes it on to whatever the analysis does from now on.
        with correlated(cause):
            async with self.uow() as uow:
                found = (await uow.analyses.get(orphan.name, for_update=True)).data
                # Another server that starts now may have been faster.
                if found is None or found.state.is_final or found.owner != orphan.owner:
                    return False
                return await self._take(uow, found)

    async def _take(self, uow: UnitOfWork, analysis: Analysis) -> bool:
        project = (await uow.projects.get(analysis.name.project)).unwrap()
        if analysis.state is AnalysisState.RUNNING:
            analysis.recover(self.clock())
            await uow.findings.clear(analysis.name)
        taken = not analysis.state.is_final and self.sources.is_allowed(project.local_path)
        if taken:
            analysis.adopt(self.queue.instance)
            await self.queue.enqueue(uow, analysis.name)
        await uow.analyses.save(analysis)
        await uow.commit()
        _log.info("recovered analysis", analysis=str(analysis.name), state=analysis.state.name)
        return taken

    def _has_owner(self, instance: str) -> bool:
        return instance == self.queue.instance or self.queue.is_alive(instance)
