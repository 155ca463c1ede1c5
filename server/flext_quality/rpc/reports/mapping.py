"""Reports between the use case and protobuf."""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from flext.quality.v1 import report_service_pb2 as pb
from flext_quality.application.reports.generate_report import ReportPiece, ReportQuery
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.reports.report import ReportFormat, ReportKind


def query_from_proto(request: pb.GenerateReportRequest) -> ReportQuery:
    """Which report is asked for.

    Raises:
        InvalidFieldError: an analysis is of another project, the time is not one, or not exactly one
            format is named.
    """
    project = ProjectName.parse(request.parent, "parent")
    return ReportQuery(
        project=project,
        kind=ReportKind(request.kind),
        format=_format(request),
        analysis=_analysis(project, request.analysis, "analysis"),
        base=_analysis(project, request.base_analysis, "base_analysis"),
        start=_time(request.start_time) if request.HasField("start_time") else None,
    )


def piece_to_proto(piece: ReportPiece) -> pb.GenerateReportResponse:
    """The message of a piece."""
    message = pb.GenerateReportResponse(chunk=piece.chunk)
    if piece.file is not None:
        message.info.media_type = piece.file.media_type
        message.info.file_name = piece.file.name
    return message


def _format(request: pb.GenerateReportRequest) -> ReportFormat | str:
    if bool(request.format) == bool(request.plugin_format):
        raise invalid_field("format", "exactly one of format and plugin_format has to be set")
    return request.plugin_format or ReportFormat(request.format)


def _time(message: Timestamp) -> datetime:
    try:
        return message.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise invalid_field("start_time", "must be in the years 1 to 9999") from None


def _analysis(project: ProjectName, text: str, field: str) -> AnalysisName | None:
    if not text:
        return None
    name = AnalysisName.parse(text, field)
    if name.project != project:
        raise invalid_field(field, f"must be an analysis of {project}")
    return name
