"""Follows an analysis: every event goes into the progress and onto the display."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from typing import IO, Protocol

from flext.quality.v1.analysis_event_pb2 import AnalysisEvent
from flext.quality.v1.analysis_pb2 import Analysis, AnalysisState, AnalyzerState
from flext.quality.v1.quality_gate_pb2 import GateStatus
from flext_quality.cli.analyses.live import LiveDisplay
from flext_quality.cli.analyses.plain_display import PlainDisplay
from flext_quality.cli.analyses.progress import Progress
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.terminal import console_for, is_interactive
from flext_quality_client import QualityError, WatchOptions

_REDRAW_SECONDS = 0.1
_HEARTBEAT_SECONDS = 1.0
"""How soon a place in the queue is shown."""


class Display(Protocol):
    """Shows an analysis while it runs."""

    def begin(self, what: str) -> None:
        """Says what is being done."""
        ...

    def show(self, event: AnalysisEvent) -> None:
        """Tells an event, which the progress holds already."""
        ...

    def note(self, text: str) -> None:
        """Tells something that is no event."""
        ...

    def tick(self) -> None:
        """Some time went by."""
        ...

    def end(self) -> None:
        """Leaves the terminal as it was."""
        ...


class NoDisplay:
    """Shows nothing."""

    def begin(self, what: str) -> None:
        """Shows nothing."""

    def show(self, event: AnalysisEvent) -> None:
        """Shows nothing."""

    def note(self, text: str) -> None:
        """Shows nothing."""

    def tick(self) -> None:
        """Shows nothing."""

    def end(self) -> None:
        """Shows nothing."""


def display_for(progress: Progress, stream: IO[str], *, lines: bool) -> Display:
    """What suits `stream`: a live table on a terminal; elsewhere plain `lines`, or nothing."""
    if is_interactive(stream):
        return LiveDisplay(console_for(stream), progress)
    return PlainDisplay(stream) if lines else NoDisplay()


def display_of_format(progress: Progress, output_format: str) -> Display:
    """Text has its progress on standard output; JSON has that for itself."""
    if output_format == "json":
        return display_for(progress, sys.stderr, lines=False)
    return display_for(progress, sys.stdout, lines=True)


def watch_options(progress: Progress, display: Display) -> WatchOptions:
    """What the client shall tell beside the events."""

    def interrupted(error: QualityError) -> None:
        display.note(f"the connection broke, trying again ({error.message})")

    return WatchOptions(
        heartbeat_interval=_HEARTBEAT_SECONDS,
        on_heartbeat=progress.apply_heartbeat,
        on_interruption=interrupted,
    )


async def follow(
    events: AsyncIterator[AnalysisEvent], progress: Progress, display: Display
) -> None:
    """Goes on until the last event. Whatever happens, the display has ended then."""
    coming: asyncio.Future[AnalysisEvent | None] | None = None
    drawn = 0.0
    try:
        while True:
            coming = coming or asyncio.ensure_future(_next(events))
            await asyncio.wait({coming}, timeout=_REDRAW_SECONDS)
            if coming.done():
                event, coming = coming.result(), None
                if event is None:
                    return
                progress.apply(event, time.time())
                display.show(event)
            if time.monotonic() - drawn >= _REDRAW_SECONDS:
                display.tick()
                drawn = time.monotonic()
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.wait({coming})
        display.end()


async def _next(events: AsyncIterator[AnalysisEvent]) -> AnalysisEvent | None:
    return await anext(events, None)


_GOOD = (AnalyzerState.ANALYZER_STATE_SUCCEEDED, AnalyzerState.ANALYZER_STATE_SKIPPED)


def exit_code_of(analysis: Analysis) -> ExitCode:
    """Whether the analysis and all of its analyzers succeeded, and the code passes its gate."""
    succeeded = analysis.state == AnalysisState.ANALYSIS_STATE_SUCCEEDED
    if not succeeded or any(outcome.state not in _GOOD for outcome in analysis.outcomes):
        return ExitCode.NOT_SUCCEEDED
    return gate_exit_code(analysis.gate.status)


def gate_exit_code(status: GateStatus) -> ExitCode:
    """Whether the code passes its gate; a gate that was not evaluated keeps nobody."""
    if status in (GateStatus.GATE_STATUS_FAILED, GateStatus.GATE_STATUS_ERROR):
        return ExitCode.GATE_FAILED
    return ExitCode.OK
