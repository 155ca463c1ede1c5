"""What is different between the issues of two analyses. The database compares; nothing is held here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    Integer,
    RowMapping,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)

from flext_quality.application.ports.issues import IssueFilter
from flext_quality.domain.analyses.comparison import IssueDifference, SeenAs
from flext_quality.domain.identifiers import ProjectName
from flext_quality.infrastructure.persistence.issues.queries import wanted_issues
from flext_quality.infrastructure.persistence.transaction import Transaction

_BASE, _HEAD = 0, 1


async def count(
    transaction: Transaction, project: ProjectName, base: SeenAs, head: SeenAs
) -> dict[IssueDifference, int]:
    """How many issues differ in which way; every way is there."""
    rows = _compared(project, base, head)
    statement = select(rows.c.difference, func.count().label("count")).group_by(rows.c.difference)
    counts = dict.fromkeys(IssueDifference, 0)
    for row in await transaction.rows(statement, {}):
        counts[IssueDifference(row["difference"])] = row["count"]
    return counts


async def page(
    transaction: Transaction,
    project: ProjectName,
    base: SeenAs,
    head: SeenAs,
    differences: Collection[IssueDifference],
    limit: int,
    after: tuple[IssueDifference, str] | None,
) -> Sequence[RowMapping]:
    """At most `limit` of the issues that differ in one of these ways, by difference and then by id."""
    rows = _compared(project, base, head)
    statement = select(rows).where(rows.c.difference.in_(sorted(differences)))
    if after is not None:
        difference, issue_id = int(after[0]), after[1]
        tied = and_(rows.c.difference == difference, rows.c.issue_id > issue_id)
        statement = statement.where(or_(rows.c.difference > difference, tied))
    statement = statement.order_by(rows.c.difference, rows.c.issue_id).limit(limit)
    return await transaction.rows(statement, {})


def _compared(project: ProjectName, base: SeenAs, head: SeenAs) -> Subquery:
    """Every issue that one of the two sees: how it differs, and where the base saw it.

    The sights of both are grouped by issue, which needs one sort. Joins would need an index of each side.
    """
    both = union_all(_sights(project, base, _BASE), _sights(project, head, _HEAD)).subquery()
    path, line = (
        {side: func.max(case((both.c.side == side, both.c[name]))) for side in (_BASE, _HEAD)}
        for name in ("path", "line")
    )
    same_place = and_(path[_BASE] == path[_HEAD], line[_BASE] == line[_HEAD])
    difference = case(
        (func.min(both.c.side) == _HEAD, int(IssueDifference.NEW)),
        (func.max(both.c.side) == _BASE, int(IssueDifference.FIXED)),
        (same_place, int(IssueDifference.PERSISTING)),
        else_=int(IssueDifference.MOVED),
    )
    return (
        select(
            both.c.issue_id,
            difference.label("difference"),
            path[_BASE].label("base_path"),
            line[_BASE].label("base_line"),
        )
        .group_by(both.c.issue_id)
        .subquery()
    )


def _sights(project: ProjectName, seen: SeenAs, side: int) -> Select[Any]:
    rows = wanted_issues(project, IssueFilter(seen.branch, as_of=seen.sequence), f"rows_{side}")
    return select(rows.c.issue_id, rows.c.path, rows.c.line, literal(side, Integer).label("side"))
