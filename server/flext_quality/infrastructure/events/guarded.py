"""A message broker behind its policy: left alone for a while when it fails again and again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from flext_quality.application.ports.commands import Delivery, MessageQueue
from flext_quality.application.ports.events import EventPublisher, PublicEvent
from flext_quality.domain.errors import BrokerUnavailableError
from flext_quality.domain.system.errors import ExternalServiceUnavailableError
from flext_quality.infrastructure.resilience.policy import ResiliencePolicy

DEPENDENCY = "broker"
"""The policy's name in the settings."""

T = TypeVar("T")


@dataclass(frozen=True)
class GuardedPublisher:
    """The port `EventPublisher`. The relay asks again by itself, so nothing is retried here."""

    publisher: EventPublisher
    policy: ResiliencePolicy

    async def publish(self, events: Sequence[PublicEvent], seconds: float) -> int:
        """See the port."""
        return await asked(self.policy, lambda: self.publisher.publish(events, seconds))

    async def close(self) -> None:
        """See the port."""
        await self.publisher.close()


@dataclass(frozen=True)
class GuardedMessageQueue:
    """The port `MessageQueue`. What became of a command is told to the broker directly."""

    queue: MessageQueue
    policy: ResiliencePolicy

    async def receive(self) -> Sequence[Delivery]:
        """See the port."""
        return await asked(self.policy, self.queue.receive)

    async def close(self) -> None:
        """See the port."""
        await self.queue.close()


async def asked(policy: ResiliencePolicy, ask: Callable[[], Awaitable[T]]) -> T:
    """What the broker answers, asked once.

    Raises:
        BrokerUnavailableError: it fails, or has failed too often and is left alone.
    """
    try:
        return await policy.call(
            ask, retry=False, transient=lambda error: isinstance(error, BrokerUnavailableError)
        )
    except ExternalServiceUnavailableError as error:
        raise BrokerUnavailableError(error.message) from error
