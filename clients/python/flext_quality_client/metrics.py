"""Metrics over time and over projects: query, trends, aggregate, descriptors, watch."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import datetime

from flext.quality.v1.metrics_pb2 import (
    Aggregation,
    Granularity,
    MetricDescriptor,
    MetricSeries,
    Trend,
)
from flext.quality.v1.metrics_service_pb2 import (
    AggregateMetricsRequest,
    AggregateMetricsResponse,
    ListMetricDescriptorsRequest,
    MetricsSnapshot,
)
from flext.quality.v1.metrics_service_pb2_grpc import MetricsServiceStub
from flext_quality_client import requests
from flext_quality_client.cursors import MetricsCursor
from flext_quality_client.options import WatchOptions
from flext_quality_client.transport import Transport
from flext_quality_client.transport_aio import AsyncTransport


class MetricsOverTime:
    """Projects' metrics over time. Each method raises the errors that the contract names for its RPC.

    Times are datetimes; one without a zone is taken as UTC.
    """

    def __init__(self, transport: Transport) -> None:
        self._calls = transport
        self._stub = MetricsServiceStub(transport.channel)

    def descriptors(self) -> Sequence[MetricDescriptor]:
        """What every metric is, in the order of the keys."""
        request = ListMetricDescriptorsRequest()
        return self._calls.unary(self._stub.ListMetricDescriptors, request).metric_descriptors

    def query(
        self,
        project: str,
        metrics: Iterable[str],
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        granularity: Granularity = Granularity.GRANULARITY_UNSPECIFIED,
        aggregation: Aggregation = Aggregation.AGGREGATION_UNSPECIFIED,
        path: str = "",
    ) -> Sequence[MetricSeries]:
        """Metrics of "projects/{project}", or of one of its files or directories, from `start` up to `end`.

        By the day, and the last value of each, unless told otherwise. One series for each metric.
        """
        request = requests.query_metrics(
            project, metrics, start, end, granularity, aggregation, path
        )
        return self._calls.unary(self._stub.QueryMetrics, request).series

    def trends(
        self,
        project: str,
        metrics: Iterable[str] = (),
        *,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Sequence[Trend]:
        """Where metrics are heading: the usual ones over the last 30 days unless told otherwise."""
        request = requests.get_trends(project, metrics, start, end)
        return self._calls.unary(self._stub.GetTrends, request).trends

    def aggregate(
        self, metric: str, projects: Iterable[str] = (), *, leader_count: int = 0
    ) -> AggregateMetricsResponse:
        """How a metric is spread over projects, all of them unless some are named, and who leads."""
        request = AggregateMetricsRequest(
            metric=metric, projects=projects, leader_count=leader_count
        )
        return self._calls.unary(self._stub.AggregateMetrics, request)

    def watch(
        self, project: str, metrics: Iterable[str] = (), *, options: WatchOptions | None = None
    ) -> Iterator[MetricsSnapshot]:
        """The project's metrics as they are, and each time they change, for as long as they are read.

        A broken connection is resumed with the metrics as they are by then: changes that happened and were
        outdated while there was none may be missing, and what is known already does not come again. Of
        `options` the interruptions count; there are no heartbeats.
        """
        cursor = MetricsCursor(project, metrics, options or WatchOptions())
        return self._calls.stream(self._stub.WatchMetrics, cursor)


class AsyncMetricsOverTime:
    """As `MetricsOverTime`, for asyncio."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._calls = transport
        self._stub = MetricsServiceStub(transport.channel)

    async def descriptors(self) -> Sequence[MetricDescriptor]:
        """As `MetricsOverTime.descriptors`."""
        request = ListMetricDescriptorsRequest()
        return (
            await self._calls.unary(self._stub.ListMetricDescriptors, request)
        ).metric_descriptors

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
    ) -> Sequence[MetricSeries]:
        """As `MetricsOverTime.query`."""
        request = requests.query_metrics(
            project, metrics, start, end, granularity, aggregation, path
        )
        return (await self._calls.unary(self._stub.QueryMetrics, request)).series

    async def trends(
        self,
        project: str,
        metrics: Iterable[str] = (),
        *,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Sequence[Trend]:
        """As `MetricsOverTime.trends`."""
        request = requests.get_trends(project, metrics, start, end)
        return (await self._calls.unary(self._stub.GetTrends, request)).trends

    async def aggregate(
        self, metric: str, projects: Iterable[str] = (), *, leader_count: int = 0
    ) -> AggregateMetricsResponse:
        """As `MetricsOverTime.aggregate`."""
        request = AggregateMetricsRequest(
            metric=metric, projects=projects, leader_count=leader_count
        )
        return await self._calls.unary(self._stub.AggregateMetrics, request)

    def watch(
        self, project: str, metrics: Iterable[str] = (), *, options: WatchOptions | None = None
    ) -> AsyncIterator[MetricsSnapshot]:
        """As `MetricsOverTime.watch`."""
        cursor = MetricsCursor(project, metrics, options or WatchOptions())
        return self._calls.stream(self._stub.WatchMetrics, cursor)
