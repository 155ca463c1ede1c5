"""Waking up whoever waits for events."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from flext_quality.domain.events.catalog import AnyEvent


class Subscription(Protocol):
    """One reader's subscription on one subject."""

    async def wait(self, seconds: float) -> bool:
        """True as soon as something was published since the last call; False after `seconds`.

        Raises:
            ServerShuttingDownError: nothing will be published any more.
        """
        ...

    def recent(self, after: int) -> Sequence[AnyEvent] | None:
        """The subject's published events after sequence `after`, in order and complete.

        None if not all of them are at hand: then the log must be read. Only saves reading the log.
        """
        ...


ALL_SUBJECTS = ""
"""Whoever subscribes to it hears of everything; `recent` is None there: the log must be read."""


class EventSignal(Protocol):
    """Wakes readers of the log up. It may lose a wake-up, never the truth, which is in the log."""

    def publish(self, events: Sequence[AnyEvent]) -> None:
        """Tells that these events were committed."""
        ...

    def subscribe(self, subject: str) -> AbstractContextManager[Subscription]:
        """A subscription to everything published from now on about the subject.

        That of a project is also woken by the ends of its analyses, which are not its own events.
        """
        ...
