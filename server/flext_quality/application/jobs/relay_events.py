"""Hands every event of the log over to a message broker."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.events import EventPublisher, EventRenderer
from flext_quality.application.ports.observability import Instruments, NoInstruments
from flext_quality.application.ports.signals import ALL_SUBJECTS, EventSignal
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.event import AggregateType
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.domain.identifiers import AnalysisName

_POLL_SECONDS = 0.5
"""How often the log is read without being woken: nothing wakes us for what another server does."""


@dataclass(frozen=True)
class RelayOptions:
    """How events are relayed.

    Attributes:
        cursor: names how far this relay has come; each broker has its own.
        owner: this server instance. Of several servers one relays at a time.
        lease: after how long without a sign of life another server takes over.
    """

    cursor: str
    owner: str
    batch_size: int = 100
    lease: timedelta = timedelta(seconds=10)


class RelayEvents:
    """At least once, each subject's events in the order of their sequences, none before its commit.

    An event is published after it is in the log, and the cursor moves after the broker has confirmed it:
    whatever is killed in between, the event is published then or again.
    """

    def __init__(
        self,
        uow: UnitOfWorkFactory,
        signal: EventSignal,
        publisher: EventPublisher,
        renderer: EventRenderer,
        clock: Clock,
        options: RelayOptions,
        instruments: Instruments = NoInstruments(),  # noqa: B008  # it has no state
    ) -> None:
        self._uow = uow
        self._signal = signal
        self._publisher = publisher
        self._renderer = renderer
        self._clock = clock
        self._options = options
        self._instruments = instruments
        self._owned_until: datetime | None = None
        self._position = 0

    async def __call__(self) -> None:
        """Publishes some events, or waits a little if there are none or it is another server's turn.

        Raises:
            BrokerUnavailableError: try again later.
            StorageUnavailableError: as well.
            ServerShuttingDownError: do not try again.
        """
        options = self._options
        # Subscribe before reading: an event that is committed after the read still wakes us.
        with self._signal.subscribe(ALL_SUBJECTS) as subscription:
            if not await self._has_turn():
                await asyncio.sleep(options.lease.total_seconds() / 3)
                return
            async with self._uow(read_only=True) as uow:
                entries = await uow.events.read_all(self._position, options.batch_size)
                behind = await uow.events.newest() - self._position if entries else 0
                traces = await _traces(uow, [event for _, event in entries])
            age = (self._clock() - entries[0][1].time).total_seconds() if entries else 0.0
            self._instruments.lagging(options.cursor, events=behind, seconds=max(age, 0.0))
            if not entries:
                await subscription.wait(_POLL_SECONDS)
                return
        events = [
            replace(self._renderer.render(event), traceparent=traces.get(event.subject, ""))
            for _, event in entries
        ]
        seconds = options.lease.total_seconds() / 2
        confirmed = await self._publisher.publish(events, seconds)
        await self._advance(entries[confirmed - 1][0])

    async def stop(self) -> None:
        """Gives up this server's turn, so that another one can go on at once."""
        if self._owned_until is not None:
            self._owned_until = None
            async with self._uow() as uow:
                await uow.cursors.release(self._options.cursor, self._options.owner)
                await uow.commit()

    async def _has_turn(self) -> bool:
        options, now = self._options, self._clock()
        if self._owned_until is not None and self._owned_until - now > options.lease / 2:
            return True
        until = now + options.lease
        async with self._uow() as uow:
            taken = await uow.cursors.take(options.cursor, options.owner, now=now, until=until)
            self._position = await uow.cursors.get(options.cursor)
            await uow.commit()
        self._owned_until = until if taken else None
        return taken

    async def _advance(self, position: int) -> None:
        options, now = self._options, self._clock()
        until = now + options.lease
        async with self._uow() as uow:
            ours = await uow.cursors.advance(options.cursor, options.owner, position)
            if ours:
                await uow.cursors.take(options.cursor, options.owner, now=now, until=until)
            await uow.commit()
        self._position, self._owned_until = position, until if ours else None


async def _traces(uow: UnitOfWork, events: Iterable[AnyEvent]) -> dict[str, str]:
    """By the name of each analysis: the trace of the call that asked for it, where there is one."""
    subjects = {e.subject for e in events if e.aggregate_type is AggregateType.ANALYSIS}
    found = {name: (await uow.analyses.get(AnalysisName.parse(name))).data for name in subjects}
    return {name: analysis.trace_context for name, analysis in found.items() if analysis}
