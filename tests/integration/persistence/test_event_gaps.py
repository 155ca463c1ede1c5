"""The whole log on a database that hands out places before the commit, as PostgreSQL does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from flext_quality.infrastructure.persistence.engine import Database
from flext_quality.infrastructure.persistence.events.repository import GRACE, SqlEventRepository
from flext_quality.infrastructure.persistence.tables import events
from flext_quality.infrastructure.persistence.transaction import Transaction

OLD = GRACE + timedelta(seconds=30)
YOUNG = timedelta(seconds=0)


@pytest.fixture
async def transaction(database: Database) -> AsyncIterator[Transaction]:
    transaction = Transaction(database.writing, read_only=False)
    await transaction.open()
    yield transaction
    await transaction.close()


async def _add(transaction: Transaction, ages: dict[int, timedelta]) -> None:
    for position, age in ages.items():
        row = {
            "id": position,
            "subject": "projects/shop",
            "sequence": position,
            "time": datetime.now(UTC) - age,
            "type": "project_deleted",
            "what": "{}",
        }
        await transaction.write(events.insert(), row)


async def _positions(transaction: Transaction, after: int = 0, below: str = "") -> list[int]:
    log = SqlEventRepository(transaction, gaps_may_fill=True)
    return [position for position, _ in await log.read_all(after, 100, below)]


@pytest.mark.parametrize("below", ["", "projects/shop"])
async def test_what_may_still_appear_is_not_passed(transaction: Transaction, below: str) -> None:
    """A reader stops in front of a place that is free and young, and gets what comes to stand there."""
    await _add(transaction, {1: OLD, 2: YOUNG, 4: YOUNG, 5: YOUNG})
    log = SqlEventRepository(transaction, gaps_may_fill=True)
    assert [1, 2] == await _positions(transaction, below=below)
    assert [] == await _positions(transaction, 2, below)
    assert (2, 2) == (await log.settled(0), await log.settled(2))
    await _add(transaction, {3: YOUNG})
    assert [3, 4, 5] == await _positions(transaction, 2, below)
    assert await log.settled(2) == 5


async def test_what_has_had_its_time_is_passed(transaction: Transaction) -> None:
    """What was rolled back, or removed, holds nobody up for ever."""
    await _add(transaction, {1: OLD, 4: OLD, 30_000: OLD, 30_001: YOUNG})
    assert [1, 4] == await _positions(transaction)
    assert [30_000, 30_001] == await _positions(transaction, 4)
    assert [] == await _positions(transaction, 4, "projects/other")


async def test_a_reader_in_front_of_a_gap_waits(transaction: Transaction) -> None:
    """Also if the very next place is the one that is free; and at the very beginning."""
    await _add(transaction, {3: YOUNG})
    assert [] == await _positions(transaction, 1)
    assert [3] == await _positions(transaction, 2)
    await _add(transaction, {2: YOUNG})
    assert [2, 3] == await _positions(transaction, 1)
