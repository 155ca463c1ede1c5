"""Shows what an analysis makes known: score and grade, quality gate, what is new and what is fixed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flext.quality.v1.analysis_pb2 import Analysis
from flext.quality.v1.issue_pb2 import IssueCounts
from flext.quality.v1.quality_gate_pb2 import ConditionState, GateResult
from flext.quality.v1.score_pb2 import Score
from flext_quality.cli import words
from flext_quality.cli.terminal import OutputConsole
from flext_quality.cli.text import clean, counted

_BAR = 20
"""Cells of a score's bar."""
_LABEL = 17
"""Cells; the longest name of a category has 15."""


def render_knowledge(analysis: Analysis, console: OutputConsole) -> list[RenderableType]:
    """Score, issues and gate; nothing of an analysis that has none."""
    parts: list[RenderableType] = []
    if analysis.HasField("score"):
        parts += [Text(), *render_score(analysis.score, console)]
    if analysis.HasField("issue_counts"):
        first = not analysis.previous_analysis
        parts += [Text(), render_issue_counts(analysis.issue_counts, is_first=first)]
    if analysis.HasField("gate"):
        parts += [Text(), *render_gate(analysis.gate, console)]
    return parts


def render_score(score: Score, console: OutputConsole) -> list[RenderableType]:
    """The overall score with its grade, and a bar for each category that was measured."""
    if not score.HasField("overall"):
        return [Text(" No score: nothing was measured, or there is no code", "dim")]
    letter, style = words.grade(score.grade)
    line = Text.assemble(
        (" Score ", "bold"), (f"{score.overall:.1f}", "bold"), " of 100, grade ", (letter, style)
    )
    if score.confidence < 1:
        line.append(f" (from {score.confidence:.0%} of what counts; the rest was not measured)")
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 0), pad_edge=False)
    glyphs = console.glyphs
    for one in score.categories:
        letter, style = words.grade(one.grade)
        filled = round(one.score / 100 * _BAR)
        bar = Text.assemble(
            (glyphs.bar * filled, style), (glyphs.bar_rest * (_BAR - filled), "dim")
        )
        name = f"{words.category(one.category):<{_LABEL}}"
        table.add_row(Text(name), bar, Text(f"{one.score:5.1f}"), Text(letter, style))
    return [line, Padding(table, (0, 0, 0, 1), expand=False)]


def render_issue_counts(counts: IssueCounts, *, is_first: bool) -> Text:
    """What is new, fixed and so on, in a line or two."""
    if is_first:
        line = Text.assemble(
            (f" {counted(counts.open_count, 'issue')}", "bold"), ", the first analysis"
        )
    else:
        line = Text.assemble((f" {counted(counts.open_count, 'open issue')}", "bold"), ": ")
        line.append(f"{counts.new_count:,} new", "bold yellow" if counts.new_count else "")
        if counts.new_count:
            line.append(f" ({counts.new_code_count:,} in new code)")
        line.append(", ").append(
            f"{counts.fixed_count:,} fixed", "green" if counts.fixed_count else ""
        )
        if counts.reopened_count:
            line.append(f", {counts.reopened_count:,} reopened", "yellow")
        if counts.moved_count:
            line.append(f", {counts.moved_count:,} moved")
    resolved = [
        (counts.false_positive_count, "false positive"),
        (counts.accepted_count, "accepted"),
    ]
    for number, what in resolved:
        if number:
            line.append(f", {number:,} {what}", "dim")
    return line


def render_gate(result: GateResult, console: OutputConsole) -> Sequence[RenderableType]:
    """How the gate came out, with its reasons: what failed first, then the rest."""
    status = words.gate_status(result.status)
    parts: list[RenderableType] = [
        Text.assemble(" Quality gate ", (status, words.GATE_STYLES.get(status, "")), style="bold")
    ]
    if result.message:
        parts.append(Text(f" {clean(result.message)}"))
    glyphs = console.glyphs
    signs = {"passed": glyphs.done, "failed": glyphs.failed}
    failed = ConditionState.CONDITION_STATE_FAILED
    for one in sorted(result.conditions, key=lambda c: c.state != failed):
        state = words.condition_state(one.state)
        sign = signs.get(state, glyphs.skipped)
        style = words.CONDITION_STYLES.get(state, "")
        parts.append(Padding(Text.assemble((sign, style), " ", clean(one.message)), (0, 0, 0, 3)))
    return parts
