"""Issues, as analyses see and change them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

from sqlalchemy import (
    BindParameter,
    Executable,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
)

from flext_quality.application.ports.issues import BranchChanges, IssueCodec, KnownIssue, Moved
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.issues.issue import Issue, IssueStatus
from flext_quality.infrastructure.persistence.issues import pages as issue_pages
from flext_quality.infrastructure.persistence.issues.rows import (
    appeared_rows,
    gone_rows,
    known_issues,
    moved_rows,
)
from flext_quality.infrastructure.persistence.rows import Values
from flext_quality.infrastructure.persistence.tables import issues, sightings
from flext_quality.infrastructure.persistence.transaction import Transaction

_AT_ONCE = 5000
"""Of any number of issues; bounds what their rows take in memory."""

T = TypeVar("T")

_PROJECT = bindparam("project", type_=issues.c.project_id.type)
_BRANCH = bindparam("on_branch", type_=issues.c.branch.type)
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_OF_BRANCH = and_(issues.c.project_id == _PROJECT, issues.c.branch == _BRANCH)
_THIS = and_(_OF_BRANCH, issues.c.issue_id == bindparam("issue"))

_TRACE = (
    issues.c.analyzer,
    issues.c.rule,
    issues.c.path,
    issues.c.line,
    issues.c.column,
    issues.c.line_hash,
    issues.c.message_hash,
    issues.c.details_hash,
    issues.c.issue_id,
    issues.c.status,
)
_OF_ANALYZERS = issues.c.analyzer.in_(bindparam("analyzers", expanding=True))
_FURTHER = issues.c.issue_id > bindparam("after")
_KNOWN = (
    select(*_TRACE)
    .where(_OF_BRANCH, _OF_ANALYZERS, _FURTHER)
    .order_by(issues.c.issue_id)
    .limit(_AT_ONCE)
)

_here = issues.alias("here")
# Of an issue on several branches, the main line's row first, else the one whose status changed last.
_MAIN_LINE_FIRST = (
    issues.c.issue_id,
    case((issues.c.branch == "", 0), else_=1),
    issues.c.status_at.desc(),
    issues.c.branch,
)
_KNOWN_ELSEWHERE = (
    select(*_TRACE)
    .where(
        issues.c.project_id == _PROJECT,
        issues.c.branch != _BRANCH,
        _OF_ANALYZERS,
        _FURTHER,
        ~exists().where(
            _here.c.project_id == _PROJECT,
            _here.c.branch == _BRANCH,
            _here.c.issue_id == issues.c.issue_id,
        ),
    )
    .order_by(*_MAIN_LINE_FIRST)
    .limit(_AT_ONCE)
)
_LOAD = select(issues.c.issue_id, issues.c.payload).where(_OF_BRANCH, issues.c.issue_id.in_(_IDS))
_LOAD_ELSEWHERE = (
    select(issues.c.issue_id, issues.c.payload)
    .where(issues.c.project_id == _PROJECT, issues.c.issue_id.in_(_IDS))
    .order_by(*_MAIN_LINE_FIRST)
)
_LOAD_FOR_MOVE = select(
    issues.c.issue_id, issues.c.payload, issues.c.path, issues.c.severity
).where(_OF_BRANCH, issues.c.issue_id.in_(_IDS))
_STATUSES = select(issues.c.status, func.count()).where(_OF_BRANCH).group_by(issues.c.status)
_FIXED_IDS = select(issues.c.issue_id).where(_OF_BRANCH, issues.c.status == int(IssueStatus.FIXED))

_INSERT = issues.insert()
_UPDATE = issues.update().where(_THIS)
# The places where issues were until now go into the history.
_CLOSE = sightings.insert().from_select(
    [
        *("project_id", "branch", "issue_id", "seen_from", "seen_until", "is_end"),
        *("path", "line", "rung", "payload", "search"),
    ],
    select(
        issues.c.project_id,
        issues.c.branch,
        issues.c.issue_id,
        issues.c.seen_from,
        bindparam("until", type_=sightings.c.seen_until.type),
        bindparam("ends", type_=sightings.c.is_end.type),
        issues.c.path,
        issues.c.line,
        issues.c.rung,
        issues.c.payload,
        issues.c.search,
    ).where(_OF_BRANCH, issues.c.issue_id.in_(_IDS)),
)


class SqlTrackingRepository:
    """Keeps an issue's present in one row for each branch, and its past in others."""

    def __init__(self, transaction: Transaction, codec: IssueCodec) -> None:
        self._transaction = transaction
        self._codec = codec

    async def known(
        self, project: ProjectName, branch: str, analyzers: Collection[str]
    ) -> list[KnownIssue]:
        """All that were ever seen on the branch."""
        return await self._all(_KNOWN, project, branch, analyzers)

    async def known_elsewhere(
        self, project: ProjectName, branch: str, analyzers: Collection[str]
    ) -> list[KnownIssue]:
        """All that were seen on others only."""
        return await self._all(_KNOWN_ELSEWHERE, project, branch, analyzers)

    async def load(
        self, project: ProjectName, branch: str, issue_ids: Collection[str]
    ) -> dict[str, Issue]:
        """Those of these ids, in full."""
        payloads: dict[str, bytes] = {}
        for ids in _chunks(sorted(issue_ids)):
            here = await self._transaction.tuples(_LOAD, {**_of(project, branch), "ids": ids})
            payloads.update(here)
            if missing := [issue_id for issue_id in ids if issue_id not in payloads]:
                parameters = {"project": project.project_id, "ids": missing}
                elsewhere = await self._transaction.tuples(_LOAD_ELSEWHERE, parameters)
                payloads.update(reversed(elsewhere))
        decoded = await asyncio.to_thread(self._codec.decode, b"".join(payloads.values()))
        return {issue.name.issue_id: issue for issue in decoded}

    async def apply(self, changes: BranchChanges) -> None:
        """Stores the changes, some at a time."""
        changed = [issue.name.issue_id for issue in changes.gone]
        changed += [moved.issue_id for moved in changes.moved]
        changed += [seen.issue.name.issue_id for seen in changes.appeared]
        await issue_pages.drop(self._transaction, changes.project, changes.branch, changed)
        for gone in _chunks(changes.gone):
            await self._close(changes, [issue.name.issue_id for issue in gone], is_end=True)
            rows = await asyncio.to_thread(gone_rows, self._codec, changes, gone)
            await self._transaction.write_many(_UPDATE, rows)
        for moves in _chunks(changes.moved):
            await self._move(changes, moves)
        if changes.appeared:
            await self._appear(changes)
        await issue_pages.fill(self._transaction, changes.project, changes.branch)

    async def statuses(self, project: ProjectName, branch: str) -> dict[IssueStatus, int]:
        """How many stand where."""
        rows = await self._transaction.tuples(_STATUSES, _of(project, branch))
        return {IssueStatus(status): count for status, count in rows}

    async def _all(
        self, statement: Executable, project: ProjectName, branch: str, analyzers: Collection[str]
    ) -> list[KnownIssue]:
        """The first row of each issue, some at a time: SQLAlchemy makes rows in the event loop."""
        parameters = {**_of(project, branch), "analyzers": sorted(analyzers), "after": ""}
        known: dict[str, KnownIssue] = {}
        while rows := await self._transaction.tuples(statement, parameters):
            for one in reversed(await asyncio.to_thread(known_issues, rows)):
                known[one.fingerprint.issue_id] = one
            parameters["after"] = rows[-1].issue_id
        return [known[issue_id] for issue_id in sorted(known)]

    async def _close(self, changes: BranchChanges, ids: Sequence[str], *, is_end: bool) -> None:
        key = _of(changes.project, changes.branch)
        which = {**key, "ids": ids, "until": changes.sequence, "ends": is_end}
        await self._transaction.write(_CLOSE, which)

    async def _move(self, changes: BranchChanges, moves: Sequence[Moved]) -> None:
        ids = [moved.issue_id for moved in moves]
        parameters = {**_of(changes.project, changes.branch), "ids": ids}
        before = {
            issue_id: (payload, path, severity)
            for issue_id, payload, path, severity in await self._transaction.tuples(
                _LOAD_FOR_MOVE, parameters
            )
        }
        await self._close(changes, ids, is_end=False)
        for rows in await asyncio.to_thread(moved_rows, self._codec, changes, moves, before):
            await self._transaction.write_many(_UPDATE, rows)

    async def _appear(self, changes: BranchChanges) -> None:
        key = _of(changes.project, changes.branch)
        fixed = {row[0] for row in await self._transaction.tuples(_FIXED_IDS, key)}
        for some in _chunks(changes.appeared):
            rows = await asyncio.to_thread(appeared_rows, self._codec, changes, some)
            new = [row for row in rows if row["issue_id"] not in fixed]
            again = [_keyed(row) for row in rows if row["issue_id"] in fixed]
            await self._transaction.write_many(_INSERT, new)
            await self._transaction.write_many(_UPDATE, again)


def _keyed(row: Values) -> Values:
    """The parameters of an UPDATE that sets the whole row."""
    values = dict(row)
    return {
        "project": values.pop("project_id"),
        "on_branch": values.pop("branch"),
        "issue": values.pop("issue_id"),
        **values,
    }


def _of(project: ProjectName, branch: str) -> Values:
    return {"project": project.project_id, "on_branch": branch}


def _chunks(all_of_them: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(all_of_them), _AT_ONCE):
        yield all_of_them[start : start + _AT_ONCE]
