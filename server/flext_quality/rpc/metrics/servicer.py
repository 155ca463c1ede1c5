"""MetricsService."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import grpc

from flext.quality.v1 import metrics_service_pb2 as pb
from flext.quality.v1 import metrics_service_pb2_grpc as pb_grpc
from flext_quality.application.metrics.aggregate_metrics import AggregateMetrics
from flext_quality.application.metrics.get_project_metrics import GetProjectMetrics
from flext_quality.application.metrics.get_trends import GetTrends
from flext_quality.application.metrics.list_path_measures import ListPathMeasures
from flext_quality.application.metrics.query_metrics import QueryMetrics
from flext_quality.application.metrics.watch_metrics import WatchMetrics
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.metrics.metric_keys import METRICS
from flext_quality.rpc.metrics.mapping import metrics_to_proto, path_measures_to_proto
from flext_quality.rpc.metrics.series_mapping import (
    aggregate_to_proto,
    descriptor_to_proto,
    query_from_proto,
    series_to_proto,
    time_range,
    trend_to_proto,
    update_to_proto,
)
from flext_quality.rpc.page_tokens import make_token, read_token


@dataclass(frozen=True)
class MetricsServicer(pb_grpc.MetricsServiceServicer):
    """Decodes, calls the use case, encodes."""

    get_project_metrics: GetProjectMetrics
    query_metrics: QueryMetrics
    get_trends: GetTrends
    aggregate_metrics: AggregateMetrics
    watch_metrics: WatchMetrics
    list_path_measures: ListPathMeasures

    async def GetProjectMetrics(
        self,
        request: pb.GetProjectMetricsRequest,
        context: grpc.aio.ServicerContext[
            pb.GetProjectMetricsRequest, pb.GetProjectMetricsResponse
        ],
    ) -> pb.GetProjectMetricsResponse:
        """See the contract."""
        project = ProjectName.parse(request.parent, "parent")
        metrics = await self.get_project_metrics(project, _analysis_of(project, request.analysis))
        return pb.GetProjectMetricsResponse(metrics=metrics_to_proto(metrics))

    async def ListMetricDescriptors(
        self,
        request: pb.ListMetricDescriptorsRequest,
        context: grpc.aio.ServicerContext[
            pb.ListMetricDescriptorsRequest, pb.ListMetricDescriptorsResponse
        ],
    ) -> pb.ListMetricDescriptorsResponse:
        """See the contract."""
        descriptors = [descriptor_to_proto(one) for one in METRICS.values()]
        return pb.ListMetricDescriptorsResponse(metric_descriptors=descriptors)

    async def ListPathMeasures(
        self,
        request: pb.ListPathMeasuresRequest,
        context: grpc.aio.ServicerContext[pb.ListPathMeasuresRequest, pb.ListPathMeasuresResponse],
    ) -> pb.ListPathMeasuresResponse:
        """See the contract."""
        project = ProjectName.parse(request.parent, "parent")
        analysis, page = await self.list_path_measures(
            project,
            _analysis_of(project, request.analysis),
            path_prefix=request.path_prefix,
            depth=request.depth,
            page_size=request.page_size,
            cursor=read_token(request, "page_token"),
        )
        return pb.ListPathMeasuresResponse(
            paths=[path_measures_to_proto(one) for one in page.items],
            next_page_token=make_token(request, page.next_cursor),
            analysis=str(analysis),
        )

    async def QueryMetrics(
        self,
        request: pb.QueryMetricsRequest,
        context: grpc.aio.ServicerContext[pb.QueryMetricsRequest, pb.QueryMetricsResponse],
    ) -> pb.QueryMetricsResponse:
        """See the contract."""
        series = await self.query_metrics(query_from_proto(request))
        return pb.QueryMetricsResponse(series=series_to_proto(series))

    async def GetTrends(
        self,
        request: pb.GetTrendsRequest,
        context: grpc.aio.ServicerContext[pb.GetTrendsRequest, pb.GetTrendsResponse],
    ) -> pb.GetTrendsResponse:
        """See the contract."""
        start, end = time_range(request)
        trends = await self.get_trends(
            ProjectName.parse(request.parent, "parent"),
            metrics=request.metrics,
            start=start,
            end=end,
        )
        return pb.GetTrendsResponse(trends=[trend_to_proto(*one) for one in trends.items()])

    async def AggregateMetrics(
        self,
        request: pb.AggregateMetricsRequest,
        context: grpc.aio.ServicerContext[pb.AggregateMetricsRequest, pb.AggregateMetricsResponse],
    ) -> pb.AggregateMetricsResponse:
        """See the contract."""
        aggregate = await self.aggregate_metrics(
            request.metric,
            projects=[ProjectName.parse(name, "projects") for name in request.projects],
            leader_count=request.leader_count,
        )
        return aggregate_to_proto(aggregate)

    async def WatchMetrics(
        self,
        request: pb.WatchMetricsRequest,
        context: grpc.aio.ServicerContext[pb.WatchMetricsRequest, pb.WatchMetricsResponse],
    ) -> AsyncIterator[pb.WatchMetricsResponse]:
        """See the contract."""
        await context.send_initial_metadata(())
        project, wanted = ProjectName.parse(request.parent, "parent"), frozenset(request.metrics)
        interval: timedelta | None = None
        if request.HasField("heartbeat_interval"):
            interval = request.heartbeat_interval.ToTimedelta()
        async for update in self.watch_metrics(project, request.metrics, heartbeat=interval):
            yield update_to_proto(project, update, wanted)


def _analysis_of(project: ProjectName, text: str) -> AnalysisName | None:
    """The analysis that a request names, if it does.

    Raises:
        InvalidFieldError: it is another project's.
    """
    analysis = AnalysisName.parse(text, "analysis") if text else None
    if analysis is not None and analysis.project != project:
        raise invalid_field("analysis", f"must be an analysis of {project}")
    return analysis
