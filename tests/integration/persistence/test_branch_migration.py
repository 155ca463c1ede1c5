"""Databases of the version before metrics over time had branches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from flext_quality.domain.metrics.time_series import BUCKETED
from flext_quality.infrastructure.persistence import migrate
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from flext_quality.testing.storage import new_database
from tests.analyzed import SHOP, Shop, found
from tests.fakes import RecordingSignal

KEYS = ["issues", "score", "lines_of_code", "new_issues"]


@pytest.fixture(params=["sqlite", "postgresql"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind, with all tables."""
    if request.param == "sqlite":
        return new_database(tmp_path / "quality.db")
    url: str = request.getfixturevalue("postgres").database()
    return url


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[SqlUnitOfWorkFactory]:
    """Units of work on the database."""
    database = Database(DatabaseOptions(url))
    yield SqlUnitOfWorkFactory(database, RecordingSignal(), ProtobufIssueCodec())
    await database.close()


async def metrics_of(uow: SqlUnitOfWorkFactory, branch: str) -> Any:
    """All that is known over time of a branch."""
    async with uow(read_only=True) as work:
        return (
            [point async for point in work.metrics.points(SHOP, branch)],
            [
                bucket
                for granularity in BUCKETED
                async for bucket in work.metrics.buckets(SHOP, branch, granularity, KEYS)
            ],
            await work.metrics.latest(SHOP, branch),
            await work.metrics.updates(SHOP, branch, after=0, limit=99),
        )


async def test_branches_get_the_metrics_of_the_analyses_that_they_have(stored: str) -> None:
    """As if they had been kept from the beginning; those of the main line stay as they are."""
    async with opened(stored) as uow:
        shop = await Shop.registered(uow)
        for branch, numbers in (("", [1]), ("dev", [1, 2]), ("", [1, 2, 3]), ("dev", [2])):
            await shop.analyze(*(found(1, f"R{n}") for n in numbers), branch=branch)
            shop.clock.advance(hours=30)
        await shop.analyze(found(1), branch="fix")
        before = [await metrics_of(uow, branch) for branch in ("", "dev", "fix", "no")]
        assert [2, 2, 1, 0] == [len(points) for points, *_ in before]
    await migrate.downgrade(stored, "0010")
    await migrate.upgrade(stored)
    async with opened(stored) as uow:
        assert before == [await metrics_of(uow, branch) for branch in ("", "dev", "fix", "no")]
