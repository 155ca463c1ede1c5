"""Findings, in batches."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, func, select

from flext_quality.application.ports import FindingBatch
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.infrastructure.persistence.tables import finding_batches as batches
from flext_quality.infrastructure.persistence.transaction import Transaction

_OF_ANALYSIS = (
    batches.c.project_id == bindparam("project"),
    batches.c.analysis_id == bindparam("analysis"),
)
_COLUMNS = ["project_id", "analysis_id", "position", "analyzer", "finding_count", "payload"]

# The next position is found in the statement itself. Writers of one analysis hold it for update.
_APPEND = batches.insert().from_select(
    _COLUMNS,
    select(
        bindparam("project", type_=batches.c.project_id.type),
        bindparam("analysis", type_=batches.c.analysis_id.type),
        func.coalesce(func.max(batches.c.position), 0) + 1,
        bindparam("analyzer", type_=batches.c.analyzer.type),
        bindparam("count", type_=batches.c.finding_count.type),
        bindparam("payload", type_=batches.c.payload.type),
    ).where(*_OF_ANALYSIS),
)
_READ = (
    select(batches.c.position, batches.c.analyzer, batches.c.finding_count, batches.c.payload)
    .where(*_OF_ANALYSIS, batches.c.position > bindparam("after"))
    .order_by(batches.c.position)
    .limit(bindparam("most"))
)
_READ_OF_ANALYZERS = _READ.where(batches.c.analyzer.in_(bindparam("analyzers", expanding=True)))
_CLEAR = batches.delete().where(*_OF_ANALYSIS)


class SqlFindingRepository:
    """Keeps batches as they come."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def append(
        self, analysis: AnalysisName, analyzer: str, count: int, payload: bytes
    ) -> None:
        """Adds a batch after the last one."""
        values = {"analyzer": analyzer, "count": count, "payload": payload}
        await self._transaction.write(_APPEND, {**_key(analysis), **values})

    async def batches(
        self,
        analysis: AnalysisName,
        *,
        limit: int,
        after: int = 0,
        analyzers: Collection[str] = (),
    ) -> list[FindingBatch]:
        """At most `limit` batches after position `after`, of these analyzers if any are named."""
        parameters = {**_key(analysis), "after": after, "most": limit}
        if analyzers:
            parameters["analyzers"] = sorted(analyzers)
        rows = await self._transaction.rows(_READ_OF_ANALYZERS if analyzers else _READ, parameters)
        return [
            FindingBatch(row["position"], row["analyzer"], row["finding_count"], row["payload"])
            for row in rows
        ]

    async def clear(self, analysis: AnalysisName) -> None:
        """Removes the analysis's batches."""
        await self._transaction.write(_CLEAR, _key(analysis))


def _key(analysis: AnalysisName) -> dict[str, object]:
    return {"project": analysis.project_id, "analysis": analysis.analysis_id}
