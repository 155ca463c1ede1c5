from __future__ import annotations

import json
from typing import Any

import pytest

from flext_quality.application.analyses.start_analysis import QueueLimit, StartAnalysis
from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.jobs.consume_commands import CommandPolicy, ConsumeCommands
from flext_quality.domain.errors import BrokerUnavailableError, ServerShuttingDownError
from flext_quality.infrastructure.events.message_queue import MessageQueueAdapter
from flext_quality.rpc.events.public_events import START_ANALYSIS, ProtobufCommandDecoder
from tests.contract.samples import SHOP, project, store
from tests.fakes import (
    FakeAnalyzer,
    FakeBroker,
    FakeClock,
    FakeEventSignal,
    FakeJobQueue,
    FakeStorage,
)

TOPIC, DEAD = "q.commands", "q.commands.dead"


class World:
    """A server that takes commands."""

    def __init__(self) -> None:
        self.signal = FakeEventSignal()
        self.storage = FakeStorage(self.signal)
        self.broker = FakeBroker(retry_seconds=0.0)
        self.clock = FakeClock()
        self.start: Any = self.starting(1000)

    def starting(self, limit: int) -> StartAnalysis:
        """The real use case, with room for so many analyses."""
        analyzers = Analyzers.of(FakeAnalyzer("fake"))
        return StartAnalysis(self.storage, analyzers, FakeJobQueue(), QueueLimit(limit), self.clock)

    @property
    def consume(self) -> ConsumeCommands:
        """A server's turn."""
        queue = MessageQueueAdapter(self.broker, prefix="q")
        return ConsumeCommands(queue, ProtobufCommandDecoder(), self.start, CommandPolicy(3, 0.0))

    async def send(self, number: str = "1", **data: Any) -> None:
        """Sends a command."""
        await self.broker.add(TOPIC, message(number, **data))

    async def analyses(self) -> list[tuple[str, tuple[str, ...]]]:
        """Branch and analyzers of each analysis."""
        async with self.storage(read_only=True) as uow:
            found = await uow.analyses.list(SHOP, limit=100)
        return [(one.branch, tuple(one.outcomes)) for one in found]


def message(number: str = "1", kind: str = START_ANALYSIS, **data: Any) -> bytes:
    body = {"parent": "projects/shop", **data}
    event = {"specversion": "1.0", "id": number, "source": "/ci", "type": kind, "data": body}
    return json.dumps(event).encode()


@pytest.fixture
async def world() -> World:
    world = World()
    await store(world.storage, project())
    return world


async def test_a_command_starts_an_analysis(world: World) -> None:
    """Of the project, branch and analyzers that it names."""
    await world.send(revision={"branch": "main"}, analyzers=["fake"])
    await world.consume()
    assert [("main", ("fake",))] == await world.analyses()
    assert [] == world.broker.pending
    assert {} == world.broker.topics


@pytest.mark.parametrize(
    ("sent", "kept"), [("build-7", True), ("a\nb", False), ("x" * 129, False), (None, False)]
)
async def test_an_analysis_has_the_id_that_its_command_brings(
    world: World, sent: str | None, kept: bool
) -> None:
    """One that is no id, or none, is replaced by a new one."""
    event = json.loads(message())
    await world.broker.add(
        TOPIC, json.dumps({**event, "correlationid": sent} if sent else event).encode()
    )
    await world.consume()
    told = [one.correlation_id for one in world.signal.published if "/analyses/" in one.subject]
    assert len(told) == 1
    assert told[0]
    assert (told[0] == sent) is kept


async def test_a_command_that_comes_twice_starts_one_analysis(world: World) -> None:
    """By its own id, or by the request id that it brings."""
    for number in ("1", "1", "2"):
        await world.send(number)
        await world.consume()
    assert len(await world.analyses()) == 2
    for number in ("3", "4"):
        await world.send(number, requestId="mine")
        await world.consume()
    assert len(await world.analyses()) == 3
    assert {} == world.broker.topics


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\x00", "CloudEvent"),
        (message(kind="other"), "type: must be flext.quality.v1.StartAnalysisRequest"),
        (message(parent="shop"), "data.parent: "),
        (message(nothing=1), "data: "),
        (message(attachments=[{"name": "x"}]), "attachments"),
    ],
)
async def test_what_is_no_command_is_put_aside_at_once(
    world: World, body: bytes, reason: str
) -> None:
    """With the reason; the next one has its turn."""
    await world.broker.add(TOPIC, body)
    await world.send()
    await world.consume()
    assert [body] == world.broker.topics[DEAD]
    assert reason in world.broker.beside[DEAD][0]["reason"]
    assert len(await world.analyses()) == 1


async def test_what_fails_is_put_aside_after_so_many_tries(world: World) -> None:
    """It holds nobody up meanwhile."""
    await world.send("bad", parent="projects/gone")
    for number in range(3):
        assert {} == world.broker.topics
        await world.send(str(number))
        await world.consume()
    assert [message("bad", parent="projects/gone")] == world.broker.topics[DEAD]
    assert world.broker.beside[DEAD][0]["attempts"] == "3"
    assert "gone" in world.broker.beside[DEAD][0]["reason"]
    assert len(await world.analyses()) == 3


async def test_a_project_that_comes_in_time_is_analyzed(world: World) -> None:
    """A command may overtake the registration of its project."""
    await world.send(parent="projects/late")
    await world.consume()
    await store(world.storage, project("late"))
    await world.consume()
    assert {} == world.broker.topics
    assert [] == world.broker.pending


async def test_a_defect_stops_nothing(world: World) -> None:
    """What breaks the server off is put aside like what fails, without its details."""

    async def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a secret detail")

    world.start = broken
    await world.send()
    for _ in range(3):
        await world.consume()
    assert ["a defect of the server"] == [one["reason"] for one in world.broker.beside[DEAD]]


async def test_a_command_that_kills_every_server_is_put_aside(world: World) -> None:
    """Nobody is left to count but the broker."""
    await world.send()
    for _ in range(3):
        await world.broker.receive(TOPIC, 1.0)
    await world.consume()
    assert "given up after 3 tries" in world.broker.beside[DEAD][0]["reason"]
    assert [] == await world.analyses()


async def test_while_the_server_can_take_nothing_commands_wait(world: World) -> None:
    """They do not count as failed."""
    tries = 0
    real = world.starting(1000)

    async def start(*args: Any, **kwargs: Any) -> None:
        nonlocal tries
        tries += 1
        world.storage.is_away = tries < 5
        full = world.starting(0) if tries in {5, 6, 7} else real
        await full(*args, **kwargs)

    world.start = start
    await world.send()
    await world.consume()
    assert tries == 8
    assert len(await world.analyses()) == 1
    assert {} == world.broker.topics


async def test_a_server_that_goes_down_leaves_its_commands(world: World) -> None:
    """They come again, to another one."""

    async def start(*_: Any, **__: Any) -> None:
        raise ServerShuttingDownError

    world.start = start
    await world.send()
    with pytest.raises(ServerShuttingDownError):
        await world.consume()
    assert len(world.broker.pending) == 1
    assert {} == world.broker.topics


async def test_a_broker_that_is_away_is_told(world: World) -> None:
    """Whoever runs it tries again."""
    world.broker.is_away = True
    with pytest.raises(BrokerUnavailableError):
        await world.consume()
