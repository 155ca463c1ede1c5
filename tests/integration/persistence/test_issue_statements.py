"""What the databases are asked about issues."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import ClauseElement, select
from sqlalchemy.dialects import postgresql, sqlite

from flext_quality.application.ports.issues import IssueFilter, IssueOrder
from flext_quality.domain.findings.finding import Severity
from flext_quality.domain.issues.issue import IssueStatus
from flext_quality.infrastructure.persistence.engine import joined
from flext_quality.infrastructure.persistence.issues.queries import (
    cursor_of,
    following,
    in_order,
    wanted_issues,
)
from flext_quality.infrastructure.persistence.migrate import upgrade
from tests.contract.samples import SHOP
from tests.contract.storages import sqlite_url

FULL = IssueFilter(
    branch="dev",
    statuses=frozenset({IssueStatus.OPEN}),
    severities=frozenset({Severity.HIGH}),
    analyzers=frozenset({"ruff"}),
    rules=frozenset({"F401"}),
    path_prefix="src",
    new_since=datetime(2026, 1, 1, tzinfo=UTC),
    text="100%",
    as_of=3,
)


def postgresql_text(statement: ClauseElement) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's
    return str(statement.compile(dialect=dialect))


@pytest.mark.parametrize("order", IssueOrder)
def test_every_order_and_filter_can_be_said_to_postgresql(order: IssueOrder) -> None:
    """As of today and as of an analysis; paths and ids are compared by code point there too."""
    for wanted in (IssueFilter(), FULL):
        rows = wanted_issues(SHOP, wanted)
        row = {
            "created_at": datetime(2026, 1, 1, tzinfo=UTC),
            "status_at": datetime(2026, 1, 1, tzinfo=UTC),
            "severity": 1,
            "path": "ä/x.py",
            "line": 3,
            "issue_id": "1" * 26,
        }
        cursor = cursor_of(row, order)  # type: ignore[arg-type]  # as a row is
        text = postgresql_text(in_order(rows, order).where(following(rows, order, cursor)))
        assert ("UNION ALL" in text) == (wanted.as_of is not None)
        assert "ORDER BY" in text


def test_postgresql_joins_bytes_in_their_order() -> None:
    """With the aggregate that it has for that."""
    rows = wanted_issues(SHOP, IssueFilter())
    text = postgresql_text(select(joined(rows.c.payload, rows.c.issue_id, "postgresql")))
    assert "string_agg(wanted.payload" in text
    assert "ORDER BY wanted.issue_id" in text


def test_a_cursor_fits_into_a_token_however_long_the_path() -> None:
    """Requests take tokens of 8,192 characters, which are a third longer than cursors."""
    row = {"path": "ü/" * 2_047, "line": 1, "issue_id": "1" * 26}
    assert len(cursor_of(row, IssueOrder.PATH)) < 5_000  # type: ignore[arg-type]  # as a row is


@pytest.mark.parametrize("order", [IssueOrder.CREATE_TIME, IssueOrder.PATH])
async def test_pages_of_a_large_project_are_found_by_an_index(
    tmp_path: Path, order: IssueOrder
) -> None:
    """The first columns of the order need no sorting."""
    path = tmp_path / "quality.db"
    await upgrade(sqlite_url(path))
    statement = in_order(wanted_issues(SHOP, IssueFilter()), order).limit(100)
    text = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    with closing(sqlite3.connect(path)) as database:
        plan = database.execute(f"EXPLAIN QUERY PLAN {text}").fetchall()
    told = " ".join(str(row) for row in plan)
    assert f"ix_issues_project_id_branch_{order.value.replace('create_time', 'created_at')}" in told
