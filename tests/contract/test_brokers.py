"""What every `Broker` promises, and with it every `EventPublisher` and `MessageQueue`."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from flext_quality.application.ports.commands import Delivery
from flext_quality.application.ports.events import PublicEvent
from flext_quality.domain.errors import BrokerUnavailableError
from flext_quality.infrastructure.events.broker import Broker, Message
from flext_quality.infrastructure.events.message_queue import MessageQueueAdapter
from flext_quality.infrastructure.events.publisher import EventPublisherAdapter
from tests.brokers import BROKERS, BrokerProcess, events
from tests.contract.samples import NOON
from tests.fakes import FakeBroker
from tests.services import each
from tests.waiting import PATIENCE_SECONDS, until

SOON = 0.3
EVENT = PublicEvent(
    id="projects/shop/1",
    type="flext.quality.v1.ProjectCreated",
    subject="projects/shop",
    sequence=1,
    aggregate="project",
    time=NOON,
    schema="urn:x",
    data={"displayName": "Süß\n\u202e"},
)
COMMAND = {
    "specversion": "1.0",
    "id": "1",
    "source": "/ci",
    "type": "flext.quality.v1.StartAnalysisRequest",
    "data": {"parent": "projects/shop"},
}


@pytest.fixture(params=each(["fake", *BROKERS]))
def broker(request: pytest.FixtureRequest) -> Iterator[BrokerProcess]:
    """A running broker of each kind."""
    if request.param == "fake":
        yield FakeBroker()
        return
    # The path of a socket is short.
    with tempfile.TemporaryDirectory() as directory:
        process = BROKERS[request.param](Path(directory))
        process.start()
        yield process
        process.kill()


@pytest.fixture
async def client(broker: BrokerProcess) -> AsyncIterator[Broker]:
    client = broker.client(retry_seconds=SOON)
    yield client
    await client.close()


def queue(client: Broker) -> MessageQueueAdapter:
    return MessageQueueAdapter(client, prefix="q")


async def receive(queue: MessageQueueAdapter, count: int = 1) -> Sequence[Delivery]:
    got: list[Delivery] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(got) < count:
            got += await queue.receive()
    assert len(got) == count
    return got


async def command(broker: BrokerProcess, number: int = 1) -> None:
    await broker.add("q.commands", json.dumps({**COMMAND, "id": str(number)}).encode())


async def test_a_broker_answers_unless_it_is_away(broker: BrokerProcess, client: Broker) -> None:
    """For health: nothing is sent, and none is asked for."""
    await client.ping()
    broker.kill()
    with pytest.raises(BrokerUnavailableError):
        await client.ping()
    broker.start()


async def test_events_are_published_in_order(broker: BrokerProcess, client: Broker) -> None:
    """As CloudEvents on a topic for each kind of thing, with all that a consumer needs."""
    publisher = EventPublisherAdapter(client, prefix="q", source="/here")
    batch = [replace(EVENT, id=f"projects/shop/{n}", sequence=n) for n in range(1, 8)]
    other = replace(EVENT, id="x/1", subject="x", aggregate="analysis", traceparent="00-a-b-01")
    sent = 0
    while sent < len(batch):
        sent += await publisher.publish(batch[sent:], 5.0)
    assert await publisher.publish([other], 5.0) == 1
    told = await events(broker, "q.project")
    assert [event.id for event in batch] == [one["id"] for one in told]
    assert told[0] == {
        "specversion": "1.0",
        "id": "projects/shop/1",
        "source": "/here",
        "type": "flext.quality.v1.ProjectCreated",
        "subject": "projects/shop",
        "time": "2025-03-01T12:00:00Z",
        "datacontenttype": "application/json",
        "dataschema": "urn:x",
        "sequence": "0000000000000000001",
        "partitionkey": "projects/shop",
        "data": {"displayName": "Süß\n\u202e"},
    }
    assert ["00-a-b-01"] == [one["traceparent"] for one in await events(broker, "q.analysis")]


async def test_an_event_too_long_goes_without_its_data() -> None:
    """And says where they are."""
    fake = FakeBroker(longest=2048)
    publisher = EventPublisherAdapter(fake, prefix="q", source="/here")
    long = replace(EVENT, sequence=2, data={"displayName": "x" * 2048})
    assert await publisher.publish([EVENT, long], 1.0) == 2
    short, bare = [json.loads(body) for body in await fake.bodies("q.project")]
    assert short["data"] == EVENT.data
    assert "dataref" not in short
    assert "data" not in bare
    assert bare["dataref"] == "projects/shop#2"


async def test_a_command_goes_to_one_server(broker: BrokerProcess, client: Broker) -> None:
    """Once if it is dealt with; then it is gone."""
    one, other = broker.client(), broker.client(consumer="two")
    first, second = queue(one), queue(other)
    assert [] == await first.receive()
    for number in range(6):
        await command(broker, number)
    got: list[str] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(got) < 6:
            for delivery in await first.receive() or await second.receive():
                assert delivery.attempt == 1
                await delivery.done()
                got.append(delivery.command.unwrap().id)
    assert ["0", "1", "2", "3", "4", "5"] == sorted(got)
    assert await broker.unacknowledged("q.commands") == 0
    await one.close()
    await other.close()


async def test_a_command_that_is_not_dealt_with_comes_again(
    broker: BrokerProcess, client: Broker
) -> None:
    """After a while, to whoever asks, with the count; others do not wait for it."""
    other = broker.client(consumer="two", retry_seconds=SOON)
    first, second = queue(client), queue(other)
    await first.receive()
    await command(broker, 1)
    (failed,) = await receive(first)
    await failed.retry()
    await command(broker, 2)
    attempts, other_done = [failed.attempt], False
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not other_done or attempts[-1] < 3:
            for delivery in await first.receive() or await second.receive():
                if delivery.command.unwrap().id == "2":
                    await delivery.done()
                    other_done = True
                else:
                    await delivery.retry()
                    attempts.append(delivery.attempt)
    (again,) = await receive(second)
    await again.done()
    assert list(range(1, again.attempt + 1)) == [*attempts, again.attempt]
    assert await broker.unacknowledged("q.commands") == 0
    await other.close()


async def test_the_command_of_a_dead_server_goes_to_another(
    broker: BrokerProcess, client: Broker
) -> None:
    """One that is held does not, as long as it is held."""
    dying = queue(broker.client(consumer="dying", retry_seconds=SOON))
    await dying.receive()  # from then on commands can be sent
    await command(broker)
    (lost,) = await receive(dying)
    for _ in range(4):
        await asyncio.sleep(SOON / 2)
        await lost.hold()
    await dying.close()
    (found,) = await receive(queue(client))
    assert found.attempt == 2
    await found.done()


async def test_what_cannot_be_dealt_with_is_put_aside(
    broker: BrokerProcess, client: Broker
) -> None:
    """With the reason, the message as it was; it does not come again."""
    commands = queue(client)
    await commands.receive()  # from then on commands can be sent
    await broker.add("q.commands", b"\xff no JSON")
    (poison,) = await receive(commands)
    assert not poison.command.is_success
    await poison.bury("no command:\nreally … not")
    assert [b"\xff no JSON"] == await broker.bodies("q.commands.dead")
    (details,) = await broker.details("q.commands.dead")
    assert details["attempts"] == "1"
    assert details["reason"].startswith("no command:")
    assert await broker.unacknowledged("q.commands") == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"specversion": "1.0"}', json.dumps({**COMMAND, "data": 5}).encode()],
)
async def test_what_is_no_command_is_told(body: bytes) -> None:
    """As a failure, not as a defect."""
    fake = FakeBroker()
    await fake.add("q.commands", body)
    (poison,) = await receive(queue(fake))
    assert poison.command.error is not None


async def test_a_broker_that_is_away_is_told_and_found_again(broker: BrokerProcess) -> None:
    """Nothing is lost that it has confirmed; the same connection goes on when it is back."""
    client = broker.client(retry_seconds=SOON)
    assert await client.send([Message("q.project", "1", b"one")], 5.0) == 1
    broker.kill()
    for _ in range(2):
        with pytest.raises(BrokerUnavailableError):
            await client.send([Message("q.project", "2", b"two")], 5.0)
        with pytest.raises(BrokerUnavailableError):
            await client.receive("q.commands", 0.1)
    broker.start()

    async def is_sent() -> bool:
        try:
            return await client.send([Message("q.project", "2", b"two")], 5.0) == 1
        except BrokerUnavailableError:
            return False

    await until(is_sent)
    assert [b"one", b"two"] == await broker.bodies("q.project")
    await client.close()


async def test_a_broker_that_was_never_there_is_told(broker: BrokerProcess) -> None:
    """At the first use, not when the connection is made."""
    broker.kill()
    client = broker.client()
    with pytest.raises(BrokerUnavailableError):
        await client.send([Message("q.project", "1", b"one")], 5.0)
    await client.close()
