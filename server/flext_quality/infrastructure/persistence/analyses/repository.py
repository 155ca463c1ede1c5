"""The analyses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Select, and_, bindparam, func, select

from flext_quality.domain.analyses.analysis import UNFINISHED, Analysis, AnalysisState
from flext_quality.domain.errors import AnalysisNotFoundError
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.projects.branch import Branch
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.persistence.analyses.rows import (
    analysis_from,
    analysis_values,
    succeeded_outcome,
)
from flext_quality.infrastructure.persistence.column_types import UtcDateTime
from flext_quality.infrastructure.persistence.events.repository import append
from flext_quality.infrastructure.persistence.tables import (
    analyses,
    attachments,
    events,
    removed_analyses,
)
from flext_quality.infrastructure.persistence.transaction import Transaction

_PENDING = analyses.c.state == int(AnalysisState.PENDING)
_UNFINISHED = analyses.c.state.in_([int(state) for state in UNFINISHED])
_THIS = and_(
    analyses.c.project_id == bindparam("project"), analyses.c.analysis_id == bindparam("analysis")
)

_GET = select(analyses).where(_THIS)
_GET_FOR_UPDATE = _GET.with_for_update()
_ADD = analyses.insert()
_SAVE = analyses.update().where(_THIS)
_LIST = (
    select(analyses)
    .where(analyses.c.project_id == bindparam("project"))
    .order_by(analyses.c.analysis_id.desc())
    .limit(bindparam("most"))
)
_LIST_UNFINISHED = (
    select(analyses).where(_UNFINISHED).order_by(analyses.c.analysis_id, analyses.c.project_id)
)
_COUNT_PENDING = select(func.count()).where(_PENDING)
_COUNT_RUNNING = select(func.count()).where(analyses.c.state == int(AnalysisState.RUNNING))
# The pending ones up to this one; none, if this one is not among them.
_QUEUE_POSITION = select(func.count()).where(
    _PENDING,
    analyses.c.analysis_id <= bindparam("analysis"),
    select(analyses.c.state).where(_THIS).correlate(None).scalar_subquery()
    == int(AnalysisState.PENDING),
)
_DROP_ATTACHMENTS = attachments.delete().where(
    attachments.c.project_id == bindparam("project"),
    attachments.c.analysis_id == bindparam("analysis"),
)
# Those that have SUCCEEDED and made something known have a number on their branch.
_CONCLUDED = and_(
    analyses.c.project_id == bindparam("project"), analyses.c.branch_sequence.is_not(None)
)
_OF_BRANCH = and_(_CONCLUDED, analyses.c.branch == bindparam("on_branch"))
_NEWEST = select(analyses).where(_OF_BRANCH).order_by(analyses.c.branch_sequence.desc()).limit(1)
_LAST_BELOW = _NEWEST.where(analyses.c.branch_sequence < bindparam("sequence"))
_NEXT_DETAILED = (
    select(analyses)
    .where(_OF_BRANCH, analyses.c.branch_sequence > bindparam("sequence"), analyses.c.snapshot > "")
    .order_by(analyses.c.branch_sequence)
    .limit(1)
)
_NEWEST_BEFORE = _NEWEST.where(analyses.c.ended_at <= bindparam("until", type_=UtcDateTime))
_newest = (
    select(analyses.c.branch, func.max(analyses.c.branch_sequence).label("sequence"))
    .where(_CONCLUDED)
    .group_by(analyses.c.branch)
    .subquery()
)
_LATEST_OF_BRANCHES = (
    select(analyses)
    .join(
        _newest,
        and_(
            analyses.c.branch == _newest.c.branch,
            analyses.c.branch_sequence == _newest.c.sequence,
        ),
    )
    .where(analyses.c.project_id == bindparam("project"))
    .order_by(analyses.c.branch)
)
_LATEST_OF_SOME = _LATEST_OF_BRANCHES.where(
    analyses.c.branch.in_(bindparam("branches", expanding=True))
)
_ON_BRANCH = and_(
    analyses.c.project_id == bindparam("project"), analyses.c.branch == bindparam("on_branch")
)
_OLDEST = (
    select(analyses).where(_ON_BRANCH).order_by(analyses.c.analysis_id).limit(bindparam("most"))
)
_COUNT = select(func.count()).select_from(analyses).where(_ON_BRANCH)
_OF_PROJECT = analyses.c.project_id == bindparam("project")
# Two statements, each of which an index answers at once.
_FIRST_AND_LAST_BRANCH = select(
    *(
        select(which(analyses.c.branch)).where(_OF_PROJECT).scalar_subquery().label(name)
        for name, which in (("first", func.min), ("last", func.max))
    )
)
_DELETE = analyses.delete().where(_THIS)
_DELETE_EVENTS = events.delete().where(events.c.subject == bindparam("subject"))
_REMEMBER = removed_analyses.insert()
_FORGET = removed_analyses.delete().where(
    removed_analyses.c.project_id == bindparam("project"),
    removed_analyses.c.branch == bindparam("on_branch"),
)
_CANCEL_REQUESTED = select(analyses.c.cancel_requested).where(_THIS)


class SqlAnalysisRepository:
    """Keeps analyses, a row for each."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, analysis: Analysis) -> None:
        """Stores a new analysis and its events."""
        await self._transaction.write(_ADD, analysis_values(analysis))
        await append(self._transaction, analysis.take_events())

    async def get(self, name: AnalysisName, *, for_update: bool = False) -> FlextResult[Analysis]:
        """One analysis, locked until the end of the unit of work with `for_update`."""
        row = await self._transaction.row(_GET_FOR_UPDATE if for_update else _GET, _key(name))
        if row is None:
            return FlextResult.fail(AnalysisNotFoundError(str(name)))
        return FlextResult.ok(analysis_from(row))

    async def save(self, analysis: Analysis) -> None:
        """Stores a changed analysis and its new events; drops what an ended one no longer needs."""
        values = analysis_values(analysis)
        key = {"project": values.pop("project_id"), "analysis": values.pop("analysis_id")}
        if not await self._transaction.write(_SAVE, {**key, **values}):
            raise LookupError(f"{analysis.name} was changed but never added")
        if analysis.state.is_final:
            await self._transaction.write(_DROP_ATTACHMENTS, key)
        await append(self._transaction, analysis.take_events())

    async def unfinished(self) -> list[Analysis]:
        """All that wait or run, oldest first."""
        return [analysis_from(row) for row in await self._transaction.rows(_LIST_UNFINISHED, {})]

    async def list(
        self,
        project: ProjectName,
        *,
        limit: int,
        before: str = "",
        states: Collection[AnalysisState] = (),
        branch: str | None = None,
        commit: str = "",
        pull_request: str = "",
    ) -> list[Analysis]:
        """At most `limit` analyses of a project, newest first."""
        statement = _LIST
        if branch is not None:
            statement = statement.where(analyses.c.branch == branch)
        if commit:
            statement = statement.where(analyses.c.commit_id == commit)
        if pull_request:
            statement = statement.where(analyses.c.pull_request == pull_request)
        if before:
            statement = statement.where(analyses.c.analysis_id < before)
        if states:
            statement = statement.where(analyses.c.state.in_([int(state) for state in states]))
        parameters = {"project": project.project_id, "most": limit}
        return [analysis_from(row) for row in await self._transaction.rows(statement, parameters)]

    async def oldest(self, project: ProjectName, branch: str, *, limit: int) -> Sequence[Analysis]:
        """At most `limit` analyses of the branch, oldest first."""
        parameters = {**_of(project, branch), "most": limit}
        return [analysis_from(row) for row in await self._transaction.rows(_OLDEST, parameters)]

    async def delete(self, analysis: Analysis) -> None:
        """Removes an analysis and its events, and remembers when it ended."""
        key = _key(analysis.name)
        await self._transaction.write(_DELETE_EVENTS, {"subject": str(analysis.name)})
        await self._transaction.write(_DROP_ATTACHMENTS, key)
        if analysis.results is not None:
            removed = {
                "project_id": analysis.name.project_id,
                "branch": analysis.branch,
                "branch_sequence": analysis.results.sequence,
                "analysis_id": analysis.name.analysis_id,
                "ended_at": analysis.ended_at or analysis.created_at,
            }
            await self._transaction.write(_REMEMBER, removed)
        await self._transaction.write(_DELETE, key)

    async def forget_deleted(self, project: ProjectName, branch: str) -> None:
        """Removes what was remembered."""
        await self._transaction.write(_FORGET, _of(project, branch))

    async def branches(
        self, project: ProjectName, *, limit: int, after: str | None = None
    ) -> Sequence[Branch]:
        """At most `limit` branches, in the order of the names."""
        rows = await self._transaction.rows(_branches(project, limit, after), {})
        return [
            Branch(
                name=row["branch"],
                analysis_count=row["count"],
                latest=AnalysisName(project.project_id, row["last_id"]),
                created_at=row["created_at"],
                updated_at=row["updated_at"],
            )
            for row in rows
        ]

    async def count(self, project: ProjectName, branch: str) -> int:
        """How many the branch has."""
        return int(await self._transaction.value(_COUNT, _of(project, branch)))

    async def only_branch(self, project: ProjectName) -> str | None:
        """The branch of all analyses."""
        row = await self._transaction.row(_FIRST_AND_LAST_BRANCH, {"project": project.project_id})
        return row["first"] if row is not None and row["first"] == row["last"] else None

    async def pending_count(self) -> int:
        """How many wait."""
        return int(await self._transaction.value(_COUNT_PENDING, {}))

    async def running_count(self) -> int:
        """How many are worked on."""
        return int(await self._transaction.value(_COUNT_RUNNING, {}))

    async def queue_position(self, name: AnalysisName) -> int:
        """The place among those that wait, from 1; 0 if it does not."""
        return int(await self._transaction.value(_QUEUE_POSITION, _key(name)))

    async def cancel_requested(self, name: AnalysisName) -> bool:
        """Whether it is to end, or gone."""
        wanted = await self._transaction.value(_CANCEL_REQUESTED, _key(name))
        return wanted is None or bool(wanted)

    async def latest(self, project: ProjectName, branch: str) -> Analysis | None:
        """The newest of the branch."""
        return await self._one(_NEWEST, project, branch)

    async def latest_of_branches(
        self, project: ProjectName, branches: Collection[str] | None = None
    ) -> Sequence[Analysis]:
        """The newest of every branch, or of these."""
        parameters: dict[str, object] = {"project": project.project_id}
        if branches is not None:
            parameters["branches"] = sorted(branches)
        statement = _LATEST_OF_BRANCHES if branches is None else _LATEST_OF_SOME
        rows = await self._transaction.rows(statement, parameters)
        return [analysis_from(row) for row in rows]

    async def last_below(self, project: ProjectName, branch: str, sequence: int) -> Analysis | None:
        """The one with the next lower number."""
        return await self._one(_LAST_BELOW, project, branch, sequence=sequence)

    async def next_detailed(
        self, project: ProjectName, branch: str, sequence: int
    ) -> Analysis | None:
        """The one with the next higher number that has a snapshot."""
        return await self._one(_NEXT_DETAILED, project, branch, sequence=sequence)

    async def newest_before(
        self, project: ProjectName, branch: str, time: datetime
    ) -> Analysis | None:
        """The newest that had ended by `time`."""
        return await self._one(_NEWEST_BEFORE, project, branch, until=time)

    async def last_success(
        self, project: ProjectName, branch: str, analyzer: str
    ) -> Analysis | None:
        """The newest in which the analyzer succeeded."""
        # The database looks for the text, so that not all analyses have to come here.
        succeeded = succeeded_outcome(analyzer)
        return await self._one(
            _NEWEST.where(analyses.c.outcomes.contains(succeeded, autoescape=True)), project, branch
        )

    async def _one(
        self, statement: Executable, project: ProjectName, branch: str, **parameters: object
    ) -> Analysis | None:
        row = await self._transaction.row(statement, {**_of(project, branch), **parameters})
        return None if row is None else analysis_from(row)


def _branches(project: ProjectName, limit: int, after: str | None) -> Select[Any]:
    """The branches after one, each with its first and its newest analysis; indexes alone tell of them."""
    wanted = [analyses.c.project_id == project.project_id]
    if after is not None:
        wanted.append(analyses.c.branch > after)
    found = (
        select(
            analyses.c.branch,
            func.count().label("count"),
            func.min(analyses.c.analysis_id).label("first_id"),
            func.max(analyses.c.analysis_id).label("last_id"),
        )
        .where(*wanted)
        .group_by(analyses.c.branch)
        .order_by(analyses.c.branch)
        .limit(limit)
        .subquery("found")
    )
    first, last = analyses.alias("first"), analyses.alias("last")
    return (
        select(
            found.c.branch,
            found.c.count,
            found.c.last_id,
            first.c.created_at,
            last.c.created_at.label("updated_at"),
        )
        .join(
            first,
            and_(first.c.project_id == project.project_id, first.c.analysis_id == found.c.first_id),
        )
        .join(
            last,
            and_(last.c.project_id == project.project_id, last.c.analysis_id == found.c.last_id),
        )
        .order_by(found.c.branch)
    )


def _of(project: ProjectName, branch: str) -> dict[str, object]:
    return {"project": project.project_id, "on_branch": branch}


def _key(name: AnalysisName) -> dict[str, object]:
    return {"project": name.project_id, "analysis": name.analysis_id}
