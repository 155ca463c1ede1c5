"""QueryMetrics: metrics of a project's main line over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flext_quality.application.metrics.metric_choice import check_range, known_metrics
from flext_quality.application.metrics.path_series import check_for_paths, values_of_path
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.errors import AnswerTooLargeError
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.metrics.time_series import (
    Aggregation,
    Granularity,
    SeriesPoint,
    bucket_end,
    bucket_start,
    bucketed,
)

MAX_POINTS = 100_000
"""An answer has at most so many points, over all metrics."""


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """Which metrics, when, and how they are put together; fields as those of QueryMetricsRequest."""

    project: ProjectName
    metrics: Sequence[str]
    start: datetime | None = None
    end: datetime | None = None
    granularity: Granularity = Granularity.DAY
    aggregation: Aggregation = Aggregation.LAST
    path: str = ""


Series = dict[str, list[SeriesPoint]]
"""The points of each metric asked for, in that order, oldest first."""


@dataclass(frozen=True)
class QueryMetrics:
    """Reads points or buckets, and of a path the analyses that still have details."""

    uow: UnitOfWorkFactory
    max_points: int = MAX_POINTS

    async def __call__(self, query: MetricQuery) -> Series:
        """The metrics over time.

        Raises:
            QualityError: as QueryMetrics in the contract.
        """
        descriptors = known_metrics(query.metrics)
        check_range(query.start, query.end)
        async with self.uow(read_only=True) as uow:
            (await uow.projects.get(query.project)).unwrap()
            if path := query.path.removeprefix("./").rstrip("/"):
                check_for_paths(descriptors)
                return await self._of_path(uow, query, path)
            return await self._of_project(uow, query)

    async def _of_project(self, uow: UnitOfWork, query: MetricQuery) -> Series:
        series: Series = {metric: [] for metric in query.metrics}
        total = 0
        between = {"start": query.start, "end": query.end}
        if query.granularity is Granularity.RAW:
            async for point in uow.metrics.points(query.project, **between):
                for metric in query.metrics:
                    if metric in point.measures:
                        value = point.measures[metric]
                        series[metric].append(SeriesPoint(point.at.time, value))
                        total += 1
                self._check(total)
            return series
        buckets = uow.metrics.buckets(query.project, query.granularity, query.metrics, **between)
        async for bucket in buckets:
            for metric, cell in bucket.cells.items():
                value = cell.value(query.aggregation)
                series[metric].append(SeriesPoint(bucket.start, value, cell.analyses))
            total += len(bucket.cells)
            self._check(total)
        return series

    async def _of_path(self, uow: UnitOfWork, query: MetricQuery, path: str) -> Series:
        end = _end_of_buckets(query)
        values = await values_of_path(uow, query.project, path, start=query.start, end=end)
        series: Series = {}
        for metric in query.metrics:
            measured = [(at, every[metric]) for at, every in values if metric in every]
            points = bucketed(measured, query.granularity, query.aggregation)
            series[metric] = [p for p in points if query.start is None or query.start <= p.time]
        self._check(sum(map(len, series.values())))
        return series

    def _check(self, total: int) -> None:
        if total > self.max_points:
            raise AnswerTooLargeError(
                "points", self.max_points, "ask for a shorter time or coarser buckets"
            )


def _end_of_buckets(query: MetricQuery) -> datetime | None:
    """Where the last bucket ends that begins before the end asked for."""
    if query.end is None or query.granularity is Granularity.RAW:
        return query.end
    last = bucket_start(query.end - datetime.resolution, query.granularity)
    return bucket_end(last, query.granularity)
