"""`flext-quality watch`: attaches to an analysis, running or ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from flext.quality.v1.analysis_event_pb2 import AnalysisEvent
from flext_quality.cli.analyses.follow import display_of_format, exit_code_of, follow, watch_options
from flext_quality.cli.analyses.progress import Progress
from flext_quality.cli.analyses.result import write_result
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import check_analysis_name, failure_of
from flext_quality.cli.interrupts import Interrupts
from flext_quality.cli.json_output import to_json
from flext_quality.cli.output import Output, open_output
from flext_quality.cli.server_access import Access, access
from flext_quality_client import QualityError


@dataclass(frozen=True)
class WatchCommand:
    """What the user asked for. `server` is empty for an embedded one."""

    analysis: str
    server: str
    after: int
    output_format: str


async def watch(command: WatchCommand) -> ExitCode:
    """Runs the command. Ctrl-C leaves; the analysis goes on.

    Raises:
        CommandFailedError: there is no such analysis or server.
        OutputClosedError: nobody reads the output.
    """
    check_analysis_name(command.analysis)
    try:
        with open_output(None) as output, Interrupts():
            async with access(command.server, None) as reached:
                return await _watch(command, reached, output)
    except QualityError as error:
        raise failure_of(error, command.server) from error


async def _watch(command: WatchCommand, reached: Access, output: Output) -> ExitCode:
    # Whether there is one, before anything is shown.
    await reached.client.analyses.get(command.analysis)
    progress = Progress()
    display = display_of_format(progress, command.output_format)
    options = watch_options(progress, display)
    events = reached.client.watch(command.analysis, command.after, options=options)
    if command.output_format == "json":
        events = _as_lines(events, output)
    display.begin(f"Watching {command.analysis.rpartition('/')[2]}")
    async with aclosing(events):  # type: ignore[type-var]  # a generator
        await follow(events, progress, display)
    analysis = progress.final or await reached.client.analyses.get(command.analysis)
    if command.output_format != "json":
        await write_result("text", reached, analysis, progress, output)
    return exit_code_of(analysis)


async def _as_lines(
    events: AsyncIterator[AnalysisEvent], output: Output
) -> AsyncIterator[AnalysisEvent]:
    async for event in events:
        output.write(to_json(event) + "\n")
        output.flush()
        yield event
