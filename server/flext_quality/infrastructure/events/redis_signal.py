"""Wakes readers of the log up on all servers that use the same Redis."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import structlog

from flext_quality.application.ports.signals import Subscription
from flext_quality.domain.analyses.events import AnalysisFinished
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.infrastructure.events.in_process_signal import InProcessSignal
from flext_quality.infrastructure.redis.access import RedisAccess

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.client import PubSub

_log = structlog.get_logger(__name__)

_CHANNEL = "events"
_SUBJECTS_PER_MESSAGE = 1000
_PING_SECONDS = 5.0
"""After so much silence Redis is asked whether it is still there."""

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0


class RedisSignal:
    """The port `EventSignal` over pub/sub. Messages hold subjects only; the truth is in the log.

    Readers on this server are woken directly, as without Redis. What others publish sends them to the log.
    While Redis is away they find it by polling; when it is back all of them look once, for what was missed.
    """

    def __init__(
        self,
        local: InProcessSignal,
        access: RedisAccess,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        ping_seconds: float = _PING_SECONDS,
    ) -> None:
        self.connected = asyncio.Event()
        """Whether others are heard."""
        self._local = local
        self._access = access
        self._sleep = sleep
        self._ping_seconds = ping_seconds
        self._origin = secrets.token_hex(8)
        self._outgoing: dict[str, None] = {}
        self._news = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[RedisSignal]:
        """Listens and tells within the block."""
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._tell())]
        try:
            yield self
        finally:
            await _end(tasks)

    def publish(self, events: Sequence[AnyEvent]) -> None:
        """See the port. Returns at once; other servers hear of it a moment later."""
        self._local.publish(events)
        for event in events:
            self._outgoing[event.subject] = None
            if isinstance(event.payload, AnalysisFinished):
                self._outgoing[str(event.payload.analysis.name.project)] = None
        self._news.set()

    def subscribe(self, subject: str) -> AbstractContextManager[Subscription]:
        """See the port."""
        return self._local.subscribe(subject)

    def close(self) -> None:
        """Ends all waiting, as `InProcessSignal.close`."""
        self._local.close()

    async def _tell(self) -> None:
        channel = self._access.key(_CHANNEL)
        while True:
            await self._news.wait()
            self._news.clear()
            subjects, self._outgoing = list(self._outgoing), {}
            for first in range(0, len(subjects), _SUBJECTS_PER_MESSAGE):
                some = subjects[first : first + _SUBJECTS_PER_MESSAGE]
                message = json.dumps({"from": self._origin, "subjects": some})
                # One that cannot be sent is lost: readers poll.
                await self._access.attempt(partial(_publish, channel, message))

    async def _listen(self) -> None:
        from redis.exceptions import RedisError

        pause = _FIRST_PAUSE
        while True:
            pubsub = self._access.client.pubsub(ignore_subscribe_messages=True)
            try:
                await pubsub.subscribe(self._access.key(_CHANNEL))
                self.connected.set()
                pause = _FIRST_PAUSE
                _log.info("other servers are heard")
                self._local.wake_all()
                await self._hear(pubsub)
            except (RedisError, OSError) as error:
                if self.connected.is_set():
                    _log.warning("other servers are not heard", error=type(error).__name__)
                self.connected.clear()
            finally:
                with suppress(RedisError, OSError):
                    await pubsub.aclose()  # type: ignore[no-untyped-call]
            await self._sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  # no secret
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _hear(self, pubsub: PubSub) -> None:
        while True:
            message = await pubsub.get_message(timeout=self._ping_seconds)
            if message is None:
                await pubsub.ping()
            elif message["type"] == "message":
                self._heard(message["data"])

    def _heard(self, data: bytes) -> None:
        try:
            message = json.loads(data)
            origin, subjects = message["from"], message["subjects"]
        except (ValueError, TypeError, KeyError):
            return  # not one of ours
        if origin == self._origin or not isinstance(subjects, list):
            return
        for subject in subjects:
            if isinstance(subject, str):
                self._local.wake(subject)


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancels until all have ended: redis-py may take a cancellation for the end of a time."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.1)


async def _publish(channel: str, message: str, redis: Redis) -> None:
    await redis.publish(channel, message)
