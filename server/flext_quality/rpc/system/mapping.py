"""What a server tells of itself, as protobuf."""

from __future__ import annotations

from google.protobuf.duration_pb2 import Duration

from flext.quality.v1 import error_reason_pb2
from flext.quality.v1 import system_service_pb2 as pb
from flext_quality.application.system.get_server_info import (
    AnalyzerInfo,
    FormatInfo,
    ServerInfo,
    ServerLimits,
)
from flext_quality.domain.reports.report import ReportFormat


def server_info_to_proto(info: ServerInfo) -> pb.ServerInfo:
    """The message."""
    return pb.ServerInfo(
        version=info.facts.version,
        service_name=info.facts.service_name,
        capabilities=info.capabilities,
        limits=_limits(info.facts.limits),
        analyzers=[_analyzer(analyzer) for analyzer in info.analyzers],
        report_formats=[_format(known) for known in info.formats],
    )


def _limits(limits: ServerLimits) -> pb.ServerLimits:
    timeout = Duration()
    timeout.FromTimedelta(limits.unary_timeout)
    return pb.ServerLimits(
        default_page_size=limits.default_page_size,
        default_findings_page_size=limits.default_findings_page_size,
        max_page_size=limits.max_page_size,
        max_request_bytes=limits.max_request_bytes,
        max_attachment_bytes=limits.max_attachment_bytes,
        max_concurrent_analyses=limits.max_concurrent_analyses,
        max_queued_analyses=limits.max_queued_analyses,
        max_file_bytes=limits.max_file_bytes,
        max_files=limits.max_files,
        max_total_bytes=limits.max_total_bytes,
        max_report_bytes=limits.max_report_bytes,
        unary_timeout=timeout,
    )


def _analyzer(analyzer: AnalyzerInfo) -> pb.AnalyzerInfo:
    message = pb.AnalyzerInfo(
        name=analyzer.name,
        tool_version=analyzer.tool_version,
        enabled=analyzer.enabled,
        plugin=analyzer.plugin,
    )
    if analyzer.unavailable is not None:
        reason = f"ERROR_REASON_{analyzer.unavailable.value}"
        number = error_reason_pb2.ErrorReason.Value(reason)
        message.unavailable_reason = number  # type: ignore[assignment]  # an enum's number
    return message


def _format(known: FormatInfo) -> pb.ReportFormatInfo:
    kinds = [kind.value for kind in known.kinds]
    message = pb.ReportFormatInfo(media_type=known.media_type)
    message.kinds.extend(kinds)  # type: ignore[arg-type]  # an enum's number
    if isinstance(known.format, ReportFormat):
        message.format = known.format.value  # type: ignore[assignment]  # as above
        message.name = known.format.name.lower()
    else:
        message.name = known.format
    return message
