"""`flext-quality analyze`: analyses a path on a server and shows what comes of it."""

from __future__ import annotations

import os
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path

from flext.quality.v1.analysis_service_pb2 import Attachment
from flext_quality.cli.analyses.follow import (
    Display,
    display_of_format,
    exit_code_of,
    follow,
    watch_options,
)
from flext_quality.cli.analyses.progress import Progress
from flext_quality.cli.analyses.result import write_result
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import CommandFailedError, OutputClosedError, failure_of
from flext_quality.cli.interrupts import Interrupts
from flext_quality.cli.output import Output, open_output
from flext_quality.cli.server_access import Access, access
from flext_quality_client import AsyncAnalysisRun, QualityError


@dataclass(frozen=True)
class AnalyzeOptions:
    """What the user asked for. `server` is empty for an embedded one."""

    path: str
    server: str
    analyzers: tuple[str, ...]
    output_format: str
    output: Path | None
    attachments: tuple[Attachment, ...] = ()
    branch: str = ""


async def analyze(options: AnalyzeOptions) -> ExitCode:
    """Runs the command.

    Raises:
        CommandFailedError: there is no result.
        OutputClosedError: nobody reads the output; the analysis was cancelled.
    """
    path = _absolute(options.path)
    if not options.server and not path.exists():
        raise CommandFailedError(ExitCode.NO_INPUT, f"there is nothing at {options.path}")
    try:
        with open_output(options.output) as output, Interrupts() as interrupts:
            async with access(options.server, path) as reached:
                return await _analyze(options, path, reached, output, interrupts)
    except QualityError as error:
        raise failure_of(error, options.server) from error


async def _analyze(
    options: AnalyzeOptions, path: Path, reached: Access, output: Output, interrupts: Interrupts
) -> ExitCode:
    progress = Progress()
    display = display_of_format(progress, options.output_format)
    run = reached.client.analyze(
        path,
        options.analyzers,
        attachments=options.attachments,
        branch=options.branch,
        options=watch_options(progress, display),
    )
    await run.start()
    interrupts.on_first = lambda: _cancel(run, display)
    try:
        display.begin(f"Analyzing {path.name or path}")
        async with aclosing(aiter(run)) as events:  # type: ignore[type-var]  # a generator
            await follow(events, progress, display)
    except OutputClosedError:
        with suppress(QualityError):
            await run.cancel()
        raise
    interrupts.on_first = None
    await write_result(options.output_format, reached, run.analysis, progress, output)
    return interrupts.code or exit_code_of(run.analysis)


async def _cancel(run: AsyncAnalysisRun, display: Display) -> None:
    display.note("cancelling (Ctrl-C again to leave at once)")
    try:
        await run.cancel()
    except QualityError as error:
        # It may have ended in this moment, which the next event tells.
        display.note(f"cannot cancel: {error.message}")


def _absolute(path: str) -> Path:
    try:
        path.encode()
    except UnicodeEncodeError:
        raise CommandFailedError(
            ExitCode.USAGE, f"the path {os.fsencode(path)!r} is not UTF-8"
        ) from None
    # As the shell means it: "link/.." is where the shell is, not where the link leads.
    return Path(os.path.abspath(path))  # noqa: PTH100
