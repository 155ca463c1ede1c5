from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta

import pytest

from flext_quality.application.correlation import correlated
from flext_quality.application.jobs.relay_events import RelayEvents, RelayOptions
from flext_quality.application.ports.events import PublicEvent
from flext_quality.application.ports.observability import Instruments, NoInstruments
from flext_quality.domain.errors import BrokerUnavailableError, StorageUnavailableError
from flext_quality.infrastructure.events.publisher import EventPublisherAdapter
from flext_quality.rpc.events.public_events import ProtobufEventRenderer
from tests.contract.samples import analysis, eventful, project, store
from tests.fakes import FakeBroker, FakeClock, FakeEventSignal, FakeStorage

LEASE = timedelta(seconds=10)


class World:
    """A storage, a broker, and as many servers as one likes."""

    def __init__(self) -> None:
        self.signal = FakeEventSignal()
        self.storage = FakeStorage(self.signal)
        self.broker = FakeBroker()
        self.clock = FakeClock()

    def relay(
        self, owner: str = "a", batch_size: int = 3, instruments: Instruments | None = None
    ) -> RelayEvents:
        """A server's relay."""
        return RelayEvents(
            self.storage,
            self.signal,
            EventPublisherAdapter(self.broker, prefix="q", source="/here"),
            ProtobufEventRenderer(),
            self.clock,
            RelayOptions("publisher/fake", owner, batch_size, LEASE),
            instruments or NoInstruments(),
        )

    @property
    def published(self) -> list[str]:
        """The ids of the events in the broker, each topic's in order."""
        bodies = [b for topic in sorted(self.broker.topics) for b in self.broker.topics[topic]]
        return [json.loads(body)["id"] for body in bodies]

    @property
    def happened(self) -> list[str]:
        """The ids of all events that were committed, each kind's in order."""
        ids = [event.id for event in self.signal.published]
        return sorted(ids, key=lambda one: "/analyses/" not in one)

    async def fill(self) -> None:
        """Lets many things happen."""
        await store(self.storage, project(), eventful(1), analysis(2))


@pytest.fixture
def world() -> World:
    return World()


async def steps(relay: RelayEvents, count: int = 20) -> None:
    """Some steps; the waiting of the last ones is cut short."""
    for _ in range(count):
        try:
            async with asyncio.timeout(0.05):
                await relay()
        except TimeoutError:
            return


async def test_every_event_is_published_once_in_order(world: World) -> None:
    """Also those from before the relay was there."""
    await world.fill()
    relay = world.relay()
    await steps(relay)
    assert world.happened == world.published
    await store(world.storage, analysis(3))
    await steps(relay)
    assert world.happened == world.published


async def test_an_analysis_s_events_carry_the_trace_of_its_call(world: World) -> None:
    """All of them; those of others, and of a project, have none."""
    traced = analysis(1)
    traced.trace_context = "00-aa-bb-01"
    await store(world.storage, project(), traced, analysis(2))
    await steps(world.relay())
    told = [json.loads(body) for bodies in world.broker.topics.values() for body in bodies]
    assert {(one["subject"], one.get("traceparent")) for one in told} == {
        ("projects/shop", None),
        (str(traced.name), "00-aa-bb-01"),
        (str(analysis(2).name), None),
    }


async def test_every_event_carries_the_id_of_its_cause(world: World) -> None:
    """That of the call, or one of its own where nothing has one; all of one transaction have the same."""
    with correlated("call-1"):
        await store(world.storage, project(), analysis(1))
    await store(world.storage, eventful(2))
    await steps(world.relay())
    told = [json.loads(body) for bodies in world.broker.topics.values() for body in bodies]
    causes: dict[str, set[str]] = {}
    for one in told:
        causes.setdefault(one["subject"], set()).add(one["correlationid"])
    assert causes["projects/shop"] == causes[str(analysis(1).name)] == {"call-1"}
    (own,) = causes[str(eventful(2).name)]
    assert own not in {"", "call-1"}


async def test_nothing_is_published_before_its_commit(world: World) -> None:
    """And what is rolled back never is."""
    relay = world.relay()
    async with world.storage() as work:
        (await work.projects.add(project())).unwrap()
    await steps(relay)
    assert [] == world.published


async def test_a_broker_that_takes_a_part_gets_the_rest(world: World) -> None:
    """The cursor moves over what was confirmed, and not beyond."""
    await world.fill()
    world.broker.confirms = 1
    await steps(world.relay(), 100)
    assert world.happened == world.published


async def test_a_broker_that_is_away_gets_everything_later(world: World) -> None:
    """Each try says so; nothing is passed over."""
    await world.fill()
    relay = world.relay()
    world.broker.is_away = True
    for _ in range(3):
        with pytest.raises(BrokerUnavailableError):
            await relay()
    world.broker.is_away = False
    await steps(relay)
    assert world.happened == world.published


async def test_what_was_published_but_not_noted_is_published_again(world: World) -> None:
    """A relay that dies in between loses nothing; the ids tell what came twice, and the order stays."""
    await world.fill()

    class Dying(EventPublisherAdapter):
        async def publish(self, events: Sequence[PublicEvent], seconds: float) -> int:
            await super().publish(events, seconds)
            raise BrokerUnavailableError("killed after it was done")

    dying = world.relay()
    dying._publisher = Dying(world.broker, prefix="q", source="/here")  # noqa: SLF001  # as a kill would
    with pytest.raises(BrokerUnavailableError):
        await dying()
    world.clock.advance(seconds=11)
    await steps(world.relay("b"))
    assert len(world.published) == len(world.happened) + 3
    assert set(world.happened) == set(world.published)
    seen = list(dict.fromkeys(world.published))
    assert world.happened == seen


async def test_one_server_relays_at_a_time(world: World) -> None:
    """Another goes on when the first one stops or gives no sign of life for too long."""
    await world.fill()
    first, second = world.relay("a"), world.relay("b")
    async with asyncio.timeout(1):
        await first()
    await steps(second, 1)
    assert len(world.published) == 3
    await first.stop()
    await second()
    assert len(world.published) == 6
    await steps(first, 1)
    assert len(world.published) == 6
    world.clock.advance(seconds=11)
    await steps(first)
    assert world.happened == world.published


async def test_one_that_was_asleep_does_not_move_the_other_s_place(world: World) -> None:
    """What it has published comes twice at most, and it notices."""
    await world.fill()
    sleeper, other = world.relay("a"), world.relay("b")

    class Sleeping(EventPublisherAdapter):
        async def publish(self, events: Sequence[PublicEvent], seconds: float) -> int:
            world.clock.advance(seconds=11)
            await steps(other)
            return await super().publish(events, seconds)

    sleeper._publisher = Sleeping(world.broker, prefix="q", source="/here")  # noqa: SLF001  # as above
    await sleeper()
    await store(world.storage, analysis(3))
    await steps(sleeper, 1)
    await steps(other)
    assert set(world.happened) == set(world.published)
    assert len(world.published) == len(world.happened) + 3


async def test_the_turn_is_kept_while_nothing_happens(world: World) -> None:
    """As long as the server gives signs of life."""
    relay, other = world.relay("a"), world.relay("b")
    for _ in range(4):
        await steps(relay, 1)
        world.clock.advance(seconds=6)
    await steps(other, 1)
    await store(world.storage, project())
    await steps(other, 1)
    assert [] == world.published
    await steps(relay)
    assert world.happened == world.published


async def test_a_database_that_is_away_is_told(world: World) -> None:
    """Whoever runs the relay tries again."""
    world.storage.is_away = True
    with pytest.raises(StorageUnavailableError):
        await world.relay()()
    await world.relay().stop()  # it has no turn, so there is nothing to give up


class Lag(NoInstruments):
    """Remembers how far a reader was behind."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, float]] = []

    def lagging(self, consumer: str, *, events: int, seconds: float) -> None:
        """See the port."""
        self.told.append((consumer, events, seconds))


async def test_operators_see_how_far_the_broker_is_behind(world: World) -> None:
    """In events and in the age of the oldest, also while the broker is away; zero once all is told."""
    await world.fill()
    count = len(world.happened)
    world.clock.advance(minutes=5)
    world.broker.is_away = True
    lag = Lag()
    relay = world.relay(batch_size=1000, instruments=lag)
    with pytest.raises(BrokerUnavailableError):
        await relay()
    (consumer, events, seconds) = lag.told[-1]
    assert (consumer, events) == ("publisher/fake", count)
    assert seconds >= 300
    world.broker.is_away = False
    await relay()
    await relay()
    assert lag.told[-1] == ("publisher/fake", 0, 0.0)
