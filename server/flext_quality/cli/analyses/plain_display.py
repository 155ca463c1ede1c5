"""Progress as plain lines, one for each event: for logs and pipes."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

from flext.quality.v1.analysis_event_pb2 import AnalysisEvent, FilesSkipped
from flext.quality.v1.analysis_pb2 import AnalyzerOutcome
from flext.quality.v1.finding_pb2 import Finding, Location
from flext_quality.cli import words
from flext_quality.cli.failures import OutputClosedError
from flext_quality.cli.text import clean, counted, seconds

_EXAMPLES = 3
_PROGRESS_STEP = 10
"""Per cent. Lines that tell less progress than this since the last one are left out."""

Line = tuple[str, str]
"""Who does something (an analyzer, or "" for the analysis itself), and what; both clean."""


class PlainDisplay:
    """Writes to `stream` what happens."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._told: dict[str, int] = {}

    def begin(self, what: str) -> None:
        """Says what is being done."""
        self._write(("", clean(what)))

    def tick(self) -> None:
        """Time alone is no news in a log."""

    def note(self, text: str) -> None:
        """Says something that is no event."""
        self._write(("", clean(text)))

    def end(self) -> None:
        """Nothing has to be cleared away."""

    def show(self, event: AnalysisEvent) -> None:
        """Tells an event."""
        kind = event.WhichOneof("kind")
        if kind == "analyzer_progressed" and not self._is_news(event):
            return
        for line in _LINES[kind](event) if kind in _LINES else ():
            self._write(line)

    def _is_news(self, event: AnalysisEvent) -> bool:
        progressed = event.analyzer_progressed
        step = _percent(event) // _PROGRESS_STEP
        if self._told.get(progressed.analyzer) == step:
            return False
        self._told[progressed.analyzer] = step
        return True

    def _write(self, line: Line) -> None:
        who, what = line
        try:
            self._stream.write(f"{who:<8} {what}\n" if who else f"{what}\n")
            self._stream.flush()
        except BrokenPipeError:
            raise OutputClosedError from None


def location(place: Finding | Location) -> str:
    """Where it is, as `path:line:column` as far as this is known."""
    cell = 0 if isinstance(place, Location) else place.cell
    text = f":cell {cell}" if cell else ""
    if place.line:
        text += f":{place.line}" + (f":{place.column}" if place.column else "")
    return clean(place.path) + text


def finding_line(finding: Finding) -> str:
    """A finding in one line, with its place first as editors and people expect it."""
    severity = words.severity_word(finding.severity).field
    what = f"{clean(finding.analyzer)} {clean(finding.rule)}: {clean(finding.message)}"
    return f"{location(finding)}: {severity}: {what}"


def _queued(event: AnalysisEvent) -> list[Line]:
    return [("", f"queued: {clean(', '.join(event.analysis_queued.analyzers))}")]


def _attempt(event: AnalysisEvent) -> list[Line]:
    attempt = event.attempt_started.attempt
    return [("", "started" if attempt == 1 else f"started again (attempt {attempt})")]


def _interrupted(event: AnalysisEvent) -> list[Line]:
    return [("", f"interrupted: {clean(event.attempt_interrupted.message)}")]


def _prepared(event: AnalysisEvent) -> list[Line]:
    source = event.source_prepared
    line = f"{counted(source.file_count, 'file')}, {counted(source.lines_of_code, 'line')} of code"
    if source.skipped_file_count:
        line += f", {source.skipped_file_count:,} left out"
    return [("", line)]


def _skipped(event: AnalysisEvent) -> list[Line]:
    skipped = event.files_skipped
    return [(clean(skipped.analyzer), skipped_line(skipped))]


def skipped_line(skipped: FilesSkipped) -> str:
    """How many files are left out, why, and some of them."""
    shown = [clean(path) for path in skipped.paths[:_EXAMPLES]]
    if len(skipped.paths) > _EXAMPLES:
        shown.append("...")
    why = words.skip_reason(skipped.reason)
    detail = f"; {clean(skipped.detail)}" if skipped.detail else ""
    return f"{counted(len(skipped.paths), 'file')} left out ({why}{detail}): {', '.join(shown)}"


def _ignored(event: AnalysisEvent) -> list[Line]:
    ignored = event.configuration_ignored
    what = f"{ignored.option} in {ignored.path} is not used: {ignored.message}"
    return [(clean(ignored.analyzer), clean(what))]


def _started(event: AnalysisEvent) -> list[Line]:
    started = event.analyzer_started
    what = f"{clean(started.version)} started on {counted(started.file_count, 'file')}".lstrip()
    return [(clean(started.analyzer), what)]


def _progressed(event: AnalysisEvent) -> list[Line]:
    progressed = event.analyzer_progressed
    total = counted(progressed.files_total, "file")
    what = f"{progressed.files_done:,} of {total} ({_percent(event)}%)"
    return [(clean(progressed.analyzer), what)]


def _percent(event: AnalysisEvent) -> int:
    progressed = event.analyzer_progressed
    return 100 * progressed.files_done // max(progressed.files_total, 1)


def _findings(event: AnalysisEvent) -> list[Line]:
    reported = event.findings_reported
    who = clean(reported.analyzer)
    found = counted(reported.finding_count, "finding")
    counts = words.severity_list(reported.severity_counts)
    total = f"; {reported.total_finding_count:,} so far"
    lines = [(who, f"{found} ({counts}){total}")]
    return lines + [("", f"  {finding_line(finding)}") for finding in reported.highlights]


def _finished(event: AnalysisEvent) -> list[Line]:
    outcome = event.analyzer_finished.outcome
    return [(clean(outcome.analyzer), outcome_line(outcome))]


def outcome_line(outcome: AnalyzerOutcome) -> str:
    """How an analyzer fared, and why if it did not do its work."""
    line = f"{words.analyzer_state(outcome.state)}: {counted(outcome.finding_count, 'finding')}"
    if outcome.HasField("duration"):
        line += f" in {seconds(outcome.duration.ToNanoseconds() / 1e9)}"
    if outcome.HasField("error"):
        line += f" - {clean(outcome.error.message)}"
    return line


def _ended(event: AnalysisEvent) -> list[Line]:
    return [("", f"analysis {words.analysis_state(event.analysis_finished.analysis.state)}")]


_LINES: dict[str, Callable[[AnalysisEvent], list[Line]]] = {
    "analysis_queued": _queued,
    "attempt_started": _attempt,
    "attempt_interrupted": _interrupted,
    "source_prepared": _prepared,
    "files_skipped": _skipped,
    "configuration_ignored": _ignored,
    "analyzer_started": _started,
    "analyzer_progressed": _progressed,
    "findings_reported": _findings,
    "analyzer_finished": _finished,
    "analysis_finished": _ended,
}
