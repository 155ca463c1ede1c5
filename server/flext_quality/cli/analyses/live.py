"""Progress on a terminal: findings scroll by, and below them a table shows each analyzer."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from flext.quality.v1.analysis_event_pb2 import AnalysisEvent
from flext.quality.v1.analysis_pb2 import AnalyzerState
from flext.quality.v1.finding_pb2 import Finding
from flext_quality.cli import words
from flext_quality.cli.analyses.plain_display import location
from flext_quality.cli.analyses.progress import AnalyzerProgress, Progress
from flext_quality.cli.first_words import CLEAR_LINE
from flext_quality.cli.terminal import OutputConsole
from flext_quality.cli.text import clean, counted, seconds, shorten_end, shorten_middle

MAX_HIGHLIGHTS = 30
"""After so many findings the table's counts tell the others."""
_BAR = 8
_SPINS_PER_SECOND = 10
_WIDEST = 110
"""Columns. On wider terminals the table stays together."""


class LiveDisplay:
    """Draws `progress` again and again until `end`."""

    def __init__(
        self, console: OutputConsole, progress: Progress, clock: Callable[[], float] = time.time
    ) -> None:
        self._console = console
        self._progress = progress
        self._clock = clock
        self._title = ""
        self._note = ""
        self._highlights = 0
        # Drawn by `tick` alone, in the thread whose state it shows.
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def begin(self, what: str) -> None:
        """Says what is being done, and begins to draw."""
        self._title = what
        self._console.file.write(CLEAR_LINE)
        self._live.start()
        self.tick()

    def tick(self) -> None:
        """Draws anew."""
        width = min(self._console.width, _WIDEST)
        view = render(self._progress, self._title, self._note, self._console, width, self._clock())
        self._live.update(view, refresh=True)

    def note(self, text: str) -> None:
        """Shows a line below the table, until something happens."""
        self._note = text
        self.tick()

    def end(self) -> None:
        """Clears the table away."""
        self._live.stop()

    def show(self, event: AnalysisEvent) -> None:
        """Lets the event's findings scroll by and draws anew."""
        self._note = ""
        if event.WhichOneof("kind") == "findings_reported":
            for finding in event.findings_reported.highlights:
                self._highlight(finding)
        self.tick()

    def _highlight(self, finding: Finding) -> None:
        self._highlights += 1
        if self._highlights <= MAX_HIGHLIGHTS:
            line = highlight_line(finding, min(self._console.width, _WIDEST), self._console)
            self._console.print(line, no_wrap=True, crop=True)
        elif self._highlights == MAX_HIGHLIGHTS + 1:
            more = f"  {self._console.glyphs.ellipsis} more findings are counted below"
            self._console.print(Text(more, "dim"))


def render(
    progress: Progress, title: str, note: str, console: OutputConsole, width: int, now: float
) -> RenderableType:
    """The table with a line above and, if there is a note, one below. No line is wider than `width`."""
    glyphs = console.glyphs
    parts: list[RenderableType] = [Text(), _headline(progress, title, console, width)]
    table = Table.grid(padding=(0, 1), pad_edge=True)
    for justify in ("left", "left", "left", "left", "left", "right", "right"):
        table.add_column(justify=justify, no_wrap=True)
    for analyzer in progress.analyzers.values():
        table.add_row(*_row(progress, analyzer, console, now))
    parts.append(table)
    if note:
        parts.append(Text(" " + shorten_end(clean(note), width - 2, glyphs.ellipsis), "yellow"))
    return Group(*parts)


def highlight_line(finding: Finding, width: int, console: OutputConsole) -> Text:
    """`high  src/a.py:3:1 bandit B602 message`, in one line."""
    ellipsis = console.glyphs.ellipsis
    severity = words.severity_word(finding.severity)
    place = shorten_middle(location(finding), max(width * 2 // 5, 12), ellipsis)
    line = Text.assemble(
        (f" {severity.short:<4} ", severity.style),
        " ",
        (place, "bold"),
        " ",
        (f"{clean(finding.analyzer)} {clean(finding.rule)}", "magenta"),
        " ",
        clean(finding.message),
        no_wrap=True,
    )
    return _fit(line, width - 1, ellipsis)


def _fit(line: Text, width: int, ellipsis: str) -> Text:
    if line.cell_len > width:
        line.truncate(width - len(ellipsis))
        line.append(ellipsis)
    return line


def _headline(progress: Progress, title: str, console: OutputConsole, width: int) -> Text:
    glyphs = console.glyphs
    facts = _facts(progress)
    room = width - 2 - sum(len(fact) + 3 for fact in facts)
    line = Text.assemble(
        " ", (shorten_middle(clean(title), max(room, 16), glyphs.ellipsis), "bold")
    )
    for fact in facts:
        line.append(f" {glyphs.dot} {fact}")
    return _fit(line, width - 1, glyphs.ellipsis)


def _facts(progress: Progress) -> list[str]:
    facts = []
    if progress.queue_position:
        facts.append(f"number {progress.queue_position} in the queue")
    if progress.attempt > 1:
        facts.append(f"attempt {progress.attempt}")
    if progress.prepared:
        facts += [counted(progress.file_count, "file"), counted(progress.lines_of_code, "line")]
        if progress.skipped_file_count:
            facts.append(f"{progress.skipped_file_count:,} left out")
    elif progress.attempt and progress.final is None:
        facts.append("reading the code")
    return facts


def _row(
    progress: Progress, analyzer: AnalyzerProgress, console: OutputConsole, now: float
) -> list[Text]:
    state = words.analyzer_state(analyzer.state)
    style = words.STATE_STYLES.get(state, "")
    elapsed = progress.elapsed(analyzer, now)
    return [
        Text(_sign(state, console, now), style),
        Text(shorten_end(clean(analyzer.analyzer), 11, console.glyphs.ellipsis), "bold"),
        Text(shorten_end(clean(analyzer.version), 8, console.glyphs.ellipsis), "dim"),
        Text(state, style),
        _files(analyzer, state, console),
        Text(counted(analyzer.finding_count, "finding") if elapsed is not None else ""),
        Text("" if elapsed is None else seconds(elapsed), "dim"),
    ]


def _sign(state: str, console: OutputConsole, now: float) -> str:
    glyphs = console.glyphs
    if state == "running":
        return glyphs.spinner[int(now * _SPINS_PER_SECOND) % len(glyphs.spinner)]
    signs = {"succeeded": glyphs.done, "pending": glyphs.waiting, "skipped": glyphs.skipped}
    return signs.get(state, glyphs.failed)


def _files(analyzer: AnalyzerProgress, state: str, console: OutputConsole) -> Text:
    if state == "running" and analyzer.files_total:
        filled = _BAR * analyzer.files_done // analyzer.files_total
        return Text.assemble(
            (console.glyphs.bar * filled, "cyan"),
            (console.glyphs.bar_rest * (_BAR - filled), "dim"),
            f" {analyzer.files_done:,}/{analyzer.files_total:,}",
        )
    started = analyzer.state != AnalyzerState.ANALYZER_STATE_PENDING and analyzer.file_count
    return Text(counted(analyzer.file_count, "file") if started else "")
