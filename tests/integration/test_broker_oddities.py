"""What people may do to a broker behind a server's back."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import nats
import pytest
from redis.asyncio import Redis

from flext_quality.domain.errors import BrokerUnavailableError
from flext_quality.infrastructure.events.broker import Message
from tests.brokers import NatsProcess, ValkeyProcess
from tests.waiting import until


@pytest.fixture
def valkey() -> Iterator[ValkeyProcess]:
    """A running Valkey."""
    with tempfile.TemporaryDirectory() as directory:
        process = ValkeyProcess(Path(directory))
        process.start()
        yield process
        process.kill()


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[NatsProcess]:
    """A running NATS server."""
    process = NatsProcess(tmp_path)
    process.start()
    yield process
    process.kill()


async def test_a_key_that_is_no_stream_is_told_before_anything_is_sent(
    valkey: ValkeyProcess,
) -> None:
    """Else the other messages of the batch would be added again with every try."""
    client = valkey.client()
    messages = [Message("q.a", "1", b"1"), Message("q.b", "2", b"2")]
    async with Redis.from_url(valkey.url) as redis:
        await redis.set("q.b", "somebody's")
        with pytest.raises(BrokerUnavailableError, match=r"q\.b is no stream"):
            await client.send(messages, 5.0)
        assert [] == await valkey.bodies("q.a")
        await redis.delete("q.b")
    assert await client.send(messages, 5.0) == 2
    await client.close()


async def test_a_removed_stream_of_commands_is_made_again(valkey: ValkeyProcess) -> None:
    """The failure is told once; then commands are taken as before."""
    client = valkey.client()
    assert [] == await client.receive("q.commands", 0.05)
    async with Redis.from_url(valkey.url) as redis:
        await redis.delete("q.commands")
    with pytest.raises(BrokerUnavailableError):
        await client.receive("q.commands", 0.05)
    assert [] == await client.receive("q.commands", 0.05)
    await valkey.add("q.commands", b"x")
    assert [b"x"] == [one.body for one in await client.receive("q.commands", 5.0)]
    await client.close()


async def test_a_stream_keeps_as_many_as_one_likes(valkey: ValkeyProcess) -> None:
    """About so many, as Redis trims whole blocks."""
    client = valkey.client(max_length=100)
    for number in range(20):
        batch = [Message("q.a", f"{number}/{n}", b"x") for n in range(50)]
        await client.send(batch, 5.0)
    assert 100 <= len(await valkey.bodies("q.a")) < 500
    await client.close()


async def test_a_removed_jetstream_is_made_again(nats_server: NatsProcess) -> None:
    """For events and for commands."""
    client = nats_server.client()
    message = Message("q.a", "1", b"one")
    assert await client.send([message], 5.0) == 1
    assert [] == await client.receive("q.commands", 0.05)
    own = await nats.connect(nats_server.url)
    for stream in ("Q_A", "Q_COMMANDS"):
        await own.jetstream().delete_stream(stream)
    await own.close()
    with pytest.raises(BrokerUnavailableError):
        await client.send([message], 5.0)
    assert await client.send([message], 5.0) == 1

    async def is_added() -> bool:
        try:
            assert [] == await client.receive("q.commands", 0.05)
            await nats_server.add("q.commands", b"x")
        except (BrokerUnavailableError, nats.errors.Error):
            return False
        return True

    await until(is_added)
    assert [b"x"] == [one.body for one in await client.receive("q.commands", 5.0)]
    await client.close()


async def test_jetstream_drops_what_it_has(nats_server: NatsProcess) -> None:
    """A relay that publishes again after a failure leaves no duplicates behind."""
    client = nats_server.client()
    batch = [Message("q.a", str(number), b"x") for number in range(3)]
    for _ in range(2):
        assert await client.send(batch, 5.0) == 3
    assert len(await nats_server.bodies("q.a")) == 3
    await client.close()


async def test_a_stream_that_covers_the_topic_is_used(nats_server: NatsProcess) -> None:
    """An operator's own stream, with limits of its own, stays the only one."""
    own = await nats.connect(nats_server.url)
    await own.jetstream().add_stream(name="MINE", subjects=["q.>"])
    client = nats_server.client()
    assert await client.send([Message("q.a", "1", b"x")], 5.0) == 1
    assert (await own.jetstream().stream_info("MINE")).state.messages == 1
    await own.close()
    await client.close()
