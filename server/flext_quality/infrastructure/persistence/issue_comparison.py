"""What is different between the issues of two analyses. The database compares; nothing is held here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    Integer,
    RowMapping,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)

from flext_quality.application.knowledge_ports import IssueFilter
from flext_quality.domain.comparison import IssueDifference, SeenAs
from flext_quality.domain.identifiers import ProjectName
from flext_quality.infrastructure.persistence.issue_queries import wanted_issues
from flext_quality.infrastructure.persistence.transaction import Transaction


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
    """Every issue that one of the two sees: how it differs, and where the base saw it."""
    before, after = _places(project, base, "base"), _places(project, head, "head")
    same_issue = before.c.issue_id == after.c.issue_id
    same_place = and_(before.c.path == after.c.path, before.c.line == after.c.line)
    difference = case(
        (before.c.issue_id.is_(None), int(IssueDifference.NEW)),
        (same_place, int(IssueDifference.PERSISTING)),
        else_=int(IssueDifference.MOVED),
    )
    in_head = select(
        after.c.issue_id,
        difference.label("difference"),
        before.c.path.label("base_path"),
        before.c.line.label("base_line"),
    ).select_from(after.outerjoin(before, same_issue))
    in_base_alone = (
        select(
            before.c.issue_id,
            literal(int(IssueDifference.FIXED), Integer).label("difference"),
            before.c.path.label("base_path"),
            before.c.line.label("base_line"),
        )
        .select_from(before.outerjoin(after, same_issue))
        .where(after.c.issue_id.is_(None))
    )
    return union_all(in_head, in_base_alone).subquery()


def _places(project: ProjectName, seen: SeenAs, name: str) -> CTE:
    rows: Any = wanted_issues(
        project, IssueFilter(seen.branch, as_of=seen.sequence), f"{name}_rows"
    )
    return select(rows.c.issue_id, rows.c.path, rows.c.line).cte(name)
