"""`flext-quality report`: writes a report into a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flext.quality.v1.report_pb2 import ReportFormat, ReportKind

KINDS = {
    "executive": ReportKind.REPORT_KIND_EXECUTIVE,
    "technical": ReportKind.REPORT_KIND_TECHNICAL,
    "trend": ReportKind.REPORT_KIND_TREND,
    "comparison": ReportKind.REPORT_KIND_COMPARISON,
}
FORMATS = {
    "html": ReportFormat.REPORT_FORMAT_HTML,
    "markdown": ReportFormat.REPORT_FORMAT_MARKDOWN,
    "json": ReportFormat.REPORT_FORMAT_JSON,
    "sarif": ReportFormat.REPORT_FORMAT_SARIF,
    "pdf": ReportFormat.REPORT_FORMAT_PDF,
}


@dataclass(frozen=True)
class ReportOptions:
    """What the user asked for.

    `server` is empty for an embedded one, `output` None for the name that the server gives.
    """

    project: str
    kind: str
    output_format: str
    analysis: str
    base: str
    output: Path | None
    server: str
