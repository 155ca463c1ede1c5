from __future__ import annotations

import io
from collections.abc import AsyncIterator, Sequence

import pytest
from rich.cells import cell_len

from flext.quality.v1.analysis_event_pb2 import AnalysisEvent
from flext.quality.v1.finding_pb2 import Finding
from flext.quality.v1.severity_pb2 import Severity
from flext_quality.cli.analyses.live import MAX_HIGHLIGHTS, LiveDisplay, highlight_line, render
from flext_quality.cli.analyses.plain_display import PlainDisplay
from flext_quality.cli.analyses.progress import Progress
from flext_quality.cli.analyses.summary import summarize
from flext_quality.cli.analyses.summary_view import Where, render_summary
from flext_quality.cli.terminal import OutputConsole, console_for, print_whole
from tests.unit.cli.stories import (
    EVIL,
    NAME,
    START,
    final,
    finding,
    interrupted_story,
    whole_story,
)

WHERE = Where([("Data", "/data"), ("Analysis", NAME)], [["flext-quality findings", NAME]])
TITLE = f"Analyzing {EVIL} " + "long " * 30


class Paper(io.TextIOWrapper):
    """A stream that remembers, in an encoding, and may pass for a terminal."""

    def __init__(self, encoding: str = "utf-8", *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)
        self._terminal = terminal

    def isatty(self) -> bool:
        """Whether it passes for a terminal."""
        return self._terminal

    @property
    def text(self) -> str:
        """What was written."""
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(self.encoding)


def folded(events: Sequence[AnalysisEvent]) -> Progress:
    """What the events come to."""
    progress = Progress()
    for event in events:
        progress.apply(event, event.time.ToNanoseconds() / 1e9)
    return progress


def printed(progress: Progress, paper: Paper, width: int) -> str:
    """The live view on paper."""
    console = console_for(paper, width)
    console.print(render(progress, TITLE, f"note {EVIL} " * 9, console, width, START + 3600))
    return paper.text


def assert_fits(text: str, width: int) -> None:
    """No line is wider than `width`, and nothing in it is obeyed by a terminal."""
    assert not [line for line in text.splitlines() if cell_len(line) > width]
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\x9b" not in text


@pytest.mark.parametrize("width", [80, 60, 132])
@pytest.mark.parametrize("length", range(1, 17))
def test_the_live_view_fits_at_every_moment(width: int, length: int) -> None:
    """Whatever has happened, the table stays within the terminal."""
    assert_fits(printed(folded(whole_story()[:length]), Paper(), width), width)


def test_the_live_view_shows_what_matters_in_80_columns() -> None:
    """Analyzers, versions, states, progress, exact counts and times are all there."""
    text = printed(folded(whole_story()[:10]), Paper(), 80)
    bandit = next(line for line in text.splitlines() if "bandit" in line)
    for part in ("1.2.3", "running", "10,000/20,000", "167,770 findings"):
        assert part in bandit
    assert "20,000 files" in text
    assert "1,234,567 lines" in text


def test_waiting_and_repeated_attempts_are_told() -> None:
    """The place in the queue, and that the analysis was begun again."""
    progress = folded(interrupted_story())
    progress.queue_position = 3
    console = console_for(Paper(), 80)
    with console.capture() as shown:
        console.print(render(progress, "Analyzing x", "", console, 80, START))
    assert "number 3 in the queue · attempt 2 · reading the code" in shown.get()


@pytest.mark.parametrize("width", [80, 40])
def test_a_finding_is_one_line(width: int) -> None:
    """However long its path and message, and whatever they contain."""
    console = console_for(Paper(), width)
    line = highlight_line(finding(), width, console).plain
    assert_fits(line, width)
    assert 1 == len(line.splitlines())


def test_findings_scroll_by_up_to_a_limit() -> None:
    """A project with many findings does not flood the terminal: the table counts them."""
    paper = Paper(terminal=True)
    console = OutputConsole(file=paper, width=80, force_terminal=True, color_system=None)
    event = next(e for e in whole_story() if e.WhichOneof("kind") == "findings_reported")
    display = LiveDisplay(console, folded(whole_story()[:8]))
    display.begin("x")
    for _ in range(MAX_HIGHLIGHTS):
        display.show(event)
    display.end()
    assert MAX_HIGHLIGHTS == paper.text.count(" crit ") + paper.text.count(" info ")
    assert 1 == paper.text.count("more findings are counted below")


async def summary_text(
    paper: Paper, findings: Sequence[Finding], width: int | None = None, where: Where = WHERE
) -> str:
    """The summary of the whole story on paper."""

    async def stream() -> AsyncIterator[Finding]:
        for one in findings:
            yield one

    console = console_for(paper, width)
    summary = await summarize(final(), stream())
    print_whole(console, render_summary(summary, folded(whole_story()), where, console))
    return paper.text


def files(count: int) -> list[Finding]:
    """Findings in as many files, in the n-th n + 1 of them."""
    return [
        finding(path=f"{'long/' * 20}file_{n:03}.py", severity=Severity.SEVERITY_LOW)
        for n in range(count)
        for _ in range(n + 1)
    ]


async def test_the_summary_fits_in_80_columns() -> None:
    """With large counts, long paths and harmful text alike."""
    assert_fits(await summary_text(Paper(), [finding(), *files(30)]), 80)


async def test_the_summary_tells_everything() -> None:
    """Each analyzer with version, state, exact counts and time; what failed; what was left out."""
    text = await summary_text(Paper(), [finding()])
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.split()}
    counts = ["12,345", "23,456", "34,567", "45,678", "51,724", "167,770"]
    assert ["bandit", "1.2.3", "succeeded", *counts, "3.5", "s"] == rows["bandit"]
    assert ["all", *counts] == rows["all"]
    assert "Analysis succeeded in 2m 05s, but mypy failed" in text
    assert "167,770 findings in 20,000 files, 1,234,567 lines of code" in text
    assert "\n mypy ended with exit code 2" in text
    assert "\n ruff: nothing to do" in text
    assert "by mypy: 1 file, syntax error (a.py)" in text
    assert "mypy: plugins in pyproject.toml" in text
    assert NAME in text


async def test_the_worst_files_come_first_and_the_rest_is_counted() -> None:
    """Ten files by weight; the summary says how many more have findings."""
    text = await summary_text(Paper(), files(13))
    shown = [line for line in text.splitlines() if "file_0" in line]
    assert 10 == len(shown)
    assert "file_012.py" in shown[0]
    assert "26" == shown[0].split()[-1]
    assert "and 3 more files with findings" in text


async def test_commands_to_copy_stay_whole() -> None:
    """Where a command is too long for the line, it goes on as the shell understands it."""
    where = Where([], [["flext-quality findings", NAME, "--server unix:/run/q.sock"]])
    text = await summary_text(Paper(), [], where=where)
    name_line = f"     {NAME} \\"
    assert ["   flext-quality findings \\", name_line, "     --server unix:/run/q.sock"] == (
        text.splitlines()[-3:]
    )


async def test_colours_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """And none there either with NO_COLOR."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" not in await summary_text(Paper(), [finding()])
    assert "\x1b[1;31m" in await summary_text(Paper(terminal=True), [finding()], 80)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" not in await summary_text(Paper(terminal=True), [finding()], 80)


async def test_an_ascii_terminal_gets_ascii() -> None:
    """A stream that cannot write the signs gets others instead of an error."""
    text = printed(folded(whole_story()), Paper("ascii"), 80)
    assert text.isascii()
    assert " + bandit" in text


def test_plain_output_has_a_line_for_each_event() -> None:
    """Logs tell who did what, in order, without anything that a terminal obeys."""
    paper = Paper()
    display = PlainDisplay(paper)
    display.begin("Analyzing shop")
    for event in whole_story():
        display.show(event)
    lines = paper.text.splitlines()
    assert_fits(paper.text, 10_000)
    assert [
        "Analyzing shop",
        "queued: bandit, mypy, ruff",
        "started",
    ] == lines[:3]
    assert "20,000 files, 1,234,567 lines of code, 3 left out" in lines
    assert "bandit   1.2.3 started on 20,000 files" in lines
    assert "bandit   10,000 of 20,000 files (50%)" in lines
    assert "bandit   2 findings (1 critical, 1 info); 167,770 so far" in lines
    assert "ruff     skipped: 0 findings in 3.5 s - nothing to do" in lines
    assert "analysis succeeded" == lines[-1]


def test_plain_output_does_not_tell_every_file() -> None:
    """Progress is told in steps of ten per cent."""
    paper = Paper()
    display = PlainDisplay(paper)
    template = next(e for e in whole_story() if e.WhichOneof("kind") == "analyzer_progressed")
    for done in range(0, 20_001, 20):
        template.analyzer_progressed.files_done = done
        display.show(template)
    assert 11 == len(paper.text.splitlines())


def test_plain_output_tells_interruptions() -> None:
    """That an attempt came to nothing and another one began."""
    paper = Paper()
    display = PlainDisplay(paper)
    for event in interrupted_story():
        display.show(event)
    assert [
        "interrupted: the server stopped",
        "started again (attempt 2)",
    ] == paper.text.splitlines()[-2:]
