"""WatchAnalysis: an analysis's events, those that happened and those that will."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

from flext_quality.application.finished_analyses import AnalysisView
from flext_quality.application.heartbeats import HeartbeatInterval
from flext_quality.application.ports.jobs import JobQueue
from flext_quality.application.ports.signals import EventSignal
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import Analysis, AnalysisState
from flext_quality.domain.analyses.events import AnalysisFinished
from flext_quality.domain.errors import SequenceOutOfRangeError
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.domain.identifiers import AnalysisName

_EVENTS_PER_READ = 200
"""Bounds what a slow watcher holds in memory; the rest waits in the log."""

_FOREIGN_POLL_SECONDS = 0.5
"""How often the log is read for an analysis that another server works on, of whose events nothing
wakes us."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing happened for a while; this is how things stand."""

    state: AnalysisState
    queue_position: int
    running_analyzers: tuple[str, ...]


@dataclass(frozen=True)
class WatchAnalysis:
    """Follows the log of one analysis to its end."""

    uow: UnitOfWorkFactory
    signal: EventSignal
    queue: JobQueue
    interval: HeartbeatInterval

    async def __call__(
        self, name: AnalysisName, *, after_sequence: int, heartbeat: timedelta | None
    ) -> AsyncIterator[AnyEvent | Heartbeat]:
        """The events after `after_sequence`, and heartbeats; ends after the last event.

        Raises:
            AnalysisNotFoundError: there is none of that name.
            SequenceOutOfRangeError: `after_sequence` has not happened yet.
            ServerShuttingDownError: the server goes down.
        """
        beat_seconds = (heartbeat or self.interval.default).total_seconds()
        subject, cursor = str(name), after_sequence
        # Subscribe before reading: an event that is committed after the read still wakes us.
        with self.signal.subscribe(subject) as subscription:
            analysis = (await self._look(name)).analysis
            if after_sequence > analysis.last_sequence:
                raise SequenceOutOfRangeError(after_sequence, analysis.last_sequence)
            if analysis.state.is_final and after_sequence == analysis.last_sequence:
                return
            silence = 0.0
            while True:
                events = subscription.recent(cursor)
                if events is None:
                    events = await self._read(subject, cursor)
                for event in events:
                    yield event
                    cursor, silence = event.sequence, 0.0
                    if isinstance(event.payload, AnalysisFinished):
                        return
                if events:
                    continue
                patience = min(beat_seconds - silence, self._patience(analysis, beat_seconds))
                if await subscription.wait(patience):
                    continue
                silence += patience
                view = await self._look(name)
                analysis = view.analysis
                if silence >= beat_seconds and analysis.last_sequence == cursor:
                    silence = 0.0
                    yield Heartbeat(analysis.state, view.queue_position, analysis.running_analyzers)

    def _patience(self, analysis: Analysis, beat_seconds: float) -> float:
        ours = analysis.owner == self.queue.instance
        return beat_seconds if ours else _FOREIGN_POLL_SECONDS

    async def _look(self, name: AnalysisName) -> AnalysisView:
        async with self.uow(read_only=True) as uow:
            return await AnalysisView.of((await uow.analyses.get(name)).unwrap(), uow)

    async def _read(self, subject: str, after: int) -> list[AnyEvent]:
        async with self.uow(read_only=True) as uow:
            return await uow.events.read(subject, after=after, limit=_EVENTS_PER_READ)
