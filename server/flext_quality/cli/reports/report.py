"""`flext-quality report`: writes a report into a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flext.quality.v1.report_pb2 import ReportFormat, ReportKind
from flext_quality.cli.command import asking
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import CommandFailedError, check_analysis_name
from flext_quality.cli.projects.project_argument import find_project
from flext_quality.cli.text import clean

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

    `output_format` is one of `FORMATS` or the name of a plugin's, `server` is empty for an embedded one,
    `output` None for the name that the server gives.
    """

    project: str
    kind: str
    output_format: str
    analysis: str
    base: str
    output: Path | None
    server: str


async def report(options: ReportOptions) -> ExitCode:
    """Writes the report and says where it is."""
    for name in filter(None, (options.analysis, options.base)):
        check_analysis_name(name)
    async with asking(options.server) as (reached, output):
        project = await find_project(reached.client, options.project)
        made = reached.client.report(
            project.name,
            KINDS[options.kind],
            FORMATS.get(options.output_format, options.output_format),
            analysis=options.analysis,
            base_analysis=options.base,
        )
        try:
            path = await made.save(options.output or Path())
        except OSError as error:
            raise CommandFailedError(
                ExitCode.CANNOT_CREATE,
                f"cannot write {options.output or 'a file here'}: {error.strerror}",
            ) from None
        output.write(f"{clean(str(path))}\n")
    return ExitCode.OK
