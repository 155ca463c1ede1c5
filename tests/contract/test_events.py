"""What every `EventRepository` promises, and whoever appends to the log."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from flext_quality.application.correlation import correlated
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.analyses.events import AnalyzerProgressed
from flext_quality.domain.event import AggregateType, dependency_subject
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.domain.events.dependencies import BreakerState, CircuitBreakerChanged
from tests.contract.samples import NOON, SHOP, analysis, analysis_name, eventful, project, store
from tests.contract.storages import Storage

ONE = analysis_name(1)


async def test_every_event_comes_back_as_it_was(storage: Storage) -> None:
    """Whatever can happen to an analysis is read back without loss, in order, without a gap."""
    await store(storage.uow, project(), eventful())
    told = [event for event in storage.signal.published if event.subject == str(ONE)]
    async with storage.uow(read_only=True) as work:
        read = await work.events.read(str(ONE), after=0, limit=1000)
    assert told == read
    assert list(range(1, len(read) + 1)) == [event.sequence for event in read]
    assert all(event.time.utcoffset() == timedelta(0) for event in read)


async def test_every_event_has_the_id_of_its_cause(storage: Storage) -> None:
    """Of whatever it is that has one where it is stored; else one that the transaction has for itself."""
    with correlated("call-1"):
        await store(storage.uow, project(), eventful(1))
    await store(storage.uow, analysis(2), analysis(3))
    async with storage.uow(read_only=True) as work:
        read = [event for _, event in await work.events.read_all(0, 1000)]
    causes = {e.subject: {o.correlation_id for o in read if o.subject == e.subject} for e in read}
    assert causes["projects/shop"] == causes[str(ONE)] == {"call-1"}
    assert all(len(own) == 1 and own != {""} for own in causes.values())
    told = [event.correlation_id for event in storage.signal.published]
    assert told == [event.correlation_id for event in read]


async def test_reading_goes_on_where_it_stopped(uow: UnitOfWorkFactory) -> None:
    """A reader that knows the last sequence it has seen gets the rest, none twice."""
    await store(uow, project(), eventful(1), eventful(2))
    read: list[AnyEvent] = []
    async with uow(read_only=True) as work:
        last = await work.events.last_sequence(str(ONE))
        while part := await work.events.read(str(ONE), after=len(read), limit=4):
            assert len(part) <= 4
            read += part
        assert [] == await work.events.read(str(ONE), after=last + 5, limit=4)
    assert Counter(event.sequence for event in read) == Counter(range(1, last + 1))
    assert {str(ONE)} == {event.subject for event in read}


async def test_a_subject_without_events_is_at_sequence_0(uow: UnitOfWorkFactory) -> None:
    """Whatever its name: a project's events are not those of its analyses."""
    await store(uow, project(), analysis(1))
    async with uow(read_only=True) as work:
        assert await work.events.last_sequence("projects/other") == 0
        assert [] == await work.events.read("projects/other", after=0, limit=10)
        assert await work.events.last_sequence("projects/shop") == 1


async def test_what_is_no_aggregate_has_events_too(storage: Storage) -> None:
    """Each comes after the one before, by itself; readers of the whole log get them as all others."""
    subject = dependency_subject("redis")
    opened = CircuitBreakerChanged("redis", BreakerState.CLOSED, BreakerState.OPEN, "s")
    for what in (opened, replace(opened, before=opened.after, after=opened.before)):
        async with storage.uow() as work:
            await work.events.append(subject, NOON, what)
            await work.commit()
    async with storage.uow() as work:
        await work.events.append(subject, NOON, opened)  # is not committed
    async with storage.uow(read_only=True) as work:
        read = await work.events.read(subject, after=0, limit=9)
        assert [event for _, event in await work.events.read_all(0, 9)] == read
    assert [(event.sequence, event.aggregate_type) for event in read] == [
        (1, AggregateType.DEPENDENCY),
        (2, AggregateType.DEPENDENCY),
    ]
    assert read[0].payload == opened
    assert read == storage.signal.published


async def test_one_sequence_is_never_stored_twice(storage: Storage) -> None:
    """Two changes that both take themselves for the next one do not both become true."""
    await store(storage.uow, project(), analysis(1))
    async with storage.uow() as work:
        first = (await work.analyses.get(ONE)).unwrap()
        stale = (await work.analyses.get(ONE)).unwrap()
        first.analyzer_progressed(AnalyzerProgressed("ruff", 1, 2), NOON)
        stale.analyzer_progressed(AnalyzerProgressed("ruff", 2, 2), NOON)
        await work.analyses.save(first)
        with pytest.raises(storage.conflict):
            await work.analyses.save(stale)
    async with storage.uow(read_only=True) as work:
        assert await work.events.last_sequence(str(ONE)) == 1


async def _all(
    uow: UnitOfWorkFactory, after: int = 0, below: str = "", limit: int = 3
) -> list[tuple[int, AnyEvent]]:
    read: list[tuple[int, AnyEvent]] = []
    async with uow(read_only=True) as work:
        while part := await work.events.read_all(after, limit, below):
            assert len(part) <= limit
            read += part
            after = part[-1][0]
    return read


async def test_the_whole_log_is_read_in_the_order_of_the_commits(storage: Storage) -> None:
    """Everything that was told, of whatever subject, a part at a time; the places only ascend."""
    await store(storage.uow, project(), eventful(1))
    await store(storage.uow, project("other"), analysis(2, "other"))
    await store(storage.uow, analysis(3))
    read = await _all(storage.uow)
    assert storage.signal.published == [event for _, event in read]
    positions = [position for position, _ in read]
    assert sorted(set(positions)) == positions
    assert read[4:] == await _all(storage.uow, after=positions[3])


async def test_the_log_of_one_project_has_what_is_below_it(storage: Storage) -> None:
    """The project's own events and its analyses', but none of a project whose name only begins alike."""
    await store(storage.uow, project(), project("shop-2"), project("shop2"))
    await store(storage.uow, eventful(1), analysis(2, "shop-2"), analysis(3, "shop2"))
    read = await _all(storage.uow, below="projects/shop")
    assert {"projects/shop", str(ONE)} == {event.subject for _, event in read}
    everything = await _all(storage.uow)
    assert [one for one in everything if one[1].subject in {"projects/shop", str(ONE)}] == read
    assert {str(ONE)} == {event.subject for _, event in await _all(storage.uow, below=str(ONE))}


async def test_the_log_is_settled_up_to_what_was_committed(uow: UnitOfWorkFactory) -> None:
    """Readers learn how far they have come though nothing was for them."""
    async with uow(read_only=True) as work:
        assert await work.events.settled(0) == 0
        assert await work.events.settled(7) == 7
    await store(uow, project(), analysis(1))
    async with uow(read_only=True) as work:
        last = (await work.events.read_all(0, 10))[-1][0]
        assert last == await work.events.settled(0)
        assert [] == await work.events.read_all(0, 10, "projects/other")


async def test_a_place_in_the_log_is_never_used_twice(uow: UnitOfWorkFactory) -> None:
    """Even when the newest events were removed: a reader behind them misses nothing that follows."""
    await store(uow, project(), analysis(1))
    before = await _all(uow)
    async with uow() as work:
        shop = (await work.projects.get(SHOP)).unwrap()
        await work.projects.delete(shop)
        await work.commit()
    await store(uow, project("other"))
    after = await _all(uow)
    assert after[-1][0] > before[-1][0]
    assert ["projects/shop", "projects/other"] == [event.subject for _, event in after]
