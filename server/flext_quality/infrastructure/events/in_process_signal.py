"""Wakes readers of the log up within this process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from flext_quality.application.ports.signals import ALL_SUBJECTS
from flext_quality.domain.analyses.events import AnalysisFinished
from flext_quality.domain.errors import ServerShuttingDownError
from flext_quality.domain.events.catalog import AnyEvent

_RECENT_EVENTS = 256
"""How many events of a watched subject are at hand, so that many watchers cost one read of the log."""


@dataclass(eq=False)
class _Topic:
    recent: deque[AnyEvent] = field(default_factory=lambda: deque(maxlen=_RECENT_EVENTS))
    subscriptions: set[_Subscription] = field(default_factory=set)


@dataclass(eq=False)
class _Subscription:
    """One reader's subscription; see the port `Subscription`."""

    topic: _Topic
    heard: asyncio.Event
    closed: asyncio.Event

    async def wait(self, seconds: float) -> bool:
        if self.closed.is_set():
            raise ServerShuttingDownError
        try:
            async with asyncio.timeout(seconds):
                await self.heard.wait()
        except TimeoutError:
            return False
        self.heard.clear()
        return True

    def recent(self, after: int) -> Sequence[AnyEvent] | None:
        events = self.topic.recent
        if not events or events[0].sequence > after + 1:
            return None
        # Sequences have no gap, so the place of the first wanted event is known.
        first = max(after + 1 - events[0].sequence, 0)
        return [events[i] for i in range(first, len(events))]


class InProcessSignal:
    """The port `EventSignal` for one process. Remembers nothing of subjects that nobody listens to."""

    def __init__(self) -> None:
        self._topics: dict[str, _Topic] = {}
        self._closed = asyncio.Event()

    def publish(self, events: Sequence[AnyEvent]) -> None:
        """Tells that these events were committed."""
        if events:
            self._wake(ALL_SUBJECTS)
        for event in events:
            if isinstance(event.payload, AnalysisFinished):
                self._wake(str(event.payload.analysis.name.project))
            topic = self._topics.get(event.subject)
            if topic is None:
                continue
            if topic.recent and topic.recent[-1].sequence + 1 != event.sequence:
                # Commits may be told out of order: what is at hand must have no gap.
                topic.recent.clear()
            topic.recent.append(event)
            self._wake(event.subject)

    @contextmanager
    def subscribe(self, subject: str) -> Iterator[_Subscription]:
        """A subscription to everything published from now on."""
        topic = self._topics.setdefault(subject, _Topic())
        subscription = _Subscription(topic, asyncio.Event(), self._closed)
        topic.subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            topic.subscriptions.discard(subscription)
            if not topic.subscriptions and self._topics.get(subject) is topic:
                del self._topics[subject]

    def _wake(self, subject: str) -> None:
        topic = self._topics.get(subject)
        for subscription in topic.subscriptions if topic else ():
            subscription.heard.set()

    def wake(self, subject: str) -> None:
        """Sends the subject's readers to the log, where there is something that was not published here."""
        topic = self._topics.get(subject)
        if topic is not None:
            topic.recent.clear()
            self._wake(subject)

    def wake_all(self) -> None:
        """Sends all readers to the log."""
        for subject in list(self._topics):
            self.wake(subject)

    def close(self) -> None:
        """Ends all waiting: readers get what was published, then `ServerShuttingDownError`."""
        self._closed.set()
        for topic in self._topics.values():
            for subscription in topic.subscriptions:
                subscription.heard.set()
