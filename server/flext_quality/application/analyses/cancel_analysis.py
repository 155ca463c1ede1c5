"""CancelAnalysis: ends an analysis."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.finished_analyses import AnalysisView
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.jobs import JobQueue
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import AnalysisName


@dataclass(frozen=True)
class CancelAnalysis:
    """Ends a waiting analysis at once and tells the owner of a running one to end it."""

    uow: UnitOfWorkFactory
    queue: JobQueue
    clock: Clock

    async def __call__(self, name: AnalysisName) -> AnalysisView:
        """The analysis: CANCELLED, or still RUNNING for a moment.

        Raises:
            AnalysisNotFoundError: there is none of that name.
            AnalysisFinishedError: it has succeeded or failed.
        """
        async with self.uow() as uow:
            analysis = (await uow.analyses.get(name, for_update=True)).unwrap()
            analysis.request_cancel(self.clock())
            await uow.analyses.save(analysis)
            uow.after_commit(lambda: self.queue.cancel(name))
            await uow.commit()
        return AnalysisView(analysis)
