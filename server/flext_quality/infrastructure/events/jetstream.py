"""NATS JetStream.

A topic is a subject. Where no stream keeps it yet, one is made that is called as the topic, in capitals.
Consumers share a durable one; the server drops what it has got before, within its window for duplicates.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, StreamConfig
from nats.js.errors import NotFoundError

from flext_quality.domain.errors import BrokerUnavailableError
from flext_quality.infrastructure.events.broker import BrokerDelivery, Message
from flext_quality.infrastructure.resilience.cancellation import cancellation_kept

DURABLE = "flext-quality"
MESSAGE_ID = "Nats-Msg-Id"
_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 5.0
_RECONNECT_SECONDS = 0.25


@contextmanager
def _broker_errors() -> Iterator[None]:
    try:
        with cancellation_kept():
            yield
    except (NatsError, OSError) as error:  # TimeoutError is an OSError
        raise BrokerUnavailableError(f"{type(error).__name__}: {error}") from error


@dataclass(frozen=True)
class JetStreamDelivery:
    """A message of the durable consumer's."""

    broker: JetStreamBroker
    message: Msg

    @property
    def body(self) -> bytes:
        """The message."""
        return self.message.data

    @property
    def attempt(self) -> int:
        """How often it was delivered."""
        return self.message.metadata.num_delivered or 1

    async def ack(self) -> None:
        """It does not come again: the server has confirmed that."""
        with _broker_errors():
            await self.message.ack_sync(timeout=_ANSWER_SECONDS)

    async def nack(self) -> None:
        """It comes again after a while."""
        with _broker_errors():
            await self.message.nak(delay=self.broker.retry_seconds)

    async def hold(self) -> None:
        """It does not come again for another while."""
        with _broker_errors():
            await self.message.in_progress()

    async def move(self, topic: str, reason: str) -> None:
        """Into another subject, once, and out of this one."""
        metadata = self.message.metadata
        headers = {
            MESSAGE_ID: f"{metadata.stream}/{metadata.sequence.stream}",
            # A header is one line of ASCII.
            "reason": reason.encode("ascii", "backslashreplace").decode().replace("\n", " "),
            "attempts": str(self.attempt),
        }
        await self.broker.put(topic, self.body, headers)
        await self.ack()


class JetStreamBroker:
    """The port `Broker`."""

    def __init__(self, url: str, *, retry_seconds: float = 30.0, max_length: int = 0) -> None:
        """`max_length`: a stream that is made here keeps so many messages; 0: all.

        `retry_seconds`: after how long a message that was not acknowledged comes again.
        """
        self.retry_seconds = retry_seconds
        self._url = url
        self._max_length = max_length or None
        self._client: Client | None = None
        self._streams: dict[str, str] = {}
        self._consumers: dict[str, JetStreamContext.PullSubscription] = {}

    async def ping(self) -> None:
        """Sends everything, and waits for the server's answer."""
        with _broker_errors():
            await (await self._connected()).flush(round(_ANSWER_SECONDS))

    async def max_bytes(self) -> int | None:
        """The server's own limit."""
        with _broker_errors():
            return (await self._connected()).max_payload

    async def send(self, messages: Sequence[Message], seconds: float) -> int:
        """Publishes one after the other, each once the one before is confirmed."""
        confirmed = 0
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        for message in messages:
            if confirmed and loop.time() >= end:
                break
            try:
                await self.put(message.topic, message.body, {MESSAGE_ID: message.id})
            except BrokerUnavailableError:
                if not confirmed:
                    raise
                break
            confirmed += 1
        return confirmed

    async def put(self, topic: str, body: bytes, headers: dict[str, str]) -> None:
        """Stores a message: the server has confirmed that."""
        with _broker_errors():
            context = (await self._connected()).jetstream()
            await self._stream(context, topic)
            try:
                await context.publish(topic, body, timeout=_ANSWER_SECONDS, headers=headers)
            except NatsError:
                self._streams.clear()  # the stream may be gone
                raise

    async def receive(self, topic: str, seconds: float) -> Sequence[BrokerDelivery]:
        """What the durable consumer has for us."""
        with _broker_errors():
            client = await self._connected()
            try:
                consumer = await self._consumer(client.jetstream(), topic)
                # More than one would be waited for, while those that have come lie and age.
                messages = await consumer.fetch(1, timeout=seconds)
            except NatsTimeoutError:
                return []
            except NatsError:
                self._consumers.clear()
                self._streams.clear()
                raise
        return [JetStreamDelivery(self, message) for message in messages]

    async def close(self) -> None:
        """Ends the connection."""
        client, self._client = self._client, None
        if client is not None:
            with _broker_errors():
                await client.close()

    async def _connected(self) -> Client:
        if self._client is None or self._client.is_closed:
            self._consumers.clear()
            self._client = await _connect(self._url)
        if not self._client.is_connected:
            raise BrokerUnavailableError("the connection is broken")
        return self._client

    async def _stream(self, context: JetStreamContext, topic: str) -> str:
        if topic not in self._streams:
            try:
                name = await context.find_stream_name_by_subject(topic)
            except NotFoundError:
                name = re.sub(r"[^A-Z0-9-]", "_", topic.upper())
                config = StreamConfig(name=name, subjects=[topic], max_msgs=self._max_length)
                await context.add_stream(config)
            self._streams[topic] = name
        return self._streams[topic]

    async def _consumer(
        self, context: JetStreamContext, topic: str
    ) -> JetStreamContext.PullSubscription:
        if topic not in self._consumers:
            stream = await self._stream(context, topic)
            config = ConsumerConfig(
                ack_policy=AckPolicy.EXPLICIT, ack_wait=self.retry_seconds, max_deliver=-1
            )
            self._consumers[topic] = await context.pull_subscribe(
                topic, durable=DURABLE, stream=stream, config=config
            )
        return self._consumers[topic]


async def _connect(url: str) -> Client:
    client = Client()
    try:
        # It would try for ever, as it shall once it has been connected.
        async with asyncio.timeout(_CONNECT_SECONDS):
            await client.connect(
                url,
                connect_timeout=round(_CONNECT_SECONDS),
                allow_reconnect=True,
                max_reconnect_attempts=-1,
                reconnect_time_wait=_RECONNECT_SECONDS,  # type: ignore[arg-type]  # any number will do
                error_cb=_told_elsewhere,
            )
    except BaseException:
        await client.close()
        raise
    return client


async def _told_elsewhere(_: Exception) -> None:
    """Whoever calls gets the error; the library need not print it too."""
