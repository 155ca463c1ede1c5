"""Times, counts and failures between the domain and protobuf."""

from __future__ import annotations

from datetime import datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from flext.quality.v1 import analysis_pb2, heartbeat_pb2, severity_pb2
from flext_quality.domain.findings.finding import SeverityCounts
from flext_quality.domain.findings.outcome import Failure


def timestamp(time: datetime | None) -> Timestamp | None:
    """The protobuf time; None stays unset."""
    if time is None:
        return None
    message = Timestamp()
    message.FromDatetime(time)
    return message


def duration(span: timedelta | None) -> Duration | None:
    """The protobuf duration; None stays unset."""
    if span is None:
        return None
    message = Duration()
    message.FromTimedelta(span)
    return message


def severity_counts(counts: SeverityCounts) -> severity_pb2.SeverityCounts:
    """The counts, field by field."""
    return severity_pb2.SeverityCounts(
        critical=counts.critical,
        high=counts.high,
        medium=counts.medium,
        low=counts.low,
        info=counts.info,
    )


def analysis_error(failure: Failure | None) -> analysis_pb2.AnalysisError | None:
    """The failure; None stays unset."""
    if failure is None:
        return None
    return analysis_pb2.AnalysisError(
        reason=f"ERROR_REASON_{failure.reason.value}",
        message=failure.message,
        metadata=failure.metadata,
    )


def heartbeat(progress: heartbeat_pb2.AnalysisProgress | None = None) -> heartbeat_pb2.Heartbeat:
    """A heartbeat of now; `progress` is that of an analysis that is watched."""
    message = heartbeat_pb2.Heartbeat(analysis_progress=progress)
    message.time.GetCurrentTime()
    return message
