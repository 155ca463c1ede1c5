"""A message to a channel, and all that was tried to get it there."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from flext_quality.domain.identifiers import DeliveryName
from flext_quality.domain.notifications.channel import Channel
from flext_quality.domain.notifications.notification import Notification

FIRST_RETRY = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=4)
RETRY_SPAN = timedelta(hours=24)
"""How long a message is tried, from its first attempt on, quiet hours not counted."""

EXCERPT_CHARACTERS = 1024
"""So much of an answer is kept."""

MAX_NOTIFICATIONS = 100
"""A digest that has so many is full; the next one goes on."""


def _pauses() -> tuple[timedelta, ...]:
    pauses: list[timedelta] = []
    pause, total = FIRST_RETRY, timedelta(0)
    while total < RETRY_SPAN:
        pause = min(pause, LONGEST_PAUSE, RETRY_SPAN - total)
        pauses.append(pause)
        total += pause
        pause *= 2
    return tuple(pauses)


PAUSES = _pauses()
"""The pause after each failed attempt: 10 s, doubled each time up to 4 h, 24 h in all."""


class DeliveryState(IntEnum):
    """How far a delivery is. The numbers are the contract's."""

    PENDING = 1
    SUCCEEDED = 2
    FAILED = 3


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """What came of sending a message.

    Attributes:
        status: what the target answered, shortly, or what failed.
        answer: the beginning of the answer; it is the target's text.
        retry: whether another attempt may fare better.
        is_gone: the target says that it does not exist any more.
    """

    delivered: bool
    status: str
    answer: str = ""
    retry: bool = True
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try."""

    time: datetime
    duration: timedelta
    delivered: bool
    status: str
    answer_excerpt: str = ""


@dataclass(slots=True)
class Delivery:
    """A message. `due_at` is the time of the next attempt as long as it is PENDING."""

    name: DeliveryName
    notifications: tuple[Notification, ...]
    created_at: datetime
    due_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    attempts: tuple[Attempt, ...] = ()
    suppressed_count: int = 0
    ended_at: datetime | None = None
    failure: str = ""
    replay_of: str = ""

    @classmethod
    def of(
        cls, name: DeliveryName, notification: Notification, now: datetime, due_at: datetime
    ) -> Delivery:
        """A new delivery of one notification."""
        return cls(name, (notification,), now, due_at)

    def replay(self, name: DeliveryName, now: datetime) -> Delivery:
        """A new delivery of the same notifications."""
        return Delivery(name, self.notifications, now, now, replay_of=str(self.name))

    @property
    def takes_more(self) -> bool:
        """Whether a digest has room."""
        return (
            self.state is DeliveryState.PENDING
            and not self.attempts
            and len(self.notifications) < MAX_NOTIFICATIONS
        )

    def add(self, notification: Notification) -> None:
        """Adds a notification to a digest that waits."""
        self.notifications = (*self.notifications, notification)

    def suppress(self) -> None:
        """Counts an equal notification that is left out."""
        self.suppressed_count += 1

    def record(self, attempt: Attempt, outcome: SendOutcome, channel: Channel) -> None:
        """Takes an attempt's outcome. A late one of a delivery that has ended is kept too."""
        self.attempts = (*self.attempts, attempt)
        ended = attempt.time + attempt.duration
        if outcome.delivered:
            self.state, self.ended_at, self.failure = DeliveryState.SUCCEEDED, ended, ""
        elif self.state is not DeliveryState.PENDING:
            return
        elif outcome.retry and len(self.attempts) <= len(PAUSES):
            self.due_at = channel.loud_at(ended + self._pause())
        else:
            self.give_up(outcome.status, ended)

    def give_up(self, why: str, now: datetime) -> None:
        """Ends it as failed: it is not tried again."""
        self.state, self.ended_at, self.failure = DeliveryState.FAILED, now, why

    def _pause(self) -> timedelta:
        """The schedule's, and up to a tenth less, so that many messages do not come back at once."""
        share = zlib.crc32(f"{self.name}{len(self.attempts)}".encode()) / 2**32
        return PAUSES[len(self.attempts) - 1] * (1 - share / 10)
