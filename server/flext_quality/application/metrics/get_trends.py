"""GetTrends: where a project's metrics are heading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flext_quality.application.metrics.metric_choice import check_range, known_metrics
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.metrics.metric_keys import MetricDescriptor, MetricDirection
from flext_quality.domain.metrics.time_series import Granularity, SeriesPoint, bucket_start
from flext_quality.domain.metrics.trend import Trend, trend_of

DEFAULT_METRICS = (
    *("score", "issues", "coverage", "duplication", "technical_debt", "lines_of_code"),
)
DEFAULT_SPAN = timedelta(days=30)


@dataclass(frozen=True)
class GetTrends:
    """Reads the buckets of the days."""

    uow: UnitOfWorkFactory
    clock: Clock

    async def __call__(
        self,
        project: ProjectName,
        *,
        metrics: Sequence[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> dict[str, Trend]:
        """The trend of each metric, in the order asked for.

        Raises:
            QualityError: as GetTrends in the contract.
        """
        descriptors = known_metrics(metrics or DEFAULT_METRICS)
        check_range(start, end)
        begin = start or min(self.clock(), end or self.clock()) - DEFAULT_SPAN
        points: dict[str, list[SeriesPoint]] = {one.key: [] for one in descriptors}
        async with self.uow(read_only=True) as uow:
            (await uow.projects.get(project)).unwrap()
            first_day = bucket_start(begin, Granularity.DAY)
            async for bucket in uow.metrics.buckets(
                project, Granularity.DAY, list(points), start=first_day, end=end
            ):
                for metric, cell in bucket.cells.items():
                    # The day's last value must lie in the time asked for, not the day's beginning.
                    if begin <= cell.at.time and (end is None or cell.at.time < end):
                        points[metric].append(SeriesPoint(bucket.start, cell.last))
        return {one.key: trend_of(points[one.key], _higher_is_better(one)) for one in descriptors}


def _higher_is_better(descriptor: MetricDescriptor) -> bool | None:
    if descriptor.direction is MetricDirection.NEUTRAL:
        return None
    return descriptor.direction is MetricDirection.HIGHER_IS_BETTER
