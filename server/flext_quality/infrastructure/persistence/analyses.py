"""The analyses."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, bindparam, func, select

from flext_quality.domain.analysis import Analysis, AnalysisState
from flext_quality.domain.errors import AnalysisNotFoundError
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.persistence.events import append
from flext_quality.infrastructure.persistence.mapping import analysis_from, analysis_values
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

    async def queue_position(self, name: AnalysisName) -> int:
        """The place among those that wait, from 1; 0 if it does not."""
        return int(await self._transaction.value(_QUEUE_POSITION, _key(name)))

    async def cancel_requested(self, name: AnalysisName) -> bool:
        """Whether it is to end, or gone."""
        wanted = await self._transaction.value(_CANCEL_REQUESTED, _key(name))
        return wanted is None or bool(wanted)


def _key(name: AnalysisName) -> dict[str, object]:
    return {"project": name.project_id, "analysis": name.analysis_id}
