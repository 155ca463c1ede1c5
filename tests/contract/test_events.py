"""What every `EventRepository` promises, and whoever appends to the log."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from flext_quality.application.ports import UnitOfWorkFactory
from flext_quality.domain.event import AnalyzerProgressed, AnyEvent
from tests.contract.samples import NOON, analysis, analysis_name, eventful, project, store
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
