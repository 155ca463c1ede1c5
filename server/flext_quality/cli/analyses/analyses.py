"""`flext-quality analyses`: lists a project's analyses and deletes one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from flext.quality.v1.analysis_pb2 import Analysis, AnalysisState
from flext_quality.cli import words
from flext_quality.cli.analyses.revisions import revision_words
from flext_quality.cli.command import asking, print_json
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import check_analysis_name
from flext_quality.cli.project_argument import find_project
from flext_quality.cli.text import clean

STATES = {
    "pending": AnalysisState.ANALYSIS_STATE_PENDING,
    "running": AnalysisState.ANALYSIS_STATE_RUNNING,
    "succeeded": AnalysisState.ANALYSIS_STATE_SUCCEEDED,
    "failed": AnalysisState.ANALYSIS_STATE_FAILED,
    "cancelled": AnalysisState.ANALYSIS_STATE_CANCELLED,
}


@dataclass(frozen=True)
class AnalysisListOptions:
    """Which analyses the user asked for. `server` is empty for an embedded one.

    `branch` is None for any, `state` empty for any.
    """

    project: str
    server: str
    output_format: str
    branch: str | None = None
    commit: str = ""
    pull_request: str = ""
    state: str = ""


async def list_analyses(options: AnalysisListOptions) -> ExitCode:
    """Prints the analyses, newest first, one in a line."""
    async with asking(options.server) as (reached, output):
        project = await find_project(reached.client, options.project)
        async for analysis in reached.client.analyses.list(
            project.name,
            states=[STATES[options.state]] if options.state else [],
            branch=options.branch,
            commit=options.commit,
            pull_request=options.pull_request,
        ):
            if options.output_format == "json":
                print_json(output, analysis)
            else:
                output.write(analysis_line(analysis) + "\n")
    return ExitCode.OK


def analysis_line(analysis: Analysis) -> str:
    """An analysis in one line, with its name last."""
    parts = [
        analysis.create_time.ToDatetime(UTC).strftime("%Y-%m-%d %H:%M"),
        f"{words.analysis_state(analysis.state):<9}",
    ]
    if analysis.HasField("score") and analysis.score.HasField("overall"):
        parts.append(f"{analysis.score.overall:.1f} {words.grade(analysis.score.grade)[0]},")
    if analysis.HasField("gate"):
        parts.append(f"gate {words.gate_status(analysis.gate.status)},")
    return " ".join([*parts, f"{revision_words(analysis.revision)}  {clean(analysis.name)}"])


async def delete_analysis(name: str, server: str) -> ExitCode:
    """Deletes an analysis."""
    check_analysis_name(name)
    async with asking(server) as (reached, output):
        await reached.client.analyses.delete(name)
        output.write(f"deleted {name}\n")
    return ExitCode.OK
