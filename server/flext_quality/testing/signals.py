"""Wake-ups in memory."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain

from flext_quality.application.ports.signals import ALL_SUBJECTS
from flext_quality.domain.analyses.events import AnalysisFinished
from flext_quality.domain.errors import ServerShuttingDownError
from flext_quality.domain.events.catalog import AnyEvent


@dataclass(eq=False)
class FakeSubscription:
    """One reader's subscription."""

    heard: list[AnyEvent]
    closed: asyncio.Event
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, seconds: float) -> bool:
        if self.closed.is_set():
            raise ServerShuttingDownError
        try:
            async with asyncio.timeout(seconds):
                await self.news.wait()
        except TimeoutError:
            return False
        self.news.clear()
        return True

    def recent(self, after: int) -> Sequence[AnyEvent] | None:
        if not self.heard or self.heard[0].sequence > after + 1:
            return None
        return [event for event in self.heard if event.sequence > after]


@dataclass
class FakeEventSignal:
    """Remembers all that was published, in order; in `published` too, for tests to look at."""

    published: list[AnyEvent] = field(default_factory=list)
    by_subject: dict[str, list[AnyEvent]] = field(default_factory=dict)
    subscriptions: dict[str, list[FakeSubscription]] = field(default_factory=dict)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    def publish(self, events: Sequence[AnyEvent]) -> None:
        self.published.extend(events)
        for subscription in self.subscriptions.get(ALL_SUBJECTS, ()) if events else ():
            subscription.news.set()
        for event in events:
            self.by_subject.setdefault(event.subject, []).append(event)
            woken = [event.subject]
            if isinstance(event.payload, AnalysisFinished):
                woken.append(str(event.payload.analysis.name.project))
            for subscription in chain.from_iterable(
                self.subscriptions.get(subject, ()) for subject in woken
            ):
                subscription.news.set()

    @contextmanager
    def subscribe(self, subject: str) -> Iterator[FakeSubscription]:
        known = [] if subject == ALL_SUBJECTS else self.by_subject.setdefault(subject, [])
        subscription = FakeSubscription(known, self.closed)
        subscriptions = self.subscriptions.setdefault(subject, [])
        subscriptions.append(subscription)
        try:
            yield subscription
        finally:
            subscriptions.remove(subscription)

    def close(self) -> None:
        """Nothing will be published any more."""
        self.closed.set()
        for subscription in chain.from_iterable(self.subscriptions.values()):
            subscription.news.set()
