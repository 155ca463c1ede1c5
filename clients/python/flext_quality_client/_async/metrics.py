"""Metrics: a project's figures now, over time and over projects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from flext.quality.v1.metrics_pb2 import (
    Aggregation,
    Granularity,
    MetricDescriptor,
    MetricSeries,
    ProjectMetrics,
    Trend,
)
from flext.quality.v1.metrics_service_pb2 import (
    AggregateMetricsRequest,
    AggregateMetricsResponse,
    GetProjectMetricsRequest,
    GetTrendsRequest,
    ListMetricDescriptorsRequest,
    MetricsSnapshot,
    QueryMetricsRequest,
)
from flext.quality.v1.metrics_service_pb2_grpc import MetricsServiceStub
from flext_quality_client._async.transport import AsyncTransport
from flext_quality_client._async.wire import Stream
from flext_quality_client.calls.times import timestamp
from flext_quality_client.metrics import MetricsCursor
from flext_quality_client.options import WatchOptions


class AsyncMetricsOverTime:
    """Projects' metrics. Each method raises the errors that the contract names for its RPC.

    Times are datetimes with their zone; one without is refused with a ValueError.
    """

    def __init__(self, transport: AsyncTransport) -> None:
        self._calls = transport
        self._stub = MetricsServiceStub(transport.channel)

    async def get(self, project: str, analysis: str = "", *, branch: str = "") -> ProjectMetrics:
        """A project's figures from a branch's latest succeeded analysis, or from the one that is named."""
        request = GetProjectMetricsRequest(parent=project, analysis=analysis, branch=branch)
        response = await self._calls.unary(self._stub.GetProjectMetrics, request)
        return response.metrics

    async def descriptors(self) -> Sequence[MetricDescriptor]:
        """What every metric is, in the order of the keys."""
        pages = self._calls.pages(self._stub.ListMetricDescriptors, ListMetricDescriptorsRequest())
        return [one async for page in pages for one in page.metric_descriptors]

    async def query(
        self,
        project: str,
        metrics: Iterable[str],
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        granularity: Granularity = Granularity.GRANULARITY_UNSPECIFIED,
        aggregation: Aggregation = Aggregation.AGGREGATION_UNSPECIFIED,
        path: str = "",
        branch: str = "",
    ) -> Sequence[MetricSeries]:
        """Metrics of "projects/{project}", or of one of its files or directories, from `start` up to `end`.

        By the day, the last value of each, and of the main line, unless told otherwise. One series for each
        metric.
        """
        request = QueryMetricsRequest(
            parent=project,
            metrics=metrics,
            start_time=timestamp(start),
            end_time=timestamp(end),
            granularity=granularity,
            aggregation=aggregation,
            path=path,
            branch=branch,
        )
        response = await self._calls.unary(self._stub.QueryMetrics, request)
        return response.series

    async def trends(
        self,
        project: str,
        metrics: Iterable[str] = (),
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        branch: str = "",
    ) -> Sequence[Trend]:
        """Where metrics are heading: the usual ones of the main line over 30 days unless told otherwise."""
        request = GetTrendsRequest(
            parent=project,
            metrics=metrics,
            start_time=timestamp(start),
            end_time=timestamp(end),
            branch=branch,
        )
        response = await self._calls.unary(self._stub.GetTrends, request)
        return response.trends

    async def aggregate(
        self, metric: str, projects: Iterable[str] = (), *, leader_count: int = 0
    ) -> AggregateMetricsResponse:
        """How a metric is spread over projects, all of them unless some are named, and who leads."""
        request = AggregateMetricsRequest(
            metric=metric, projects=projects, leader_count=leader_count
        )
        return await self._calls.unary(self._stub.AggregateMetrics, request)

    def watch(
        self,
        project: str,
        metrics: Iterable[str] = (),
        *,
        branch: str = "",
        options: WatchOptions | None = None,
    ) -> Stream[MetricsSnapshot]:
        """The metrics of a project's branch, and each time they change, for as long as they are read.

        A broken connection is resumed with the metrics as they are by then: changes that happened and were
        outdated while there was none may be missing, and what is known already does not come again.
        """
        cursor = MetricsCursor(project, metrics, branch, options or WatchOptions())
        return self._calls.stream(self._stub.WatchMetrics, cursor)
