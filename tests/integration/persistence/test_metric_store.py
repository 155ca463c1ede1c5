"""What recording and reading measures costs in SQLite."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from flext_quality.domain.metrics.time_series import Granularity
from flext_quality.infrastructure.persistence.engine import Database
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from tests.contract.samples import SHOP, project, store

NOW = datetime(2025, 3, 4, 10, 30, tzinfo=UTC)

Statements = list[tuple[str, Any, int]]


@pytest.fixture
def heard(database: Database) -> Statements:
    """Every statement from now on, with its parameters and how many rows it changed."""
    statements: Statements = []

    def hear(_: Any, cursor: Any, statement: str, parameters: Any, *__: Any) -> None:
        statements.append((statement, parameters, cursor.rowcount))

    for engine in (database.writing, database.reading):
        event.listen(engine.sync_engine, "after_cursor_execute", hear)
    return statements


async def record(uow: SqlUnitOfWorkFactory, number: int, measures: dict[str, float]) -> None:
    async with uow() as work:
        time = NOW + timedelta(minutes=number)
        await work.metrics.record(SHOP, f"{number:026}", time, measures)
        await work.commit()


async def test_recording_writes_six_rows(uow: SqlUnitOfWorkFactory, heard: Statements) -> None:
    """However much was recorded before, and however many metrics there are; the same again: none."""
    await store(uow, project())
    for number in range(30):
        await record(uow, number, {"a": number})
    many = {f"metric_{n}": float(n) for n in range(100)}
    for number, measures in ((30, {"a": 1.0}), (31, many), (7, many)):
        heard.clear()
        await record(uow, number, measures)
        assert 6 == sum(count for _, _, count in heard if count > 0)
    heard.clear()
    await record(uow, 7, many)
    assert 0 == sum(count for _, _, count in heard if count > 0)


async def test_nothing_is_searched_through(
    uow: SqlUnitOfWorkFactory, database: Database, heard: Statements
) -> None:
    """Every statement finds its rows by an index and in their order, so others' rows cost nothing."""
    await store(uow, project())
    heard.clear()
    await record(uow, 1, {"a": 1})
    async with uow() as work:
        _ = [p async for p in work.metrics.points(SHOP, start=NOW)]
        _ = [b async for b in work.metrics.buckets(SHOP, Granularity.DAY, ["a"], start=NOW)]
        await work.metrics.latest(SHOP)
        await work.metrics.revision(SHOP)
        await work.metrics.updates(SHOP, after=1, limit=1)
        await work.metrics.latest_values("a", [SHOP])
        at = (await work.retention.moments(SHOP))[0]
        await work.retention.remove_points(SHOP, [at])
        await work.retention.oldest_bucket(SHOP, Granularity.DAY)
        before = NOW + timedelta(days=99)
        await work.retention.remove_buckets(SHOP, Granularity.HOUR, before, limit=9)
        await work.retention.forget_details(SHOP, [at.analysis_id])
        await work.retention.remove_snapshots(SHOP, ["a"])
        await work.retention.remove_lines(SHOP, ["a"])
    statements = list(heard)
    async with database.reading.connect() as connection:
        for statement, parameters, _ in statements:
            values = parameters[0] if isinstance(parameters, list) else parameters
            rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            plan = [row.detail for row in rows]
            assert not [step for step in plan if step.startswith(("SCAN", "USE TEMP"))], statement
    assert 15 < len(statements)
