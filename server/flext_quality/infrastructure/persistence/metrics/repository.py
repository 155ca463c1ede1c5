"""The measures of projects over time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, and_, bindparam, func, select, tuple_, union_all

from flext_quality.application.ports.measures import (
    AnalysisDetails,
    MetricBucket,
    MetricPoint,
    MetricUpdate,
)
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.metrics.time_series import (
    BUCKETED,
    Granularity,
    Moment,
    bucket_start,
    recorded,
)
from flext_quality.infrastructure.persistence.engine import insert_or_replace
from flext_quality.infrastructure.persistence.metrics.codec import (
    BucketReader,
    pack_bucket,
    pack_measures,
    unpack_bucket,
    unpack_measures,
)
from flext_quality.infrastructure.persistence.tables import (
    analyses,
    latest_metrics,
    metric_buckets,
    metric_points,
    projects,
)
from flext_quality.infrastructure.persistence.transaction import Transaction

_ROWS_PER_READ = 500
"""How much is in memory at once of what is read bit by bit."""

_NAMES_PER_READ = 1000
"""Parameters of a statement are limited."""

_points, _buckets, _latest = metric_points.c, metric_buckets.c, latest_metrics.c

_LOCK = select(projects.c.project_id).where(projects.c.project_id == bindparam("project"))
_LOCK_FOR_UPDATE = _LOCK.with_for_update()
_POINT = select(_points.measures).where(
    _points.project_id == bindparam("project"),
    _points.time == bindparam("time"),
    _points.analysis_id == bindparam("analysis"),
)
_LATEST = select(latest_metrics).where(_latest.project_id == bindparam("project"))
_REVISION = select(func.coalesce(func.max(_latest.revision), 0)).where(
    _latest.project_id == bindparam("project")
)
# One SELECT for each, as databases find it hard to see that an OR of them leads to four rows.
_BUCKETS_AROUND = union_all(
    *(
        select(metric_buckets).where(
            _buckets.project_id == bindparam("project"),
            _buckets.granularity == int(granularity),
            _buckets.start == bindparam(granularity.name, type_=_buckets.start.type),
        )
        for granularity in BUCKETED
    )
)
_OF_PROJECT = _points.project_id == bindparam("project")
_POINTS = select(metric_points).where(_OF_PROJECT).order_by(_points.time, _points.analysis_id)
_UPDATES = (
    select(metric_points)
    .where(_OF_PROJECT, _points.revision > bindparam("after"))
    .order_by(_points.revision)
    .limit(bindparam("most"))
)
_BUCKETS = (
    select(_buckets.start, _buckets.last_time, _buckets.last_analysis_id, _buckets.measures)
    .where(
        _buckets.project_id == bindparam("project"),
        _buckets.granularity == bindparam("granularity"),
    )
    .order_by(_buckets.start)
)
_LATEST_OF_ALL = (
    select(projects.c.project_id, _latest.measures)
    .outerjoin(latest_metrics, _latest.project_id == projects.c.project_id)
    .order_by(projects.c.project_id)
)
_LATEST_OF_NAMED = _LATEST_OF_ALL.where(projects.c.project_id.in_(bindparam("ids", expanding=True)))
_LATEST_AFTER = _LATEST_OF_ALL.where(projects.c.project_id > bindparam("after")).limit(
    _NAMES_PER_READ
)
_created = (projects.c.created_at, projects.c.project_id)
_LATEST_BY_AGE = (
    select(*_created, _latest.measures)
    .join(latest_metrics, _latest.project_id == projects.c.project_id)
    .order_by(*_created)
    .limit(_ROWS_PER_READ)
)
_NEXT_BY_AGE = _LATEST_BY_AGE.where(
    tuple_(*_created)
    > tuple_(
        bindparam("after", type_=projects.c.created_at.type),
        bindparam("after_id", type_=projects.c.project_id.type),
    )
)
DETAILED = (
    select(analyses.c.branch, analyses.c.ended_at, analyses.c.analysis_id, analyses.c.snapshot)
    .where(analyses.c.project_id == bindparam("project"), analyses.c.snapshot > "")
    .order_by(analyses.c.branch, analyses.c.ended_at, analyses.c.analysis_id)
)


class SqlMetricRepository:
    """Keeps a point for each analysis, a bucket for each stretch of time, and the latest for each project."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def record(
        self,
        project: ProjectName,
        analysis_id: str,
        time: datetime,
        measures: Mapping[str, float],
        *,
        changed_at: datetime | None = None,
    ) -> None:
        """Stores a point, changes the four buckets around it, and maybe the latest: six rows."""
        at = Moment(time, analysis_id)
        own = {"project": project.project_id}
        self._transaction.check_writable()
        await self._transaction.row(_LOCK_FOR_UPDATE, own)
        payload = await self._transaction.value(
            _POINT, {**own, "time": time, "analysis": analysis_id}
        )
        before = None if payload is None else unpack_measures(payload)
        if before == measures:
            return
        latest = await self._transaction.row(_LATEST, own)
        point = {
            "project_id": project.project_id,
            "time": time,
            "analysis_id": analysis_id,
            "changed_at": changed_at or time,
            "revision": 1 if latest is None else latest["revision"] + 1,
            "measures": pack_measures(measures),
        }
        await self._put(metric_points, point)
        if latest is not None and _moment(latest) > at:
            point = {**latest, "revision": point["revision"]}
        await self._put(latest_metrics, point)
        await self._put_buckets(project, at, measures, before)

    async def _put_buckets(
        self,
        project: ProjectName,
        at: Moment,
        measures: Mapping[str, float],
        before: Mapping[str, float] | None,
    ) -> None:
        starts = {granularity.name: bucket_start(at.time, granularity) for granularity in BUCKETED}
        rows = await self._transaction.rows(
            _BUCKETS_AROUND, {"project": project.project_id, **starts}
        )
        known = {row["granularity"]: row for row in rows}
        changed = []
        for granularity in BUCKETED:
            row = known.get(granularity)
            last = at if row is None else _last_moment(row)
            bucket = {} if row is None else unpack_bucket(row["measures"], last)
            last = max(last, at)
            cells = recorded(bucket, at, measures, before)
            changed.append(
                {
                    "project_id": project.project_id,
                    "granularity": int(granularity),
                    "start": starts[granularity.name],
                    "last_time": last.time,
                    "last_analysis_id": last.analysis_id,
                    "measures": pack_bucket(cells, last),
                }
            )
        insert = insert_or_replace(metric_buckets, self._transaction.dialect)
        await self._transaction.write(insert, changed)

    async def _put(self, table: Any, values: Mapping[str, Any]) -> None:
        await self._transaction.write(
            insert_or_replace(table, self._transaction.dialect), dict(values)
        )

    async def points(
        self, project: ProjectName, *, start: datetime | None = None, end: datetime | None = None
    ) -> AsyncIterator[MetricPoint]:
        """The points of a stretch of time."""
        statement = _between(_POINTS, _points.time, start, end).limit(_ROWS_PER_READ)
        following = statement.where(
            tuple_(_points.time, _points.analysis_id)
            > tuple_(
                bindparam("after", type_=_points.time.type),
                bindparam("after_id", type_=_points.analysis_id.type),
            )
        )
        parameters: dict[str, Any] = {"project": project.project_id}
        while rows := await self._transaction.rows(statement, parameters):
            for row in rows:
                yield _point(row)
            if len(rows) < _ROWS_PER_READ:
                return
            statement = following
            parameters |= {"after": rows[-1]["time"], "after_id": rows[-1]["analysis_id"]}

    async def buckets(
        self,
        project: ProjectName,
        granularity: Granularity,
        metrics: Collection[str],
        *,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> AsyncIterator[MetricBucket]:
        """The buckets of a stretch of time."""
        statement = _between(_BUCKETS, _buckets.start, start, end).limit(_ROWS_PER_READ)
        parameters: dict[str, Any] = {
            "project": project.project_id,
            "granularity": int(granularity),
        }
        reader = BucketReader(metrics)
        while rows := await self._transaction.rows(statement, parameters):
            for row in rows:
                yield MetricBucket(row["start"], reader.read(row["measures"], _last_moment(row)))
            if len(rows) < _ROWS_PER_READ:
                return
            statement = statement.where(_buckets.start > bindparam("after"))
            parameters["after"] = rows[-1]["start"]

    async def latest(self, project: ProjectName) -> MetricUpdate | None:
        """The latest point."""
        row = await self._transaction.row(_LATEST, {"project": project.project_id})
        return None if row is None else _update(row)

    async def revision(self, project: ProjectName) -> int:
        """The project's last revision, without reading any measures."""
        return int(await self._transaction.value(_REVISION, {"project": project.project_id}))

    async def updates(self, project: ProjectName, *, after: int, limit: int) -> list[MetricUpdate]:
        """The points that were recorded after a revision."""
        parameters = {"project": project.project_id, "after": after, "most": limit}
        return [_update(row) for row in await self._transaction.rows(_UPDATES, parameters)]

    async def latest_values(
        self, metric: str, projects: Collection[ProjectName] | None = None
    ) -> dict[ProjectName, float | None]:
        """One metric's latest value, of each project that exists."""
        values: dict[ProjectName, float | None] = {}
        if projects is None:
            async for row in self._latest_of_all():
                values[ProjectName(row["project_id"])] = _value(row, metric)
            return values
        ids = [project.project_id for project in projects]
        for begin in range(0, len(ids), _NAMES_PER_READ):
            some = {"ids": ids[begin : begin + _NAMES_PER_READ]}
            for row in await self._transaction.rows(_LATEST_OF_NAMED, some):
                values[ProjectName(row["project_id"])] = _value(row, metric)
        return values

    async def _latest_of_all(self) -> AsyncIterator[RowMapping]:
        statement = _LATEST_OF_ALL.limit(_NAMES_PER_READ)
        parameters: dict[str, Any] = {}
        while rows := await self._transaction.rows(statement, parameters):
            for row in rows:
                yield row
            if len(rows) < _NAMES_PER_READ:
                return
            statement = _LATEST_AFTER
            parameters = {"after": rows[-1]["project_id"]}

    async def latest_of_all(
        self, metrics: Collection[str]
    ) -> AsyncIterator[tuple[ProjectName, Mapping[str, float]]]:
        """Some metrics of every project's latest point."""
        wanted = frozenset(metrics)
        statement = _LATEST_BY_AGE
        parameters: dict[str, Any] = {}
        while rows := await self._transaction.rows(statement, parameters):
            for row in rows:
                measures = unpack_measures(row["measures"])
                yield (
                    ProjectName(row["project_id"]),
                    {key: measures[key] for key in wanted & measures.keys()},
                )
            if len(rows) < _ROWS_PER_READ:
                return
            statement = _NEXT_BY_AGE
            parameters = {"after": rows[-1]["created_at"], "after_id": rows[-1]["project_id"]}

    async def detailed(
        self, project: ProjectName, *, start: datetime | None = None, end: datetime | None = None
    ) -> list[AnalysisDetails]:
        """The main line's analyses that have details."""
        statement = DETAILED.where(analyses.c.branch == "")
        statement = _between(statement, analyses.c.ended_at, start, end)
        rows = await self._transaction.rows(statement, {"project": project.project_id})
        return [details_from(row) for row in rows]


def details_from(row: RowMapping) -> AnalysisDetails:
    """The details of a row of `DETAILED`."""
    at = Moment(row["ended_at"], row["analysis_id"])
    return AnalysisDetails(row["branch"], at, row["snapshot"])


def _between(
    statement: Select[Any], column: Any, start: datetime | None, end: datetime | None
) -> Select[Any]:
    wanted = []
    if start is not None:
        wanted.append(column >= start)
    if end is not None:
        wanted.append(column < end)
    return statement.where(and_(True, *wanted)) if wanted else statement


def _moment(row: RowMapping) -> Moment:
    return Moment(row["time"], row["analysis_id"])


def _last_moment(row: RowMapping) -> Moment:
    return Moment(row["last_time"], row["last_analysis_id"])


def _point(row: RowMapping) -> MetricPoint:
    return MetricPoint(_moment(row), unpack_measures(row["measures"]))


def _update(row: RowMapping) -> MetricUpdate:
    return MetricUpdate(_point(row), row["changed_at"], row["revision"])


def _value(row: RowMapping, metric: str) -> float | None:
    payload = row["measures"]
    return None if payload is None else unpack_measures(payload).get(metric)
