"""Findings, in batches."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, and_, bindparam, func, select

from flext_quality.application.ports.records import FindingBatch
from flext_quality.domain.analyses.analysis import AnalysisState
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.infrastructure.persistence.tables import analyses
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
_CLEAR_SOME = _CLEAR.where(
    batches.c.position.in_(
        select(batches.c.position)
        .where(*_OF_ANALYSIS)
        .order_by(batches.c.position)
        .limit(bindparam("most"))
    )
)

# Who removes an analysis's findings holds it; who begins to refer to them holds it beside others, or does
# without.
_THIS = and_(
    analyses.c.project_id == bindparam("project"), analyses.c.analysis_id == bindparam("analysis")
)
_HOLD = select(analyses.c.analysis_id).where(_THIS).with_for_update()
_HOLD_BESIDE_OTHERS = (
    select(analyses.c.analysis_id).where(_THIS).with_for_update(read=True, skip_locked=True)
)
_REFERENCES = (
    select(batches.c.analyzer, batches.c.analysis_id, batches.c.position, analyses.c.state)
    .join(
        analyses,
        and_(
            analyses.c.project_id == batches.c.project_id,
            analyses.c.analysis_id == batches.c.analysis_id,
        ),
    )
    .where(
        batches.c.project_id == bindparam("project"),
        batches.c.source_analysis_id == bindparam("analysis"),
    )
    .order_by(batches.c.analyzer, batches.c.analysis_id)
)
_THIS_REFERENCE = and_(
    batches.c.project_id == bindparam("project"),
    batches.c.analysis_id == bindparam("heir"),
    batches.c.position == bindparam("at"),
)
_DROP_REFERENCE = batches.delete().where(_THIS_REFERENCE)
_REFER_ELSEWHERE = (
    batches.update()
    .where(
        batches.c.project_id == bindparam("project"),
        batches.c.source_analysis_id == bindparam("analysis"),
        batches.c.analyzer == bindparam("of"),
    )
    .values(source_analysis_id=bindparam("heir"))
)
_COPY = batches.insert().from_select(
    _COLUMNS,
    select(
        batches.c.project_id,
        bindparam("heir", type_=batches.c.analysis_id.type),
        # One after the other, from where the reference was.
        bindparam("at", type_=batches.c.position.type)
        + func.row_number().over(order_by=batches.c.position)
        - 1,
        batches.c.analyzer,
        batches.c.finding_count,
        batches.c.payload,
    ).where(*_OF_ANALYSIS, batches.c.analyzer == bindparam("of")),
)


class _Extent(NamedTuple):
    """What an analyzer said in an analysis: findings, batches, and the analysis that has them, if another."""

    findings: int
    batches: int
    source: str | None


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

    async def refer(
        self, analysis: AnalysisName, analyzer: str, to: AnalysisName, count: int
    ) -> bool:
        """Adds a row for what the analyzer said in another analysis, or that one refers to."""
        before = await self._extent(to, analyzer)
        source = AnalysisName(to.project_id, before.source or to.analysis_id)
        held = await self._transaction.value(_HOLD_BESIDE_OTHERS, _key(source))
        # Held, it cannot go any more; but did it since?
        if held is None or before.findings != count or before != await self._extent(to, analyzer):
            return False
        values = {
            "analyzer": analyzer,
            "count": count,
            "payload": b"",
            "source": source.analysis_id,
            "many": before.batches,
        }
        await self._transaction.write(_REFER, {**_key(analysis), **values})
        return True

    async def clear(self, analysis: AnalysisName) -> None:
        """Removes the analysis's batches."""
        await self._transaction.write(_CLEAR, _key(analysis))

    async def remove(self, analysis: AnalysisName, *, limit: int) -> int:
        """Removes some of the analysis's batches once nobody refers to any."""
        key = _key(analysis)
        await self._transaction.value(_HOLD, key)
        references = await self._transaction.tuples(_REFERENCES, key)
        for analyzer, some in groupby(references, key=lambda row: row.analyzer):
            await self._hand_over(analysis, analyzer, [*some])
        return await self._transaction.write(_CLEAR_SOME, {**key, "most": limit})

    async def _hand_over(
        self, analysis: AnalysisName, analyzer: str, references: Sequence[Any]
    ) -> None:
        """Gives the analyzer's batches to one that refers to them; the others refer to that one.

        One that has not ended may begin anew and drop what it has, so no other can refer to it.
        """
        key = {**_key(analysis), "of": analyzer}
        ended = [row for row in references if AnalysisState(row.state).is_final]
        for heir in ended[:1] or references:
            which = {**key, "heir": heir.analysis_id, "at": heir.position}
            # It may have begun anew just now.
            if await self._transaction.write(_DROP_REFERENCE, _place(which)):
                await self._transaction.write(_COPY, which)
        if ended:
            elsewhere = {**key, "heir": ended[0].analysis_id}
            await self._transaction.write(_REFER_ELSEWHERE, elsewhere)

    async def _extent(self, analysis: AnalysisName, analyzer: str) -> _Extent:
        ((count, many, source),) = await self._transaction.tuples(
            _EXTENT, {**_key(analysis), "analyzer": analyzer}
        )
        return _Extent(int(count or 0), int(many or 0), source)

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


def _key(analysis: AnalysisName) -> dict[str, object]:
    return {"project": analysis.project_id, "analysis": analysis.analysis_id}


def _place(which: dict[str, object]) -> dict[str, object]:
    return {name: which[name] for name in ("project", "heir", "at")}
