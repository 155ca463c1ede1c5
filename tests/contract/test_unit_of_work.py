"""What every `UnitOfWork` promises."""

from __future__ import annotations

import asyncio

import pytest

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.analyses.events import AnalyzerProgressed
from tests.contract.samples import NOON, SHOP, analysis, analysis_name, project, store
from tests.contract.storages import Storage
from tests.waiting import PATIENCE_SECONDS

ONE = analysis_name(1)


class BoomError(Exception):
    """Something goes wrong."""


async def _exists(uow: UnitOfWorkFactory) -> bool:
    async with uow(read_only=True) as work:
        return (await work.projects.get(SHOP)).is_success


async def _progress(uow: UnitOfWorkFactory) -> None:
    """Reads, gives others a chance to interfere, and writes what it makes of what it read."""
    async with uow() as work:
        changed = (await work.analyses.get(ONE, for_update=True)).unwrap()
        await asyncio.sleep(0)
        changed.file_count += 1
        changed.analyzer_progressed(AnalyzerProgressed("ruff", changed.file_count, 99), NOON)
        await work.analyses.save(changed)
        await work.commit()


async def test_nothing_changes_without_a_commit(storage: Storage) -> None:
    """Leaving a unit of work undoes it: nothing is stored, told or done after it."""
    done: list[str] = []
    async with storage.uow() as work:
        work.after_commit(lambda: done.append("acted"))
        (await work.projects.add(project())).unwrap()
        assert (await work.projects.get(SHOP)).is_success
    assert not await _exists(storage.uow)
    assert [] == done
    assert [] == storage.signal.published


async def test_an_error_undoes_everything(storage: Storage) -> None:
    """Whatever is raised in between, the storage is as before, and can be used again."""

    async def fail() -> None:
        async with storage.uow() as work:
            (await work.projects.add(project())).unwrap()
            raise BoomError

    with pytest.raises(BoomError):
        await fail()
    assert not await _exists(storage.uow)
    assert [] == storage.signal.published
    await store(storage.uow, project())
    assert await _exists(storage.uow)


async def test_others_see_a_change_once_it_is_committed(uow: UnitOfWorkFactory) -> None:
    """And not before."""
    async with uow() as work:
        (await work.projects.add(project())).unwrap()
        assert not await _exists(uow)
        await work.commit()
    assert await _exists(uow)


async def test_events_are_told_after_the_commit_in_order(storage: Storage) -> None:
    """Nobody hears of what has not happened yet, or never will."""
    async with storage.uow() as work:
        (await work.projects.add(project())).unwrap()
        await work.analyses.add(analysis(1))
        assert [] == storage.signal.published
        await work.commit()
        assert [("projects/shop", 1), (str(ONE), 1)] == [
            (event.subject, event.sequence) for event in storage.signal.published
        ]


async def test_actions_follow_a_commit_in_order(uow: UnitOfWorkFactory) -> None:
    """Each once, after everything is lasting."""
    done: list[str] = []
    async with uow() as work:
        work.after_commit(lambda: done.append("first"))
        work.after_commit(lambda: done.append("second"))
        (await work.projects.add(project())).unwrap()
        assert [] == done
        await work.commit()
        assert ["first", "second"] == done
    assert ["first", "second"] == done


async def test_a_unit_of_work_is_one_decision(uow: UnitOfWorkFactory) -> None:
    """After its commit, or outside of its block, it does nothing any more, and says so."""
    work = uow()
    with pytest.raises(RuntimeError):
        await work.projects.get(SHOP)
    async with work:
        await work.commit()
        with pytest.raises(RuntimeError):
            await work.projects.get(SHOP)
        with pytest.raises(RuntimeError):
            await work.commit()
    with pytest.raises(RuntimeError):
        await work.projects.get(SHOP)


async def test_a_read_only_one_refuses_to_write(uow: UnitOfWorkFactory) -> None:
    """Forgetting that one writes is noticed at once."""
    async with uow(read_only=True) as work:
        with pytest.raises(RuntimeError):
            await work.projects.add(project())


async def test_a_read_only_one_sees_one_moment(uow: UnitOfWorkFactory) -> None:
    """What others commit meanwhile does not show in it."""
    await store(uow, project())
    async with uow(read_only=True) as reading:
        assert await reading.analyses.pending_count() == 0
        await store(uow, analysis(1))
        assert await reading.analyses.pending_count() == 0
        assert not (await reading.analyses.get(ONE)).is_success
    async with uow(read_only=True) as reading:
        assert await reading.analyses.pending_count() == 1


async def test_a_read_only_one_never_waits_for_a_writer(uow: UnitOfWorkFactory) -> None:
    """Even while a writer has changed the very thing, it is read at once, as it was."""
    await store(uow, project(), analysis(1))
    async with uow() as writing:
        changed = (await writing.analyses.get(ONE, for_update=True)).unwrap()
        changed.start(NOON)
        await writing.analyses.save(changed)
        async with asyncio.timeout(PATIENCE_SECONDS), uow(read_only=True) as reading:
            assert (await reading.analyses.get(ONE)).unwrap().attempt == 0
        await writing.commit()


async def test_of_two_racing_changes_both_happen(uow: UnitOfWorkFactory) -> None:
    """The second waits for the first and builds on what it did."""
    await store(uow, project(), analysis(1))
    async with asyncio.timeout(PATIENCE_SECONDS), uow() as first:
        seen = (await first.analyses.get(ONE, for_update=True)).unwrap()
        second = asyncio.create_task(_progress(uow))
        # However long the first takes, the second does not get in between.
        done, _ = await asyncio.wait({second}, timeout=0.05)
        assert set() == done
        assert seen == (await first.analyses.get(ONE, for_update=True)).unwrap()
        seen.file_count += 10
        seen.start(NOON)
        seen.file_count = 10
        await first.analyses.save(seen)
        await first.commit()
        await second
    async with uow(read_only=True) as work:
        assert (await work.analyses.get(ONE)).unwrap().file_count == 11


async def test_no_event_is_lost_among_many_writers(uow: UnitOfWorkFactory) -> None:
    """Thirty changes at once make thirty events with gapless sequences."""
    await store(uow, project(), analysis(1))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*(_progress(uow) for _ in range(30)))
    async with uow(read_only=True) as work:
        found = (await work.analyses.get(ONE)).unwrap()
        events = await work.events.read(str(ONE), after=0, limit=100)
    assert (30, 31) == (found.file_count, found.last_sequence)
    assert list(range(1, 32)) == [event.sequence for event in events]


async def test_one_that_is_cancelled_while_it_waits_is_in_nobodys_way(
    uow: UnitOfWorkFactory,
) -> None:
    """Others that wait get their turn."""
    await store(uow, project(), analysis(1))
    async with asyncio.timeout(PATIENCE_SECONDS):
        async with uow() as first:
            await first.analyses.get(ONE, for_update=True)
            waiting = [asyncio.create_task(_progress(uow)) for _ in range(3)]
            await asyncio.wait(waiting, timeout=0.05)
            waiting[0].cancel()
            await asyncio.wait({waiting[0]})
        await asyncio.gather(*waiting[1:])
    assert waiting[0].cancelled()
    async with uow(read_only=True) as work:
        assert (await work.analyses.get(ONE)).unwrap().file_count == 2


async def _start(storage: Storage, acted: list[bool], *, cancelled_in_commit: bool = False) -> None:
    async with storage.uow() as work:
        changed = (await work.analyses.get(ONE, for_update=True)).unwrap()
        changed.start(NOON)
        await work.analyses.save(changed)
        work.after_commit(lambda: acted.append(True))
        if cancelled_in_commit:
            task = asyncio.current_task()
            assert task is not None
            asyncio.get_running_loop().call_soon(task.cancel)
        await work.commit()


async def test_a_commit_that_has_begun_is_carried_through(storage: Storage) -> None:
    """Even if its caller is cancelled meanwhile: else a stored analysis might never be run."""
    acted: list[bool] = []
    await store(storage.uow, project(), analysis(1))
    task = asyncio.create_task(_start(storage, acted, cancelled_in_commit=True))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.wait({task})
        async with storage.uow(read_only=True) as work:
            assert (await work.analyses.get(ONE)).unwrap().attempt == 1
    assert [True] == acted
    assert storage.signal.published[-1].sequence == 2


@pytest.mark.parametrize("delay", [n / 5000 for n in range(12)])
async def test_cancellation_at_any_moment_leaves_all_or_nothing(
    storage: Storage, delay: float
) -> None:
    """A change that is stored is told and acted on too, and one that is not is not."""
    acted: list[bool] = []
    await store(storage.uow, project(), analysis(1))
    told = len(storage.signal.published)
    task = asyncio.create_task(_start(storage, acted))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.wait({task}, timeout=delay)
        task.cancel()
        await asyncio.wait({task})
        async with storage.uow(read_only=True) as work:
            stored = (await work.analyses.get(ONE)).unwrap().attempt == 1
        assert acted == [True] * stored
        assert len(storage.signal.published) == told + stored
        await _progress(storage.uow)
