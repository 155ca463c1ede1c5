"""A message broker in memory."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flext_quality.domain.errors import BrokerUnavailableError
from flext_quality.infrastructure.events.broker import Message


@dataclass(eq=False)
class FakeBrokerDelivery:
    """A message that was handed out."""

    broker: FakeBroker
    topic: str
    body: bytes
    attempt: int = 0
    due: float = 0.0

    async def ack(self) -> None:
        self.broker.pending.remove(self)

    async def nack(self) -> None:
        await self.hold()

    async def hold(self) -> None:
        self.due = asyncio.get_running_loop().time() + self.broker.retry_seconds

    async def move(self, topic: str, reason: str) -> None:
        self.broker.topics.setdefault(topic, []).append(self.body)
        self.broker.beside.setdefault(topic, []).append(
            {"reason": reason, "attempts": str(self.attempt)}
        )
        await self.ack()


@dataclass(eq=False)
class FakeBroker:
    """A broker in memory, and its own client. `confirms`: how many messages it takes at once."""

    kind: str = "fake"
    url: str = ""
    retry_seconds: float = 30.0
    confirms: int = 1_000_000
    longest: int | None = None
    is_away: bool = False
    topics: dict[str, list[bytes]] = field(default_factory=dict)
    beside: dict[str, list[Mapping[str, str]]] = field(default_factory=dict)
    pending: list[FakeBrokerDelivery] = field(default_factory=list)

    def start(self) -> None:
        self.is_away = False

    def kill(self) -> None:
        self.is_away = True

    def signal(self, number: int) -> None:
        self.kill()

    def client(self, **options: float) -> FakeBroker:
        self.retry_seconds = options.get("retry_seconds", self.retry_seconds)
        return self

    async def bodies(self, topic: str) -> list[bytes]:
        return self.topics.get(topic, [])

    async def details(self, topic: str) -> list[Mapping[str, str]]:
        return self.beside.get(topic, [])

    async def unacknowledged(self, topic: str) -> int:
        return sum(one.topic == topic for one in self.pending)

    async def add(self, topic: str, body: bytes) -> None:
        self.pending.append(FakeBrokerDelivery(self, topic, body))

    async def ping(self) -> None:
        self._look()

    async def max_bytes(self) -> int | None:
        self._look()
        return self.longest

    async def send(self, messages: Sequence[Message], seconds: float) -> int:
        self._look()
        taken = messages[: self.confirms]
        for message in taken:
            self.topics.setdefault(message.topic, []).append(message.body)
        return len(taken)

    async def receive(self, topic: str, seconds: float) -> list[FakeBrokerDelivery]:
        self._look()
        now = asyncio.get_running_loop().time()
        due = [one for one in self.pending if one.topic == topic and one.due <= now]
        for one in due:
            one.attempt += 1
            await one.hold()
        if not due:
            await asyncio.sleep(min(seconds, 0.02))
        return due

    async def close(self) -> None:
        """Nothing."""

    def _look(self) -> None:
        if self.is_away:
            raise BrokerUnavailableError("away")
