"""What every `FindingRepository` promises."""

from __future__ import annotations

from flext_quality.application.ports.records import FindingBatch
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import Analysis
from tests.contract.samples import analysis, analysis_name, eventful, project, store

ONE, TWO = analysis_name(1), analysis_name(2)
EVERY_BYTE = bytes(range(256)) * 4096


async def _store_batches(uow: UnitOfWorkFactory) -> None:
    await store(uow, project(), analysis(1), analysis(2))
    async with uow() as work:
        await work.findings.append(ONE, "ruff", 3, b"first")
        await work.findings.append(TWO, "ruff", 9, b"of another")
        await work.findings.append(ONE, "mypy", 0, b"")
        await work.commit()
    async with uow() as work:
        await work.findings.append(ONE, "ruff", 1000, EVERY_BYTE)
        await work.commit()


async def test_batches_come_back_in_the_order_of_storing(uow: UnitOfWorkFactory) -> None:
    """Byte for byte, at ascending positions from 1."""
    await _store_batches(uow)
    async with uow(read_only=True) as work:
        found = await work.findings.batches(ONE, limit=10)
    assert [
        FindingBatch(1, "ruff", 3, b"first"),
        FindingBatch(2, "mypy", 0, b""),
        FindingBatch(3, "ruff", 1000, EVERY_BYTE),
    ] == found


async def test_reading_goes_on_where_it_stopped(uow: UnitOfWorkFactory) -> None:
    """A limit and the last position give one part after the other."""
    await _store_batches(uow)
    async with uow(read_only=True) as work:
        first = await work.findings.batches(ONE, limit=2)
        rest = await work.findings.batches(ONE, limit=2, after=first[-1].position)
        nothing = await work.findings.batches(ONE, limit=2, after=rest[-1].position)
    assert [3, 0, 1000] == [batch.count for batch in first + rest]
    assert [] == nothing


async def test_batches_of_some_analyzers_can_be_read_alone(uow: UnitOfWorkFactory) -> None:
    """Their positions are the same as among all."""
    await _store_batches(uow)
    async with uow(read_only=True) as work:
        ruff = await work.findings.batches(ONE, limit=10, analyzers={"ruff", "bandit"})
        rest = await work.findings.batches(ONE, limit=10, after=1, analyzers={"ruff"})
        both = await work.findings.batches(ONE, limit=2, analyzers=("mypy", "ruff"))
        none = await work.findings.batches(ONE, limit=10, analyzers=["bandit"])
    assert [1, 3] == [batch.position for batch in ruff]
    assert [3] == [batch.position for batch in rest]
    assert [1, 2] == [batch.position for batch in both]
    assert [] == none


async def test_clearing_empties_one_analysis_alone(uow: UnitOfWorkFactory) -> None:
    """A new attempt begins from nothing; other analyses keep what they have."""
    await _store_batches(uow)
    async with uow() as work:
        await work.findings.clear(ONE)
        assert [] == await work.findings.batches(ONE, limit=10)
        await work.findings.append(ONE, "ruff", 7, b"again")
        await work.commit()
    async with uow(read_only=True) as work:
        assert [7] == [batch.count for batch in await work.findings.batches(ONE, limit=10)]
        assert [9] == [batch.count for batch in await work.findings.batches(TWO, limit=10)]


async def _read_one_by_one(uow: UnitOfWorkFactory) -> list[FindingBatch]:
    found: list[FindingBatch] = []
    async with uow(read_only=True) as work:
        while batches := await work.findings.batches(
            TWO, limit=1, after=found[-1].position if found else 0
        ):
            found += batches
    return found


async def test_batches_can_be_those_of_another_analysis(uow: UnitOfWorkFactory) -> None:
    """Reading sees no difference, however it goes on; what comes after them has a later position."""
    await _store_batches(uow)
    async with uow() as work:
        assert await work.findings.refer(TWO, "ruff", ONE, 1003)
        await work.findings.append(TWO, "mypy", 5, b"own")
        assert not await work.findings.refer(TWO, "bandit", ONE, 1)
        await work.commit()
    expected = [
        FindingBatch(1, "ruff", 9, b"of another"),
        FindingBatch(2, "ruff", 3, b"first"),
        FindingBatch(3, "ruff", 1000, EVERY_BYTE),
        FindingBatch(4, "mypy", 5, b"own"),
    ]
    assert expected == await _read_one_by_one(uow)
    async with uow(read_only=True) as work:
        assert expected == await work.findings.batches(TWO, limit=10)
        assert expected[1:3] == await work.findings.batches(TWO, limit=2, after=1)
        assert expected[:3] == await work.findings.batches(TWO, limit=9, analyzers=["ruff"])
        assert expected[2:] == await work.findings.batches(TWO, limit=9, after=2)


async def test_what_is_referred_to_may_itself_be_another_analysis_s(
    uow: UnitOfWorkFactory,
) -> None:
    """A third analysis that says the same once more has the same batches, and keeps them alone."""
    await store(uow, project(), analysis(1), analysis(2), analysis(3))
    three = analysis_name(3)
    async with uow() as work:
        await work.findings.append(ONE, "ruff", 3, b"first")
        await work.findings.append(ONE, "ruff", 4, b"second")
        assert await work.findings.refer(TWO, "ruff", ONE, 7)
        assert await work.findings.refer(three, "ruff", TWO, 7)
        await work.findings.clear(TWO)
        await work.commit()
    async with uow(read_only=True) as work:
        expected = await work.findings.batches(ONE, limit=10)
        assert expected == await work.findings.batches(three, limit=10)
        assert [] == await work.findings.batches(TWO, limit=10)


async def test_what_is_not_all_there_cannot_be_referred_to(uow: UnitOfWorkFactory) -> None:
    """As when the other analysis is being removed: nothing is added."""
    await _store_batches(uow)
    async with uow() as work:
        assert not await work.findings.refer(TWO, "ruff", ONE, 1002)
        assert not await work.findings.refer(TWO, "ruff", analysis_name(3), 1003)
        await work.commit()
    async with uow(read_only=True) as work:
        assert [9] == [batch.count for batch in await work.findings.batches(TWO, limit=10)]


async def _referring(uow: UnitOfWorkFactory, *others: Analysis) -> list[FindingBatch]:
    """Analyses that refer to what the first one has of ruff, after a batch of their own; that."""
    await store(uow, project(), eventful(1), *others)
    async with uow() as work:
        for analyzer, count, payload in (
            ("ruff", 3, b"first"),
            ("mypy", 1, b"else"),
            ("ruff", 4, b"second"),
            ("ruff", 5, EVERY_BYTE),
        ):
            await work.findings.append(ONE, analyzer, count, payload)
        for other in others:
            await work.findings.append(other.name, "bandit", 2, b"own")
            assert await work.findings.refer(other.name, "ruff", ONE, 12)
            await work.findings.append(other.name, "bandit", 6, b"own too")
        await work.commit()
    async with uow(read_only=True) as work:
        return await work.findings.batches(others[0].name, limit=10)


async def _remove(uow: UnitOfWorkFactory, number: int, limit: int = 100) -> int:
    async with uow() as work:
        removed = await work.findings.remove(analysis_name(number), limit=limit)
        await work.commit()
    return removed


async def _read(uow: UnitOfWorkFactory, number: int) -> list[FindingBatch]:
    async with uow(read_only=True) as work:
        return await work.findings.batches(analysis_name(number), limit=10)


async def test_who_refers_to_removed_findings_keeps_them(uow: UnitOfWorkFactory) -> None:
    """One analysis after the other goes, and the others read what they always read."""
    expected = await _referring(uow, analysis(5), *(eventful(n) for n in (2, 3, 4)))
    for gone, left in ((1, (2, 3, 4, 5)), (3, (2, 4, 5)), (2, (4, 5)), (4, (5,))):
        assert await _remove(uow, gone) > 0
        assert [] == await _read(uow, gone)
        for number in left:
            assert expected == await _read(uow, number)


async def test_one_that_begins_anew_takes_nothing_from_the_others(uow: UnitOfWorkFactory) -> None:
    """What it has may be dropped at any time until it has ended: others do not refer to it."""
    expected = await _referring(uow, analysis(2), analysis(3))
    await _remove(uow, 1)
    async with uow() as work:
        await work.findings.clear(TWO)
        await work.commit()
    assert expected == await _read(uow, 3)


async def test_findings_are_removed_a_part_at_a_time(uow: UnitOfWorkFactory) -> None:
    """A part that is smaller than it may be was the last one."""
    expected = await _referring(uow, eventful(2))
    assert [3, 1, 0] == [await _remove(uow, 1, limit=3) for _ in range(3)]
    assert [] == await _read(uow, 1)
    assert expected == await _read(uow, 2)


async def test_an_unknown_analysis_has_no_findings(uow: UnitOfWorkFactory) -> None:
    """Reading or clearing them is no error."""
    async with uow() as work:
        await work.findings.clear(ONE)
        assert [] == await work.findings.batches(ONE, limit=10)
