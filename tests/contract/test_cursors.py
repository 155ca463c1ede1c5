"""What every `CursorRepository` promises."""

from __future__ import annotations

from datetime import timedelta

from flext_quality.application.ports.storage import UnitOfWorkFactory
from tests.contract.samples import NOON


async def _take(uow: UnitOfWorkFactory, owner: str, minutes: float = 0) -> bool:
    now = NOON + timedelta(minutes=minutes)
    async with uow() as work:
        taken = await work.cursors.take("relay", owner, now=now, until=now + timedelta(minutes=1))
        await work.commit()
    return taken


async def _advance(uow: UnitOfWorkFactory, owner: str, position: int) -> bool:
    async with uow() as work:
        moved = await work.cursors.advance("relay", owner, position)
        await work.commit()
    return moved


async def _position(uow: UnitOfWorkFactory, name: str = "relay") -> int:
    async with uow(read_only=True) as work:
        return await work.cursors.get(name)


async def test_a_reader_goes_on_where_it_stopped(uow: UnitOfWorkFactory) -> None:
    """Each has a place of its own, from 0, that is kept with the commit or not at all."""
    assert await _position(uow) == 0
    async with uow() as work:
        await work.cursors.set("relay", 7)
        await work.cursors.set("other", 2**40)
        await work.commit()
    async with uow() as work:
        await work.cursors.set("relay", 8)
    assert (7, 2**40) == (await _position(uow), await _position(uow, "other"))
    async with uow() as work:
        await work.cursors.set("relay", 9)
        await work.commit()
    assert await _position(uow) == 9


async def test_one_server_reads_at_a_time(uow: UnitOfWorkFactory) -> None:
    """Until its time is over or it gives up; nobody else gets in between."""
    assert await _take(uow, "a")
    assert not await _take(uow, "b", minutes=0.5)
    assert await _take(uow, "a", minutes=0.9)
    assert not await _take(uow, "b", minutes=1.5)
    assert await _take(uow, "b", minutes=1.9)
    assert not await _take(uow, "a", minutes=2)


async def test_one_that_was_too_slow_does_not_move_the_place(uow: UnitOfWorkFactory) -> None:
    """Whoever has lost the cursor is told so, and the other's place stays."""
    assert not await _advance(uow, "a", 3)
    await _take(uow, "a")
    assert await _advance(uow, "a", 5)
    await _take(uow, "b", minutes=2)
    assert not await _advance(uow, "a", 6)
    assert await _position(uow) == 5
    assert await _advance(uow, "b", 6)
    assert await _position(uow) == 6


async def test_a_released_cursor_is_free_at_once(uow: UnitOfWorkFactory) -> None:
    """The place stays; only whoever has it can release it."""
    await _take(uow, "a")
    await _advance(uow, "a", 5)
    async with uow() as work:
        await work.cursors.release("relay", "b")
        await work.commit()
    assert not await _take(uow, "b")
    async with uow() as work:
        await work.cursors.release("relay", "a")
        await work.commit()
    assert await _take(uow, "b")
    assert await _position(uow) == 5


async def test_a_place_can_be_set_whoever_reads(uow: UnitOfWorkFactory) -> None:
    """It does not take the cursor away."""
    await _take(uow, "a")
    async with uow() as work:
        await work.cursors.set("relay", 4)
        await work.commit()
    assert await _advance(uow, "a", 5)
