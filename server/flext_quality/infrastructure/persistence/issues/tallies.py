"""How many issues there are of which kind."""

from __future__ import annotations

from sqlalchemy import Select, func, select

from flext_quality.application.ports.issues import IssueFilter
from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.issues.issue import IssueOrigin, IssueStatus, IssueTally
from flext_quality.infrastructure.persistence.issues.queries import wanted_issues
from flext_quality.infrastructure.persistence.tables import decisions
from flext_quality.infrastructure.persistence.transaction import Transaction

_COUNTING = sorted(status for status in IssueStatus if status.counts)
_RESOLUTIONS = sorted(int(status) for status in IssueStatus if status.is_resolution)


async def read(
    transaction: Transaction,
    project: ProjectName,
    branch: str,
    *,
    appeared_after: int | None,
    absent_on: tuple[str, int] | None,
    as_of: int | None,
) -> list[IssueTally]:
    """How many issues that count are seen, by file, category and severity."""
    # What an earlier analysis saw may be fixed by now: then it counts unless the last decision says no.
    counting = {IssueStatus(status) for status in _COUNTING}
    if as_of is not None:
        counting.add(IssueStatus.FIXED)
    wanted = IssueFilter(branch, statuses=frozenset(counting), as_of=as_of)
    rows = wanted_issues(project, wanted)
    key = (rows.c.path, rows.c.category, rows.c.severity)
    statement = select(
        *key, func.count().label("count"), func.sum(rows.c.effort_minutes).label("effort")
    ).group_by(*key)
    if as_of is not None:
        statement = statement.where(rows.c.issue_id.not_in(_taken_out(project)))
    if appeared_after is not None or absent_on is not None:
        statement = statement.where(rows.c.origin == int(IssueOrigin.CODE_CHANGE))
    if appeared_after is not None:
        statement = statement.where(rows.c.appeared > appeared_after)
    if absent_on is not None:
        other = IssueFilter(absent_on[0], as_of=absent_on[1])
        there = select(wanted_issues(project, other, "elsewhere").c.issue_id)
        statement = statement.where(rows.c.issue_id.not_in(there))
    return [
        IssueTally(
            row["path"],
            Category(row["category"]),
            Severity(row["severity"]),
            row["count"],
            int(row["effort"]),
        )
        for row in await transaction.rows(statement.order_by(*key), {})
    ]


def _taken_out(project: ProjectName) -> Select[tuple[str]]:
    """The ids of the issues of which the last decision is a resolution."""
    last = (
        select(func.max(decisions.c.id))
        .where(decisions.c.project_id == project.project_id)
        .group_by(decisions.c.issue_id)
    )
    return select(decisions.c.issue_id).where(
        decisions.c.id.in_(last), decisions.c.status.in_(_RESOLUTIONS)
    )
