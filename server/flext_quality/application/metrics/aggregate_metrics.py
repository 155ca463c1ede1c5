"""AggregateMetrics: one metric over many projects."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from flext_quality.application.metrics.metric_choice import known_metrics
from flext_quality.application.ports.cache import Cache
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.errors import ProjectNotFoundError
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.metrics.distribution import Distribution
from flext_quality.domain.metrics.metric_keys import MetricDescriptor, MetricDirection

DEFAULT_LEADERS = 10

LIFETIME_SECONDS = 5.0
"""For so long the values of all projects are kept: dashboards of many people ask for the same."""


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
    cache: Cache

    async def __call__(
        self, metric: str, *, projects: Sequence[ProjectName] = (), leader_count: int = 0
    ) -> Aggregate:
        """The metric over the named projects, or over all; what is told of all may be five seconds old.

        Raises:
            QualityError: as AggregateMetrics in the contract.
        """
        (descriptor,) = known_metrics([metric])
        latest = await (self._of_named(metric, projects) if projects else self._of_all(metric))
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

    async def _of_named(
        self, metric: str, projects: Sequence[ProjectName]
    ) -> dict[ProjectName, float | None]:
        async with self.uow(read_only=True) as uow:
            return await uow.metrics.latest_values(metric, projects)

    async def _of_all(self, metric: str) -> dict[ProjectName, float | None]:
        async def read() -> bytes:
            async with self.uow(read_only=True) as uow:
                values = await uow.metrics.latest_values(metric)
            return json.dumps({name.project_id: value for name, value in values.items()}).encode()

        known = await self.cache.get_or_compute(f"aggregate:{metric}", LIFETIME_SECONDS, read)
        return {ProjectName(project): value for project, value in json.loads(known).items()}
