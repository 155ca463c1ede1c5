"""The analyses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Executable, and_, bindparam, func, select

from flext_quality.domain.analyses.analysis import Analysis, AnalysisState
from flext_quality.domain.errors import AnalysisNotFoundError
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.persistence.analyses.rows import (
    analysis_from,
    analysis_values,
    succeeded_outcome,
)
from flext_quality.infrastructure.persistence.column_types import UtcDateTime
from flext_quality.infrastructure.persistence.events.repository import append
from flext_quality.infrastructure.persistence.tables import analyses, attachments
from flext_quality.infrastructure.persistence.transaction import Transaction

_PENDING = analyses.c.state == int(AnalysisState.PENDING)
_UNFINISHED = analyses.c.state.in_([int(s) for s in AnalysisState if not s.is_final])
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
_BY_SEQUENCE = select(analyses).where(
    _OF_BRANCH, analyses.c.branch_sequence == bindparam("sequence")
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
    ) -> list[Analysis]:
        """At most `limit` analyses of a project, newest first."""
        statement = _LIST
        if before:
            statement = statement.where(analyses.c.analysis_id < before)
        if states:
            statement = statement.where(analyses.c.state.in_([int(state) for state in states]))
        parameters = {"project": project.project_id, "most": limit}
        return [analysis_from(row) for row in await self._transaction.rows(statement, parameters)]

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

    async def latest_of_branches(self, project: ProjectName) -> Sequence[Analysis]:
        """The newest of every branch."""
        rows = await self._transaction.rows(_LATEST_OF_BRANCHES, {"project": project.project_id})
        return [analysis_from(row) for row in rows]

    async def by_sequence(
        self, project: ProjectName, branch: str, sequence: int
    ) -> Analysis | None:
        """The one of this number."""
        return await self._one(_BY_SEQUENCE, project, branch, sequence=sequence)

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
        key = {"project": project.project_id, "on_branch": branch}
        row = await self._transaction.row(statement, {**key, **parameters})
        return None if row is None else analysis_from(row)


def _key(name: AnalysisName) -> dict[str, object]:
    return {"project": name.project_id, "analysis": name.analysis_id}
