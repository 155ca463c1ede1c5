"""Shows what an ended analysis comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flext.quality.v1.analysis_pb2 import Analysis, AnalyzerOutcome, AnalyzerState
from flext.quality.v1.error_reason_pb2 import ErrorReason
from flext.quality.v1.severity_pb2 import SeverityCounts
from flext_quality.cli import words
from flext_quality.cli.analyses.progress import Progress
from flext_quality.cli.analyses.results_view import render_knowledge
from flext_quality.cli.analyses.summary import FileFigures, Summary
from flext_quality.cli.terminal import OutputConsole
from flext_quality.cli.text import clean, counted, seconds, shorten_end, shorten_middle

_WIDEST = 110
_GAP = 2
_SHORTEST_PATH = 12
"""Cells. Less than this of a path tells nobody anything."""
_FAILED = (AnalyzerState.ANALYZER_STATE_FAILED, AnalyzerState.ANALYZER_STATE_TIMED_OUT)
_NUMBERS = 48
"""Cells that the columns of numbers take in the table of files."""


@dataclass(frozen=True)
class Where:
    """Where an analysis's data lies.

    Attributes:
        places: labels and values.
        commands: what shows the data again; each in parts that stay together.
    """

    places: Sequence[tuple[str, str]]
    commands: Sequence[Sequence[str]]


def render_summary(
    summary: Summary, progress: Progress, where: Where, console: OutputConsole
) -> RenderableType:
    """Everything, in lines that fit the console as far as nothing to be copied is cut."""
    width = min(console.width, _WIDEST)
    parts: list[RenderableType] = [Text(), *_headlines(summary.analysis), Text()]
    parts.append(_fitted(_by_analyzer(summary.analysis, console), console, width))
    parts += _failures(summary.analysis)
    parts += render_knowledge(summary.analysis, console)
    if summary.worst:
        parts += [Text(), _worst_files(summary, console, width)]
    parts += _left_out(progress, width, console)
    parts += [Text(), *_where(where, width)]
    return Group(*parts)


def _headlines(analysis: Analysis) -> list[Text]:
    state = words.analysis_state(analysis.state)
    line = Text.assemble(" Analysis ", (state, words.STATE_STYLES.get(state, "")), style="bold")
    if analysis.HasField("start_time") and analysis.HasField("end_time"):
        took = (analysis.end_time.ToNanoseconds() - analysis.start_time.ToNanoseconds()) / 1e9
        line.append(f" in {seconds(took)}", "not bold")
    failed = [clean(o.analyzer) for o in analysis.outcomes if o.state in _FAILED]
    if failed and state == "succeeded":
        line.append(f", but {' and '.join(failed)} failed", "red")
    found = f" {counted(analysis.finding_count, 'finding')}"
    files = counted(analysis.file_count, "file")
    return [line, Text(f"{found} in {files}, {counted(analysis.lines_of_code, 'line')} of code")]


def _by_analyzer(analysis: Analysis, console: OutputConsole) -> Table:
    table = _table("Analyzer", "Version", "State")
    _add_severities(table)
    for title in ("total", "time"):
        table.add_column(title, justify="right", no_wrap=True)
    ellipsis = console.glyphs.ellipsis
    for outcome in analysis.outcomes:
        state = words.analyzer_state(outcome.state)
        table.add_row(
            Text(shorten_end(clean(outcome.analyzer), 11, ellipsis), "bold"),
            Text(shorten_end(clean(outcome.version), 8, ellipsis)),
            Text(state, words.STATE_STYLES.get(state, "")),
            *_severities(outcome.severity_counts),
            Text(f"{outcome.finding_count:,}", "bold"),
            Text(_duration(outcome), "dim"),
        )
    if len(analysis.outcomes) > 1:
        table.add_row(
            Text("all", "bold"),
            "",
            "",
            *_severities(analysis.severity_counts),
            Text(f"{analysis.finding_count:,}", "bold"),
            "",
        )
    return table


def _duration(outcome: AnalyzerOutcome) -> str:
    if not outcome.HasField("duration"):
        return ""
    return seconds(outcome.duration.ToNanoseconds() / 1e9)


def _failures(analysis: Analysis) -> list[RenderableType]:
    lines: list[RenderableType] = []
    missing = ErrorReason.ERROR_REASON_REPORT_MISSING
    if unread := [clean(o.analyzer) for o in analysis.outcomes if o.error.reason == missing]:
        what = f"{' and '.join(unread)}: not measured, for want of a report (--coverage, --sarif)"
        lines.append(Padding(Text(what, "dim"), (0, 1)))
    for outcome in analysis.outcomes:
        if outcome.HasField("error") and outcome.error.reason != missing:
            harmless = outcome.state == AnalyzerState.ANALYZER_STATE_SKIPPED
            what = clean(outcome.error.message)
            if not what.startswith(outcome.analyzer):
                what = f"{clean(outcome.analyzer)}: {what}"
            lines.append(Padding(Text(what, "dim" if harmless else "red"), (0, 1)))
    if analysis.HasField("error"):
        lines.append(Padding(Text(clean(analysis.error.message), "red"), (0, 1)))
    return [Text(), *lines] if lines else []


def _worst_files(summary: Summary, console: OutputConsole, width: int) -> Group:
    table = _table("Worst files")
    _add_severities(table)
    table.add_column("weight", justify="right", no_wrap=True)
    for file in summary.worst:
        table.add_row(*_file_row(file, console, max(width - _NUMBERS, 12)))
    parts: list[RenderableType] = [_fitted(table, console, width)]
    more = summary.file_count - len(summary.worst)
    if more:
        parts.append(Text(f" and {counted(more, 'more file')} with findings", "dim"))
    return Group(*parts)


def _file_row(file: FileFigures, console: OutputConsole, width: int) -> list[Text]:
    path = shorten_middle(clean(file.path), width, console.glyphs.ellipsis)
    counts = SeverityCounts(
        **{word.field: file.counts[severity] for severity, word in words.SEVERITIES.items()}
    )
    return [Text(path), *_severities(counts), Text(f"{file.weight:,}", "bold")]


def _left_out(progress: Progress, width: int, console: OutputConsole) -> list[RenderableType]:
    ellipsis = console.glyphs.ellipsis
    parts: list[RenderableType] = []
    if progress.skipped:
        parts += [Text(), Text(" Left out", "bold")]
    for (analyzer, reason), skipped in sorted(progress.skipped.items()):
        who = f"by {clean(analyzer)}" if analyzer else "by all"
        line = f" {who}: {counted(skipped.count, 'file')}, {words.skip_reason(reason)}"
        more = f", {ellipsis}" if skipped.count > 1 else ""
        room = width - 1 - cell_len(line) - cell_len(f" ({more})")
        if room >= _SHORTEST_PATH:
            line += f" ({shorten_middle(clean(skipped.example), room, ellipsis)}{more})"
        parts.append(Text(shorten_end(line, width - 1, ellipsis)))
    if progress.ignored:
        parts += [Text(), Text(" Configuration of the project that is not used", "bold")]
    for ignored in progress.ignored:
        line = f" {ignored.analyzer}: {ignored.option} in {ignored.path}: {ignored.message}"
        parts.append(Text(shorten_end(clean(line), width - 1, ellipsis)))
    return parts


def _where(where: Where, width: int) -> list[Text]:
    lines = [
        Text.assemble((f" {label:<9}", "dim"), clean(value), overflow="ignore", no_wrap=True)
        for label, value in where.places
    ]
    lines += [Text(), Text(" All findings, and the events again:", "dim")]
    for command in where.commands:
        # Whole words only: people copy these lines.
        line = f"   {clean(command[0])}"
        for words_together in command[1:]:
            if cell_len(line) + cell_len(words_together) + 3 > width:
                lines.append(Text(f"{line} \\", overflow="ignore", no_wrap=True))
                line = "    "
            line += f" {clean(words_together)}"
        lines.append(Text(line, overflow="ignore", no_wrap=True))
    return lines


def _table(*titles: str) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, _GAP, 0, 0), pad_edge=False)
    for title in titles:
        # These give way before any number does.
        table.add_column(title, overflow="ellipsis")
    return table


def _fitted(table: Table, console: OutputConsole, width: int) -> Padding:
    """The table with a margin on its left; closer together if it is too wide otherwise."""
    if console.measure(table).maximum > width - 1:
        table.padding = (0, 1, 0, 0)
    return Padding(table, (0, 0, 0, 1), expand=False)


def _add_severities(table: Table) -> None:
    for word in words.SEVERITIES.values():
        table.add_column(word.short, justify="right", no_wrap=True)


def _severities(counts: SeverityCounts) -> list[Text]:
    numbers = [(getattr(counts, word.field), word.style) for word in words.SEVERITIES.values()]
    return [Text(f"{n:,}", style if n else "dim") for n, style in numbers]
