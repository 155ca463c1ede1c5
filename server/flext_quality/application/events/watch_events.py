"""WatchEvents: what happens to all projects, from any place in the log on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

from flext_quality.application.heartbeats import HeartbeatInterval
from flext_quality.application.ports.signals import ALL_SUBJECTS, EventSignal
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.errors import CursorOutOfRangeError, invalid_field
from flext_quality.domain.event import AggregateType
from flext_quality.domain.events.catalog import EVENT_TYPES, AnyEvent

_EVENTS_PER_READ = 200
"""Bounds what a slow watcher holds in memory; the rest waits in the log."""

_POLL_SECONDS = 0.5
"""How often the log is read without being woken: nothing wakes us for what another server does."""

_UNSETTLED = 1000
"""Newest places of the log that may still wait for a commit; a watcher that starts now gets them too."""


@dataclass(frozen=True, slots=True)
class WantedEvents:
    """Which events are wanted. What is empty does not count.

    `subject` is the name of a project, for its own events and those of its analyses.
    """

    subject: str = ""
    aggregate_types: frozenset[AggregateType] = frozenset()
    event_types: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuses unknown types.

        Raises:
            InvalidFieldError: names the first of them.
        """
        unknown = sorted(self.event_types - EVENT_TYPES)
        if unknown:
            known = ", ".join(sorted(EVENT_TYPES))
            raise invalid_field(
                "filter.event_types", f"{unknown[0]!r} is no type of event; there are {known}"
            )

    def has(self, event: AnyEvent) -> bool:
        """Whether the types fit; the subject is for the log to look at."""
        return (not self.aggregate_types or event.aggregate_type in self.aggregate_types) and (
            not self.event_types or type(event.payload).__name__ in self.event_types
        )


@dataclass(frozen=True, slots=True)
class WatchedEvent:
    """The watcher has everything that it wants up to `cursor`; without an event: nothing new."""

    cursor: int
    event: AnyEvent | None = None


@dataclass(frozen=True)
class WatchEvents:
    """Follows the log of everything."""

    uow: UnitOfWorkFactory
    signal: EventSignal
    interval: HeartbeatInterval

    async def __call__(
        self,
        wanted: WantedEvents,
        *,
        after: int | None,
        heartbeat: timedelta | None = None,
        until_now: bool = False,
    ) -> AsyncIterator[WatchedEvent]:
        """The wanted events after the cursor (None: from now on), and heartbeats.

        With `until_now` it ends, with a heartbeat, after what has happened by now; else it goes on.

        Raises:
            CursorOutOfRangeError: the log has no such place yet.
            ServerShuttingDownError: the server goes down.
        """
        beat_seconds = (heartbeat or self.interval.default).total_seconds()
        # Subscribe before reading: an event that is committed after the read still wakes us.
        with self.signal.subscribe(ALL_SUBJECTS) as subscription:
            cursor, newest = await self._begin(after)
            if after is None:
                yield WatchedEvent(cursor)
            loop = asyncio.get_running_loop()
            beat_at = loop.time() + beat_seconds
            while True:
                entries, settled = await self._read(cursor, wanted.subject)
                for position, event in entries:
                    if wanted.has(event) and not (until_now and position > newest):
                        yield WatchedEvent(position, event)
                        beat_at = loop.time() + beat_seconds
                cursor = max(cursor, settled)
                if until_now and cursor >= newest:
                    yield WatchedEvent(newest)
                    return
                if loop.time() >= beat_at:
                    yield WatchedEvent(cursor)
                    beat_at = loop.time() + beat_seconds
                if not entries:
                    await subscription.wait(min(beat_at - loop.time(), _POLL_SECONDS))

    async def _begin(self, after: int | None) -> tuple[int, int]:
        """The cursor, and the end of the log."""
        async with self.uow(read_only=True) as uow:
            newest = await uow.events.newest()
            if after is None:
                return await uow.events.settled(max(newest - _UNSETTLED, 0)), newest
        if after > newest:
            raise CursorOutOfRangeError(after, newest)
        return after, newest

    async def _read(self, after: int, subject: str) -> tuple[list[tuple[int, AnyEvent]], int]:
        """Some events after a place, and up to where these are all there are."""
        async with self.uow(read_only=True) as uow:
            entries = await uow.events.read_all(after, _EVENTS_PER_READ, subject)
            if len(entries) == _EVENTS_PER_READ:
                return entries, entries[-1][0]
            return entries, await uow.events.settled(after)
