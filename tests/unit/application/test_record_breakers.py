from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import pytest

from flext_quality.application.correlation import correlated
from flext_quality.application.jobs.record_breakers import RecordBreakers
from flext_quality.application.ports.resilience import BreakerChange
from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.domain.event import Event, dependency_subject
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.domain.events.dependencies import BreakerState, CircuitBreakerChanged
from tests.contract.samples import NOON
from tests.fakes import FakeClock, FakeEventSignal, FakeStorage

OPENED = BreakerChange("redis", BreakerState.CLOSED, BreakerState.OPEN)
TRIED = BreakerChange("redis", BreakerState.OPEN, BreakerState.HALF_OPEN)


@dataclass
class Queue:
    """As far as it is asked for."""

    instance: str = "server"


class World:
    """A server that notes changes, and its storage."""

    def __init__(self) -> None:
        self.signal = FakeEventSignal()
        self.storage = FakeStorage(self.signal)
        self.record = RecordBreakers(self.storage, FakeClock(), Queue())  # type: ignore[arg-type]

    @property
    def told(self) -> list[AnyEvent]:
        """What was committed."""
        return self.signal.published


def event(sequence: int, change: BreakerChange) -> AnyEvent:
    what = CircuitBreakerChanged(change.dependency, change.before, change.after, "server")
    return Event(f"dependencies/{change.dependency}", sequence, NOON, what)


async def test_changes_become_events_of_the_dependency() -> None:
    """In their order, with the time at which they happened."""
    world = World()
    for change in (OPENED, TRIED, replace(OPENED, dependency="http:a")):
        world.record.breaker_changed(change)
    await world.record()
    assert world.told == [
        event(1, OPENED),
        event(2, TRIED),
        event(1, replace(OPENED, dependency="http:a")),
    ]


async def test_a_change_has_the_id_of_what_found_out() -> None:
    """Of the call that met the failure, not of the job that stores it."""
    world = World()
    with correlated("call-1"):
        world.record.breaker_changed(OPENED)
    with correlated("the job"):
        await world.record()
    assert [one.correlation_id for one in world.told] == ["call-1"]


async def test_it_waits_for_the_next_change() -> None:
    """And stores what comes then, once."""
    world = World()
    for sequence, change in enumerate((OPENED, TRIED), start=1):
        step = asyncio.create_task(world.record())
        await asyncio.sleep(0)
        assert not step.done()
        world.record.breaker_changed(change)
        await step
        assert len(world.told) == sequence


async def test_what_another_server_found_out_is_its_to_tell() -> None:
    """Otherwise each server would tell the same."""
    world = World()
    world.record.breaker_changed(replace(OPENED, is_known=True))
    world.record.breaker_changed(TRIED)
    await world.record()
    assert world.told == [event(1, TRIED)]


async def test_nothing_is_forgotten_while_the_database_is_away() -> None:
    """Up to a thousand changes."""
    world = World()
    world.storage.is_away = True
    for number in range(1_010):
        world.record.breaker_changed(replace(OPENED, dependency=f"http:{number}"))
    with pytest.raises(StorageUnavailableError):
        await world.record()
    world.storage.is_away = False
    world.record.breaker_changed(TRIED)
    await world.record()
    assert [one.subject for one in world.told] == [
        *(f"dependencies/http:{number}" for number in range(11, 1_010)),
        "dependencies/redis",
    ]


def test_a_subject_is_short_however_long_the_dependency_s_name_is() -> None:
    """And names that differ at their ends only stay apart."""
    one, other = (dependency_subject(f"http:{'a' * 250}.{end}") for end in ("org", "net"))
    assert one != other
    assert len(one) == len(other) == len("dependencies/") + 100
