"""Writes what came of an analysis, in the format that was asked for."""

from __future__ import annotations

import sys

from flext.quality.v1.analysis_pb2 import Analysis
from flext_quality.cli.analyses.progress import Progress
from flext_quality.cli.analyses.summary import summarize
from flext_quality.cli.analyses.summary_view import Where, render_summary
from flext_quality.cli.json_output import write_analysis
from flext_quality.cli.output import Output
from flext_quality.cli.server_access import Access
from flext_quality.cli.terminal import console_for, print_whole


async def write_result(
    output_format: str, access: Access, analysis: Analysis, progress: Progress, output: Output
) -> None:
    """JSON goes to `output`; text to standard output and, where that is another place, to `output`."""
    findings = access.client.findings(analysis.name)
    if output_format == "json":
        await write_analysis(output, analysis, findings)
        return
    summary = await summarize(analysis, findings)
    for stream in {sys.stdout: None, output.stream: None}:
        console = console_for(stream)
        view = render_summary(summary, progress, where(access, analysis), console)
        print_whole(console, view)


def where(access: Access, analysis: Analysis) -> Where:
    """Where the data lies and how to come back to it."""
    place = ("Data", str(access.data_dir)) if access.data_dir else ("Server", access.server)
    server = [f"--server {access.server}"] if access.server else []
    return Where(
        places=[place, ("Analysis", analysis.name)],
        commands=[
            [f"flext-quality {command}", analysis.name, *server]
            for command in ("findings", "watch")
        ],
    )
