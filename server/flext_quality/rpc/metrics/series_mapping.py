"""Metrics over time and over projects between the domain and protobuf."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import cast

from google.protobuf.timestamp_pb2 import Timestamp

from flext.quality.v1 import metrics_pb2
from flext.quality.v1 import metrics_service_pb2 as pb
from flext_quality.application.metrics.aggregate_metrics import Aggregate
from flext_quality.application.metrics.query_metrics import MetricQuery, Series
from flext_quality.application.ports.measures import MetricUpdate
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.metrics.distribution import Distribution, HistogramBin
from flext_quality.domain.metrics.metric_keys import MetricDescriptor
from flext_quality.domain.metrics.time_series import Aggregation, Granularity
from flext_quality.domain.metrics.trend import Trend
from flext_quality.rpc.values_mapping import heartbeat, timestamp


def descriptor_to_proto(descriptor: MetricDescriptor) -> metrics_pb2.MetricDescriptor:
    """The message of what a metric is."""
    return metrics_pb2.MetricDescriptor(
        metric=descriptor.key,
        display_name=descriptor.display_name,
        unit=descriptor.unit,
        direction=cast("metrics_pb2.MetricDirection", descriptor.direction),
        description=descriptor.description,
        for_paths=descriptor.for_paths,
    )


def measures_to_proto(
    measures: Mapping[str, float], wanted: Collection[str] = ()
) -> list[metrics_pb2.Measure]:
    """The messages of measures, in the order of the keys; with `wanted`, of these alone."""
    return [
        metrics_pb2.Measure(metric=metric, value=measures[metric])
        for metric in sorted(measures)
        if not wanted or metric in wanted
    ]


def optional_time(message: Timestamp, *, is_set: bool, field: str) -> datetime | None:
    """The time of a field; None where it is not set.

    Raises:
        InvalidFieldError: the message is no time of the years 1 to 9999.
    """
    if not is_set:
        return None
    try:
        return message.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise invalid_field(field, "must be a time of the years 1 to 9999") from None


def time_range(
    request: pb.QueryMetricsRequest | pb.GetTrendsRequest,
) -> tuple[datetime | None, datetime | None]:
    """The request's start_time and end_time."""
    start = optional_time(
        request.start_time, is_set=request.HasField("start_time"), field="start_time"
    )
    end = optional_time(request.end_time, is_set=request.HasField("end_time"), field="end_time")
    return start, end


def query_from_proto(request: pb.QueryMetricsRequest) -> MetricQuery:
    """What a request asks for."""
    start, end = time_range(request)
    return MetricQuery(
        project=ProjectName.parse(request.parent, "parent"),
        metrics=list(request.metrics),
        start=start,
        end=end,
        granularity=Granularity(request.granularity or Granularity.DAY),
        aggregation=Aggregation(request.aggregation or Aggregation.LAST),
        path=request.path,
    )


def series_to_proto(series: Series) -> list[metrics_pb2.MetricSeries]:
    """The messages of metrics over time."""
    # The series have most of their times in common.
    distinct = {point.time for points in series.values() for point in points}
    times = {time: timestamp(time) for time in distinct}
    return [
        metrics_pb2.MetricSeries(
            metric=metric,
            points=[
                metrics_pb2.MetricPoint(time=times[time], value=value, count=count)
                for time, value, count in points
            ],
        )
        for metric, points in series.items()
    ]


def trend_to_proto(metric: str, trend: Trend) -> metrics_pb2.Trend:
    """The message of a trend."""
    return metrics_pb2.Trend(
        metric=metric,
        slope_per_day=trend.slope_per_day,
        first=trend.first,
        last=trend.last,
        change=trend.change,
        change_percent=trend.change_percent,
        minimum=trend.minimum,
        maximum=trend.maximum,
        count=trend.count,
        direction=cast("metrics_pb2.TrendDirection", trend.direction),
    )


def aggregate_to_proto(aggregate: Aggregate) -> pb.AggregateMetricsResponse:
    """The message of a metric over projects."""
    return pb.AggregateMetricsResponse(
        metric_descriptor=descriptor_to_proto(aggregate.descriptor),
        distribution=_distribution_to_proto(aggregate.distribution),
        leaders=_project_values(aggregate.leaders),
        trailers=_project_values(aggregate.trailers),
        total=aggregate.total,
        unmeasured_count=aggregate.unmeasured_count,
    )


def update_to_proto(
    project: ProjectName, update: MetricUpdate | None, wanted: Collection[str]
) -> pb.WatchMetricsResponse:
    """The message of metrics as they became; None is a heartbeat."""
    if update is None:
        return pb.WatchMetricsResponse(heartbeat=heartbeat())
    point = update.point
    snapshot = pb.MetricsSnapshot(
        analysis=str(AnalysisName(project.project_id, point.at.analysis_id)),
        time=timestamp(update.changed_at),
        measures=measures_to_proto(point.measures, wanted),
    )
    return pb.WatchMetricsResponse(snapshot=snapshot)


def _distribution_to_proto(distribution: Distribution | None) -> metrics_pb2.Distribution | None:
    if distribution is None:
        return None
    return metrics_pb2.Distribution(
        count=distribution.count,
        mean=distribution.mean,
        median=distribution.median,
        p10=distribution.p10,
        p25=distribution.p25,
        p75=distribution.p75,
        p90=distribution.p90,
        minimum=distribution.minimum,
        maximum=distribution.maximum,
        histogram=[_bin_to_proto(one) for one in distribution.histogram],
    )


def _bin_to_proto(one: HistogramBin) -> metrics_pb2.HistogramBin:
    return metrics_pb2.HistogramBin(lower=one.start, upper=one.end, count=one.count)


def _project_values(
    values: Iterable[tuple[ProjectName, float]],
) -> list[metrics_pb2.ProjectValue]:
    return [
        metrics_pb2.ProjectValue(project=str(project), value=value) for project, value in values
    ]
