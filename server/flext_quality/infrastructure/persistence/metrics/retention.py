"""What of a project may go after a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Executable, bindparam, exists, select

from flext_quality.application.ports.measures import AnalysisDetails
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.metrics.time_series import Granularity, Moment
from flext_quality.infrastructure.persistence.metrics.repository import DETAILED, details_from
from flext_quality.infrastructure.persistence.tables import (
    analyses,
    file_lines,
    latest_metrics,
    metric_buckets,
    metric_points,
    projects,
    snapshots,
)
from flext_quality.infrastructure.persistence.transaction import Parameters, Transaction

_PER_STATEMENT = 500
"""Parameters of a statement are limited."""

T = TypeVar("T")

_MOMENTS = (
    select(metric_points.c.time, metric_points.c.analysis_id)
    .where(metric_points.c.project_id == bindparam("project"))
    .order_by(metric_points.c.time, metric_points.c.analysis_id)
)
_IS_LATEST = exists().where(
    latest_metrics.c.project_id == metric_points.c.project_id,
    latest_metrics.c.time == metric_points.c.time,
    latest_metrics.c.analysis_id == metric_points.c.analysis_id,
)
_REMOVE_POINTS = metric_points.delete().where(
    metric_points.c.project_id == bindparam("project"),
    metric_points.c.analysis_id.in_(bindparam("analyses", expanding=True)),
    metric_points.c.time >= bindparam("first"),
    metric_points.c.time <= bindparam("last"),
    ~_IS_LATEST,
)
_OLD_BUCKETS = (
    select(metric_buckets.c.start)
    .where(
        metric_buckets.c.project_id == bindparam("project"),
        metric_buckets.c.granularity == bindparam("granularity"),
        metric_buckets.c.start < bindparam("before"),
    )
    .order_by(metric_buckets.c.start)
    .limit(bindparam("most"))
)
_OLDEST_BUCKET = (
    select(metric_buckets.c.start)
    .where(
        metric_buckets.c.project_id == bindparam("project"),
        metric_buckets.c.granularity == bindparam("granularity"),
    )
    .order_by(metric_buckets.c.start)
    .limit(1)
)
_REMOVE_BUCKETS = metric_buckets.delete().where(
    metric_buckets.c.project_id == bindparam("project"),
    metric_buckets.c.granularity == bindparam("granularity"),
    metric_buckets.c.start <= bindparam("last"),
)
_FORGET_DETAILS = (
    analyses.update()
    .where(
        analyses.c.project_id == bindparam("project"),
        analyses.c.analysis_id.in_(bindparam("analyses", expanding=True)),
        analyses.c.snapshot > "",
    )
    .values(snapshot="")
)
_LOCK = (
    select(projects.c.project_id)
    .where(projects.c.project_id == bindparam("project"))
    .with_for_update()
)
_IS_USED = exists().where(
    analyses.c.project_id == snapshots.c.project_id, analyses.c.snapshot == snapshots.c.digest
)
_SNAPSHOTS = select(snapshots.c.digest, _IS_USED.label("used")).where(
    snapshots.c.project_id == bindparam("project")
)
_REMOVE_SNAPSHOTS = snapshots.delete().where(
    snapshots.c.project_id == bindparam("project"),
    snapshots.c.digest.in_(bindparam("digests", expanding=True)),
    ~_IS_USED,
)
_REMOVE_LINES = file_lines.delete().where(
    file_lines.c.project_id == bindparam("project"),
    file_lines.c.sha256.in_(bindparam("contents", expanding=True)),
)


class SqlRetentionRepository:
    """Finds and removes."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def moments(self, project: ProjectName) -> list[Moment]:
        """The points' places in time."""
        rows = await self._transaction.rows(_MOMENTS, {"project": project.project_id})
        return [Moment(row["time"], row["analysis_id"]) for row in rows]

    async def remove_points(self, project: ProjectName, moments: Collection[Moment]) -> int:
        """Removes points but for the latest."""
        removed = 0
        for some in _parts(sorted(moments)):
            # An analysis has one point; the times only lead to it quickly.
            parameters = {
                "project": project.project_id,
                "analyses": [at.analysis_id for at in some],
                "first": some[0].time,
                "last": some[-1].time,
            }
            removed += await self._transaction.write(_REMOVE_POINTS, parameters)
        return removed

    async def oldest_bucket(
        self, project: ProjectName, granularity: Granularity
    ) -> datetime | None:
        """Where the oldest one begins."""
        parameters = {"project": project.project_id, "granularity": int(granularity)}
        row = await self._transaction.row(_OLDEST_BUCKET, parameters)
        return None if row is None else row["start"]

    async def remove_buckets(
        self, project: ProjectName, granularity: Granularity, before: datetime, *, limit: int
    ) -> int:
        """Removes the oldest buckets."""
        own: dict[str, object] = {
            "project": project.project_id,
            "granularity": int(granularity),
        }
        rows = await self._transaction.rows(_OLD_BUCKETS, {**own, "before": before, "most": limit})
        if not rows:
            return 0
        return await self._transaction.write(_REMOVE_BUCKETS, {**own, "last": rows[-1]["start"]})

    async def details(self, project: ProjectName) -> list[AnalysisDetails]:
        """The analyses that have details, of all branches."""
        rows = await self._transaction.rows(DETAILED, {"project": project.project_id})
        return [details_from(row) for row in rows]

    async def forget_details(self, project: ProjectName, analysis_ids: Collection[str]) -> int:
        """Empties the analyses' snapshots."""
        return await self._each(_FORGET_DETAILS, project, "analyses", analysis_ids)

    async def lock(self, project: ProjectName) -> bool:
        """Locks the project's row."""
        return await self._transaction.row(_LOCK, {"project": project.project_id}) is not None

    async def snapshots(self, project: ProjectName) -> dict[str, bool]:
        """All digests, and whether they are in use."""
        rows = await self._transaction.rows(_SNAPSHOTS, {"project": project.project_id})
        return {row["digest"]: bool(row["used"]) for row in rows}

    async def remove_snapshots(self, project: ProjectName, digests: Collection[str]) -> int:
        """Removes those that are not in use."""
        return await self._each(_REMOVE_SNAPSHOTS, project, "digests", digests)

    async def remove_lines(self, project: ProjectName, contents: Collection[str]) -> int:
        """Removes hashes of lines."""
        return await self._each(_REMOVE_LINES, project, "contents", contents)

    async def _each(
        self, statement: Executable, project: ProjectName, name: str, values: Collection[str]
    ) -> int:
        changed = 0
        for some in _parts(sorted(values)):
            parameters: Parameters = {"project": project.project_id, name: list(some)}
            changed += await self._transaction.write(statement, parameters)
        return changed


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _PER_STATEMENT):
        yield items[start : start + _PER_STATEMENT]
