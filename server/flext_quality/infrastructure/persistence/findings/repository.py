"""Findings, in batches."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import RowMapping, bindparam, func, select

from flext_quality.application.ports.records import FindingBatch
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.infrastructure.persistence.tables import finding_batches as batches
from flext_quality.infrastructure.persistence.transaction import Transaction

_OF_ANALYSIS = (
    batches.c.project_id == bindparam("project"),
    batches.c.analysis_id == bindparam("analysis"),
)
_COLUMNS = ["project_id", "analysis_id", "position", "analyzer", "finding_count", "payload"]
_NEXT_POSITION = func.coalesce(func.max(batches.c.position + batches.c.batch_count), 1)

# The next position is found in the statement itself. Writers of one analysis hold it for update.
_APPEND = batches.insert().from_select(
    _COLUMNS,
    select(
        bindparam("project", type_=batches.c.project_id.type),
        bindparam("analysis", type_=batches.c.analysis_id.type),
        _NEXT_POSITION,
        bindparam("analyzer", type_=batches.c.analyzer.type),
        bindparam("count", type_=batches.c.finding_count.type),
        bindparam("payload", type_=batches.c.payload.type),
    ).where(*_OF_ANALYSIS),
)
_REFER = batches.insert().from_select(
    [*_COLUMNS, "source_analysis_id", "batch_count"],
    select(
        bindparam("project", type_=batches.c.project_id.type),
        bindparam("analysis", type_=batches.c.analysis_id.type),
        _NEXT_POSITION,
        bindparam("analyzer", type_=batches.c.analyzer.type),
        bindparam("count", type_=batches.c.finding_count.type),
        bindparam("payload", type_=batches.c.payload.type),
        bindparam("source", type_=batches.c.source_analysis_id.type),
        bindparam("many", type_=batches.c.batch_count.type),
    ).where(*_OF_ANALYSIS),
)
# What an analyzer said in an analysis: rows of its own, or one that says where they are.
_EXTENT = select(
    func.sum(batches.c.finding_count),
    func.sum(batches.c.batch_count),
    func.max(batches.c.source_analysis_id),
).where(*_OF_ANALYSIS, batches.c.analyzer == bindparam("analyzer"))
_READ = (
    select(
        batches.c.position,
        batches.c.analyzer,
        batches.c.finding_count,
        batches.c.payload,
        batches.c.source_analysis_id,
        batches.c.batch_count,
    )
    .where(*_OF_ANALYSIS, batches.c.position + batches.c.batch_count - 1 > bindparam("after"))
    .order_by(batches.c.position)
    .limit(bindparam("most"))
)
_READ_OF_ANALYZERS = _READ.where(batches.c.analyzer.in_(bindparam("analyzers", expanding=True)))
_READ_SOURCE = (
    select(batches.c.finding_count, batches.c.payload)
    .where(*_OF_ANALYSIS, batches.c.analyzer == bindparam("analyzer"))
    .order_by(batches.c.position)
    .limit(bindparam("most"))
    .offset(bindparam("passed"))
)
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
        found: list[FindingBatch] = []
        for row in rows:
            if row["source_analysis_id"] is None:
                batch = FindingBatch(
                    row["position"], row["analyzer"], row["finding_count"], row["payload"]
                )
                found.append(batch)
            else:
                passed = max(after - row["position"] + 1, 0)
                found += await self._referred(analysis, row, passed, limit - len(found))
            if len(found) >= limit:
                break
        return found

    async def refer(self, analysis: AnalysisName, analyzer: str, to: AnalysisName) -> None:
        """Adds a row for what the analyzer said in another analysis, or that one refers to."""
        extent = await self._transaction.tuples(_EXTENT, {**_key(to), "analyzer": analyzer})
        ((count, many, source),) = extent
        if many:
            values = {
                "analyzer": analyzer,
                "count": count,
                "payload": b"",
                "source": source or to.analysis_id,
                "many": many,
            }
            await self._transaction.write(_REFER, {**_key(analysis), **values})

    async def _referred(
        self, analysis: AnalysisName, row: RowMapping, passed: int, limit: int
    ) -> list[FindingBatch]:
        source = AnalysisName(analysis.project_id, row["source_analysis_id"])
        parameters = {"analyzer": row["analyzer"], "passed": passed, "most": limit}
        rows = await self._transaction.tuples(_READ_SOURCE, {**_key(source), **parameters})
        first = row["position"] + passed
        return [
            FindingBatch(position, row["analyzer"], count, payload)
            for position, (count, payload) in enumerate(rows, first)
        ]

    async def clear(self, analysis: AnalysisName) -> None:
        """Removes the analysis's batches."""
        await self._transaction.write(_CLEAR, _key(analysis))


def _key(analysis: AnalysisName) -> dict[str, object]:
    return {"project": analysis.project_id, "analysis": analysis.analysis_id}
