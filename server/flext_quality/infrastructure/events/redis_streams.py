"""Redis Streams, and whatever speaks its protocol, such as Valkey.

A topic is a stream; an entry has the message in its field "event". Consumers are one group; what one of
them has not acknowledged after a while goes to another, and an acknowledged entry is removed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis, from_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from flext_quality.domain.errors import BrokerUnavailableError
from flext_quality.infrastructure.events.broker import BrokerDelivery, Message
from flext_quality.infrastructure.resilience.cancellation import cancellation_kept

GROUP = "flext-quality"
FIELD = b"event"
_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 10.0
_ENTRIES_AT_ONCE = 10
_FORGOTTEN_MS = 24 * 3600 * 1000
"""A consumer that was not heard of for so long, and has nothing, is removed from the group."""


@contextmanager
def _broker_errors() -> Iterator[None]:
    try:
        with cancellation_kept():
            yield
    except (RedisError, OSError) as error:  # TimeoutError is an OSError
        raise BrokerUnavailableError(f"{type(error).__name__}: {error}") from error


@dataclass(frozen=True)
class RedisDelivery:
    """An entry of the group's."""

    broker: RedisBroker
    topic: str
    entry: bytes
    body: bytes
    attempt: int

    async def ack(self) -> None:
        """Removes it."""
        await self.broker.remove(self)

    async def nack(self) -> None:
        """It comes again once it has been idle for long enough."""

    async def hold(self) -> None:
        """It is not idle."""
        await self.broker.touch(self)

    async def move(self, topic: str, reason: str) -> None:
        """Into another stream and out of this one in one step."""
        await self.broker.remove(self, topic, reason)


class RedisBroker:
    """The port `Broker`."""

    def __init__(
        self, url: str, *, consumer: str, retry_seconds: float = 30.0, max_length: int = 0
    ) -> None:
        """`max_length`: a stream of events keeps about so many; 0: all.

        `retry_seconds`: after how long a message that was not acknowledged comes again.
        """
        self._consumer = consumer
        self._retry_ms = round(retry_seconds * 1000)
        self._max_length = max_length or None
        self._ready: set[str] = set()
        self._redis: Redis = from_url(
            url,
            socket_connect_timeout=_CONNECT_SECONDS,
            socket_timeout=_ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),  # who uses us tries again
        )

    async def ping(self) -> None:
        """Waits for an answer."""
        with _broker_errors():
            await self._redis.ping()

    async def max_bytes(self) -> int | None:
        """There is no limit that matters."""
        return None

    async def send(self, messages: Sequence[Message], seconds: float) -> int:
        """Adds the messages in one step, all or none."""
        with _broker_errors():
            async with asyncio.timeout(seconds):
                for topic in {message.topic for message in messages} - self._ready:
                    await self._check(topic)
                async with self._redis.pipeline(transaction=True) as pipe:
                    for message in messages:
                        pipe.xadd(message.topic, {FIELD: message.body}, maxlen=self._max_length)
                    await pipe.execute()
        return len(messages)

    async def receive(self, topic: str, seconds: float) -> Sequence[BrokerDelivery]:
        """What others left lying first, then what is new."""
        with _broker_errors():
            try:
                await self._join(topic)
                left = await self._redis.xautoclaim(
                    topic, GROUP, self._consumer, self._retry_ms, count=_ENTRIES_AT_ONCE
                )
                entries = [(entry, fields) for entry, fields in left[1] if fields]
                if entries:
                    return [
                        self._delivery(topic, entry, fields, await self._attempts(topic, entry))
                        for entry, fields in entries
                    ]
                new = await self._redis.xreadgroup(
                    GROUP,
                    self._consumer,
                    {topic: ">"},
                    count=_ENTRIES_AT_ONCE,
                    block=max(round(seconds * 1000), 1),
                )
            except ResponseError:
                self._ready.discard(topic)  # somebody removed the stream or the group
                raise
        return [self._delivery(topic, entry, fields, 1) for entry, fields in _entries(new)]

    async def remove(self, delivery: RedisDelivery, into: str = "", reason: str = "") -> None:
        """Acknowledges an entry and removes it, having put it into another stream if one is named."""
        with _broker_errors():
            async with self._redis.pipeline(transaction=True) as pipe:
                if into:
                    fields: dict[Any, Any] = {
                        FIELD: delivery.body,
                        "reason": reason,
                        "attempts": delivery.attempt,
                    }
                    pipe.xadd(into, fields)
                pipe.xack(delivery.topic, GROUP, delivery.entry)
                pipe.xdel(delivery.topic, delivery.entry)
                await pipe.execute()

    async def touch(self, delivery: RedisDelivery) -> None:
        """Begins the time anew after which the entry goes to another consumer."""
        with _broker_errors():
            await self._redis.xclaim(
                delivery.topic, GROUP, self._consumer, 0, [delivery.entry], justid=True
            )

    async def close(self) -> None:
        """Ends the connections."""
        await self._redis.aclose()

    async def _check(self, topic: str) -> None:
        # In a transaction, others are done although this one fails.
        kind = await self._redis.type(topic)
        if kind not in {b"none", b"stream"}:
            raise BrokerUnavailableError(f"the key {topic} is no stream")
        self._ready.add(topic)

    async def _join(self, topic: str) -> None:
        if topic in self._ready:
            return
        try:
            await self._redis.xgroup_create(topic, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
        for other in await self._redis.xinfo_consumers(topic, GROUP):
            if other["pending"] == 0 and other["idle"] > _FORGOTTEN_MS:
                await self._redis.xgroup_delconsumer(topic, GROUP, other["name"])
        self._ready.add(topic)

    async def _attempts(self, topic: str, entry: bytes) -> int:
        pending = await self._redis.xpending_range(topic, GROUP, entry, entry, 1)
        return int(pending[0]["times_delivered"]) if pending else 1

    def _delivery(
        self, topic: str, entry: bytes, fields: Mapping[bytes, bytes], attempt: int
    ) -> RedisDelivery:
        return RedisDelivery(self, topic, entry, fields.get(FIELD, b""), attempt)


def _entries(answer: Any) -> Iterator[tuple[bytes, Mapping[bytes, bytes]]]:
    """The entries of all streams in an answer, which is a list or a map by version of the protocol."""
    streams = answer.values() if isinstance(answer, dict) else [part for _, part in answer or ()]
    for stream in streams:
        for entry in stream[0] if stream and isinstance(stream[0], list) else stream:
            yield entry[0], entry[1]
