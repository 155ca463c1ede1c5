"""How long results are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.findings.file_result_cache import SqlFileResultCache
from tests.contract.storages import sqlite_url
from tests.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    """What the cache takes for the time."""
    return FakeClock()


@pytest.fixture
def cache(database: Database, clock: FakeClock) -> SqlFileResultCache:
    """An empty cache."""
    return SqlFileResultCache(database, clock)


async def test_results_that_nobody_wants_any_more_go(
    cache: SqlFileResultCache, clock: FakeClock
) -> None:
    """After 30 days without use; what is used stays, however old."""
    await cache.put_many({"used": b"1", "unused": b"2"})
    for _ in range(4):
        clock.advance(days=10)
        assert "used" in await cache.get_many(["used"])
        await cache.put_many({"new": b"3"})
    assert {"used": b"1", "new": b"3"} == await cache.get_many(["used", "unused", "new"])


async def test_results_unused_for_less_stay(cache: SqlFileResultCache, clock: FakeClock) -> None:
    """A project that is analysed once a month is not paid for twice."""
    await cache.put_many({"monthly": b"1"})
    clock.advance(days=29, hours=23)
    await cache.put_many({"new": b"2"})
    assert {"monthly": b"1"} == await cache.get_many(["monthly"])


async def test_without_a_database_there_are_no_results(tmp_path: Path, clock: FakeClock) -> None:
    """An analysis goes on: it only takes longer."""
    database = Database(
        DatabaseOptions(sqlite_url(tmp_path / "gone" / "quality.db"), wait_seconds=0.05)
    )
    cache = SqlFileResultCache(database, clock)
    await cache.put_many({"a": b"1"})
    assert {} == await cache.get_many(["a"])
    await database.close()
