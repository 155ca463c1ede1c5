"""Reports between the use case and protobuf."""

from __future__ import annotations

from flext.quality.v1 import report_service_pb2 as pb
from flext_quality.application.reports.generate_report import ReportPiece, ReportQuery
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.reports.report import ReportFormat, ReportKind
from flext_quality.rpc.named_analysis import named_analysis
from flext_quality.rpc.values_mapping import optional_time


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
        analysis=named_analysis(project, request.analysis, has_branch=bool(request.branch)),
        base=named_analysis(project, request.base_analysis, "base_analysis"),
        start=optional_time(request, "start_time"),
        branch=request.branch,
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
