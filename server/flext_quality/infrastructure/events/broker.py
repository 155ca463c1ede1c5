"""What publishing and consuming need of a message broker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """A message for a topic. `id` tells it from all others."""

    topic: str
    id: str
    body: bytes


class BrokerDelivery(Protocol):
    """A message that was delivered here and comes again unless it is acknowledged."""

    @property
    def body(self) -> bytes:
        """The message."""
        ...

    @property
    def attempt(self) -> int:
        """How often it was delivered."""
        ...

    async def ack(self) -> None:
        """It does not come again."""
        ...

    async def nack(self) -> None:
        """It comes again after a while."""
        ...

    async def hold(self) -> None:
        """It does not come again for another while."""
        ...

    async def move(self, topic: str, reason: str) -> None:
        """Puts it into another topic, with a reason, and acknowledges it."""
        ...


class Broker(Protocol):
    """A connection to a broker. Connects when it is first used, and again whenever it has to.

    Every method raises `BrokerUnavailableError` where the broker does not do what is asked.
    """

    async def ping(self) -> None:
        """Waits for an answer of the broker's."""
        ...

    async def max_bytes(self) -> int | None:
        """How long a message may be; None: as long as one likes."""
        ...

    async def send(self, messages: Sequence[Message], seconds: float) -> int:
        """Stores messages in order; how many of the first are confirmed, at least one."""
        ...

    async def receive(self, topic: str, seconds: float) -> Sequence[BrokerDelivery]:
        """Some messages of a topic, of which each goes to one consumer at a time."""
        ...

    async def close(self) -> None:
        """Ends the connection."""
        ...
