"""AggregateMetrics: one metric over many projects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from flext_quality.application.metric_choice import known_metrics
from flext_quality.application.ports import UnitOfWorkFactory
from flext_quality.domain.distribution import Distribution
from flext_quality.domain.errors import ProjectNotFoundError
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.metric_keys import MetricDescriptor, MetricDirection

DEFAULT_LEADERS = 10


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A metric over projects; fields as those of AggregateMetricsResponse."""

    descriptor: MetricDescriptor
    distribution: Distribution | None
    leaders: Sequence[tuple[ProjectName, float]]
    trailers: Sequence[tuple[ProjectName, float]]
    total: float
    unmeasured_count: int


@dataclass(frozen=True)
class AggregateMetrics:
    """Reads the latest measures of each project."""

    uow: UnitOfWorkFactory

    async def __call__(
        self, metric: str, *, projects: Sequence[ProjectName] = (), leader_count: int = 0
    ) -> Aggregate:
        """The metric over the named projects, or over all.

        Raises:
            QualityError: as AggregateMetrics in the contract.
        """
        (descriptor,) = known_metrics([metric])
        async with self.uow(read_only=True) as uow:
            latest = await uow.metrics.latest_values(metric, projects or None)
        for project in projects:
            if project not in latest:
                raise ProjectNotFoundError(str(project))
        measured = {name: value for name, value in latest.items() if value is not None}
        sign = 1 if descriptor.direction is MetricDirection.LOWER_IS_BETTER else -1
        best = sorted(measured.items(), key=lambda one: (sign * one[1], one[0]))
        worst = sorted(measured.items(), key=lambda one: (-sign * one[1], one[0]))
        count = leader_count or DEFAULT_LEADERS
        return Aggregate(
            descriptor=descriptor,
            distribution=Distribution.of(list(measured.values())),
            leaders=best[:count],
            trailers=worst[:count],
            total=fsum(measured.values()),
            unmeasured_count=len(latest) - len(measured),
        )
