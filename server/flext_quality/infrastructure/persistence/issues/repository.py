"""The issues, as people see and triage them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, bindparam, func, select

from flext_quality.application.ports.issues import IssueBatch, IssueCodec, IssueFilter, IssueOrder
from flext_quality.domain.analyses.comparison import ComparedIssue, IssueDifference, SeenAs
from flext_quality.domain.identifiers import IssueName, ProjectName
from flext_quality.domain.issues.issue import (
    Issue,
    IssueChange,
    IssueStatus,
    IssueTally,
    Triage,
    in_place_of,
)
from flext_quality.domain.issues.triage import decided
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.persistence.issues import comparison as issue_comparison
from flext_quality.infrastructure.persistence.issues import export as issue_export
from flext_quality.infrastructure.persistence.issues import history as issue_history
from flext_quality.infrastructure.persistence.issues import pages as issue_pages
from flext_quality.infrastructure.persistence.issues import tallies as issue_tallies
from flext_quality.infrastructure.persistence.issues.queries import (
    cursor_of,
    following,
    in_order,
    wanted_issues,
)
from flext_quality.infrastructure.persistence.issues.rows import decision_values
from flext_quality.infrastructure.persistence.tables import decisions, issues
from flext_quality.infrastructure.persistence.transaction import Transaction

_KEYS_PER_STATEMENT = 500

_SEEN = issues.c.status != int(IssueStatus.FIXED)

_MANY = (
    issues.c.project_id == bindparam("project"),
    issues.c.issue_id.in_(bindparam("ids", expanding=True)),
)
_GET = select(issues.c.issue_id, issues.c.branch, issues.c.status_at, issues.c.payload).where(
    *_MANY
)
_GET_ON_BRANCH = _GET.where(issues.c.branch == bindparam("on"))
_GET_SEEN = select(issues.c.issue_id).where(*_MANY, _SEEN).distinct()
_SAVE = issues.update().where(
    issues.c.project_id == bindparam("project"),
    issues.c.branch == bindparam("on"),
    issues.c.issue_id == bindparam("id"),
)
_ADD_DECISION = decisions.insert()
_HAS_EXPIRED = issues.c.expires_at <= bindparam("now", type_=issues.c.expires_at.type)
_PROJECTS_WITH_EXPIRED = (
    select(issues.c.project_id).where(_HAS_EXPIRED).distinct().order_by(issues.c.project_id)
)
_EXPIRED = (
    select(issues.c.issue_id)
    .where(issues.c.project_id == bindparam("project"), _HAS_EXPIRED)
    .distinct()
    .order_by(issues.c.issue_id)
    .limit(bindparam("most"))
)


class SqlIssueRepository:
    """Keeps issues as tracking stored them; see `tables.py`."""

    def __init__(self, transaction: Transaction, codec: IssueCodec) -> None:
        self._transaction = transaction
        self._codec = codec

    async def get_many(
        self, project: ProjectName, issue_ids: Collection[str], *, branch: str | None = None
    ) -> dict[str, Issue]:
        """The issues of these ids that there are, by id."""
        statement = _GET if branch is None else _GET_ON_BRANCH
        found: dict[str, RowMapping] = {}
        for ids in _parts(issue_ids):
            parameters = {"project": project.project_id, "ids": ids}
            if branch is not None:
                parameters["on"] = branch
            for row in await self._transaction.rows(statement, parameters):
                known = found.get(row["issue_id"])
                if known is None or _goes_before(row, known):
                    found[row["issue_id"]] = row
        return {issue_id: self._issue(row["payload"]) for issue_id, row in found.items()}

    async def seen(self, project: ProjectName, issue_ids: Collection[str]) -> set[str]:
        """Those of the ids whose issues are seen on some branch."""
        seen: set[str] = set()
        for ids in _parts(issue_ids):
            parameters = {"project": project.project_id, "ids": ids}
            rows = await self._transaction.rows(_GET_SEEN, parameters)
            seen.update(row["issue_id"] for row in rows)
        return seen

    async def count(self, project: ProjectName, wanted: IssueFilter) -> int:
        """How many issues the filter lets pass."""
        counted = select(func.count()).select_from(wanted_issues(project, wanted))
        return int(await self._transaction.value(counted, {}))

    async def page(
        self,
        project: ProjectName,
        wanted: IssueFilter,
        *,
        order: IssueOrder,
        limit: int,
        after: str = "",
    ) -> tuple[list[Issue], str]:
        """At most `limit` issues in `order`, and the cursor after the last one."""
        rows = wanted_issues(project, wanted)
        # One more than fits is the proof that there is a next page.
        statement = in_order(rows, order).limit(limit + 1)
        if after:
            statement = statement.where(following(rows, order, after))
        found = await self._transaction.rows(statement, {})
        cursor = cursor_of(found[limit - 1], order) if len(found) > limit else ""
        return [self._issue_there(row) for row in found[:limit]], cursor

    async def ids(
        self, project: ProjectName, wanted: IssueFilter, *, limit: int, after: str = ""
    ) -> list[str]:
        """At most `limit` ids after `after`, ascending."""
        rows = wanted_issues(project, wanted)
        statement = (
            select(rows.c.issue_id)
            .where(rows.c.issue_id > after)
            .order_by(rows.c.issue_id)
            .limit(limit)
        )
        return [row["issue_id"] for row in await self._transaction.rows(statement, {})]

    def export(self, project: ProjectName, wanted: IssueFilter) -> AsyncIterator[IssueBatch]:
        """All issues that the filter lets pass, in the order of their ids."""
        return issue_export.batches(self._transaction, project, wanted, self._encoded_then)

    async def decide(
        self, project: ProjectName, issue_ids: Collection[str], decision: Triage
    ) -> set[str]:
        """Stores a decision about issues, and tells on which branches issues that are seen changed."""
        branches: set[str] = set()
        for ids in _parts(issue_ids):
            parameters = {"project": project.project_id, "ids": ids}
            saved = []
            rows = await self._transaction.rows(_GET, parameters)
            for row in rows:
                issue = decided(self._issue(row["payload"]), decision)
                if issue.status is not IssueStatus.FIXED:
                    branches.add(row["branch"])
                key = {"project": project.project_id, "on": row["branch"], "id": row["issue_id"]}
                saved.append({**key, **self._changed(issue)})
            if saved:
                for branch in {row["branch"] for row in rows}:
                    here = [row["issue_id"] for row in rows if row["branch"] == branch]
                    await issue_pages.drop(self._transaction, project, branch, here)
                await self._transaction.write(_SAVE, saved)
                known = sorted({str(values["id"]) for values in saved})
                about = [decision_values(project, issue_id, decision) for issue_id in known]
                await self._transaction.write(_ADD_DECISION, about)
        return branches

    async def projects_with_expired(self, now: datetime) -> list[ProjectName]:
        """The projects that have issues whose decision has expired."""
        rows = await self._transaction.rows(_PROJECTS_WITH_EXPIRED, {"now": now})
        return [ProjectName(row["project_id"]) for row in rows]

    async def expired(self, project: ProjectName, now: datetime, *, limit: int) -> list[IssueName]:
        """At most `limit` of the project's issues whose decision has expired."""
        parameters = {"project": project.project_id, "now": now, "most": limit}
        rows = await self._transaction.rows(_EXPIRED, parameters)
        return [IssueName(project.project_id, row["issue_id"]) for row in rows]

    async def tallies(
        self,
        project: ProjectName,
        branch: str,
        *,
        appeared_after: int | None = None,
        absent_on: tuple[str, int] | None = None,
        as_of: int | None = None,
    ) -> list[IssueTally]:
        """How many issues that count are seen, by file, category and severity."""
        return await issue_tallies.read(
            self._transaction,
            project,
            branch,
            appeared_after=appeared_after,
            absent_on=absent_on,
            as_of=as_of,
        )

    async def places(
        self, project: ProjectName, branch: str, as_of: int
    ) -> dict[str, tuple[str, int]]:
        """Path and line of every issue that was seen as of an analysis, by id."""
        rows = wanted_issues(project, IssueFilter(branch, as_of=as_of))
        statement = select(rows.c.issue_id, rows.c.path, rows.c.line)
        found = await self._transaction.rows(statement, {})
        return {row["issue_id"]: (row["path"], row["line"]) for row in found}

    async def differences(
        self, project: ProjectName, base: SeenAs, head: SeenAs
    ) -> dict[IssueDifference, int]:
        """How many issues differ in which way; every way is there."""
        return await issue_comparison.count(self._transaction, project, base, head)

    async def compared(
        self,
        project: ProjectName,
        base: SeenAs,
        head: SeenAs,
        differences: Collection[IssueDifference],
        *,
        limit: int,
        after: tuple[IssueDifference, str] | None = None,
    ) -> list[ComparedIssue]:
        """At most `limit` issues that differ in one of these ways, by difference and then by name."""
        rows = await issue_comparison.page(
            self._transaction, project, base, head, differences, limit, after
        )
        fixed = [row["issue_id"] for row in rows if row["difference"] == IssueDifference.FIXED]
        others = [row["issue_id"] for row in rows if row["difference"] != IssueDifference.FIXED]
        there = {
            **await self._seen_as(project, base, fixed),
            **await self._seen_as(project, head, others),
        }
        return [
            ComparedIssue(
                IssueDifference(row["difference"]),
                there[row["issue_id"]],
                *(
                    (row["base_path"], row["base_line"])
                    if row["difference"] == IssueDifference.MOVED
                    else ()
                ),
            )
            for row in rows
        ]

    async def history(self, name: IssueName) -> FlextResult[list[IssueChange]]:
        """All that happened to the issue on all branches, oldest first."""
        return await issue_history.read(self._transaction, name)

    async def _seen_as(
        self, project: ProjectName, seen: SeenAs, issue_ids: Collection[str]
    ) -> dict[str, Issue]:
        rows = wanted_issues(project, IssueFilter(seen.branch, as_of=seen.sequence))
        issues_there: dict[str, Issue] = {}
        for ids in _parts(issue_ids):
            statement = select(rows).where(rows.c.issue_id.in_(ids))
            for row in await self._transaction.rows(statement, {}):
                issues_there[row["issue_id"]] = self._issue_there(row)
        return issues_there

    def _issue(self, payload: bytes) -> Issue:
        (issue,) = self._codec.decode(payload)
        return issue

    def _issue_there(self, row: RowMapping) -> Issue:
        """The issue as it is today, in the place that the row tells of."""
        then = row["place_payload"]
        return (
            self._issue(row["payload"]) if then is None else self._issue_then(row["payload"], then)
        )

    def _issue_then(self, today: bytes, then: bytes) -> Issue:
        return in_place_of(self._issue(today), self._issue(then))

    def _encoded_then(self, today: bytes, then: bytes) -> bytes:
        return self._codec.encode(self._issue_then(today, then))

    def _changed(self, issue: Issue) -> dict[str, object]:
        return {
            "status": int(issue.status),
            "status_at": issue.status_at,
            "expires_at": issue.triage.expires_at if issue.triage else None,
            "payload": self._codec.encode(issue),
        }


def _goes_before(row: RowMapping, other: RowMapping) -> bool:
    """Whether it is the one to tell of an issue: the main line's, or the one that changed last."""
    if "" in (row["branch"], other["branch"]):
        return not row["branch"]
    last_first: tuple[datetime, str] = (row["status_at"], row["branch"])
    return last_first > (other["status_at"], other["branch"])


def _parts(ids: Collection[str]) -> Iterator[Sequence[str]]:
    """As many at once as a statement has room for, each once."""
    each = sorted(set(ids))
    for start in range(0, len(each), _KEYS_PER_STATEMENT):
        yield each[start : start + _KEYS_PER_STATEMENT]
