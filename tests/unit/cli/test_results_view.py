from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Group

from flext.quality.v1.analysis_pb2 import Analysis
from flext.quality.v1.finding_pb2 import Category
from flext.quality.v1.issue_pb2 import IssueCounts
from flext.quality.v1.quality_gate_pb2 import (
    ConditionResult,
    ConditionState,
    GateResult,
    GateStatus,
)
from flext.quality.v1.score_pb2 import CategoryScore, Grade, Score
from flext_quality.cli.analyses.results_view import render_issue_counts, render_knowledge
from flext_quality.cli.metrics.chart import draw
from flext_quality.cli.terminal import console_for
from tests.unit.cli.stories import EVIL

START = datetime(2026, 3, 1, tzinfo=UTC)


def shown(analysis: Analysis, encoding: str = "utf-8", width: int = 80) -> str:
    paper = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
    console = console_for(paper, width)
    console.print(Group(*render_knowledge(analysis, console)))
    buffer = paper.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode(encoding)


def known() -> Analysis:
    """An analysis that failed its gate."""
    return Analysis(
        previous_analysis="projects/shop/analyses/01kagf0000000000000000000a",
        issue_counts=IssueCounts(
            open_count=1200, new_count=3, new_code_count=2, fixed_count=4, accepted_count=1
        ),
        score=Score(
            overall=81.26,
            grade=Grade.GRADE_B,
            categories=[
                CategoryScore(
                    category=Category.CATEGORY_MAINTAINABILITY, score=50, grade=Grade.GRADE_D
                ),
                CategoryScore(
                    category=Category.CATEGORY_SECURITY, score=100, grade=Grade.GRADE_A_PLUS
                ),
            ],
            confidence=0.8,
        ),
        gate=GateResult(
            status=GateStatus.GATE_STATUS_FAILED,
            message=f"1 of 2 conditions does not hold {EVIL}",
            conditions=[
                ConditionResult(
                    state=ConditionState.CONDITION_STATE_PASSED, value=0, message="Critical: 0"
                ),
                ConditionResult(
                    state=ConditionState.CONDITION_STATE_FAILED, value=2, message=f"New: 2 {EVIL}"
                ),
            ],
        ),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_what_an_analysis_makes_known_fits_any_terminal(encoding: str) -> None:
    """In 80 columns, in the output's own encoding, and without a character that a terminal obeys."""
    text = shown(known(), encoding)
    lines = text.splitlines()
    assert (
        " Score 81.3 of 100, grade B (from 80% of what counts; the rest was not measured)" in lines
    )
    assert any(
        line.split()[:1] == ["maintainability"] and line.rstrip().endswith(" D") for line in lines
    )
    assert " 1,200 open issues: 3 new (2 in new code), 4 fixed, 1 accepted" in lines
    assert " Quality gate failed" in lines
    assert all(len(line) <= 80 for line in lines)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_what_fails_the_gate_comes_first() -> None:
    """Whatever the order of the conditions."""
    text = shown(known())
    assert text.index("New: 2") < text.index("Critical: 0")


def test_nothing_is_shown_of_an_analysis_that_has_no_such_figures() -> None:
    """It failed, or its server is older than this program."""
    assert shown(Analysis()).strip() == ""


def test_without_anything_measured_there_is_no_score() -> None:
    """Which is said, instead of a zero."""
    assert "No score" in shown(Analysis(score=Score()))


def test_a_first_analysis_calls_nothing_new() -> None:
    """There is nothing before it."""
    line = render_issue_counts(IssueCounts(open_count=1, new_count=1), is_first=True).plain
    assert line == " 1 issue, the first analysis"


def test_a_chart_has_the_values_and_the_time() -> None:
    """And fits the terminal."""
    points = [(START + timedelta(days=day), 80.0 + day) for day in range(10)]
    console = console_for(io.StringIO(), 80)
    lines = draw(points, console)
    assert any("Mar " in line for line in lines)
    assert any(line.strip().startswith("8") for line in lines)
    assert all(len(line) <= 80 for line in lines)


def test_points_are_listed_where_no_chart_can_be_drawn() -> None:
    """With one moment only, or without braille characters."""
    console = console_for(io.StringIO(), 80)
    assert draw([(START, 1234.5)], console) == [" 2026-03-01 00:00  1,234.50"]
    ascii_console = console_for(io.TextIOWrapper(io.BytesIO(), encoding="ascii"), 80)
    points = [(START, 1.0), (START + timedelta(hours=1), 2.0)]
    assert draw(points, ascii_console) == [" 2026-03-01 00:00  1", " 2026-03-01 01:00  2"]
