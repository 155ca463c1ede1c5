from collections.abc import Collection
from pathlib import Path

import pytest

from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.issues.issue import IssueTally
from flext_quality.domain.metrics.score import Grade, Score
from flext_quality.domain.metrics.scoring import (
    CATEGORY_WEIGHTS,
    SEVERITY_WEIGHTS,
    counts_of,
    score_of,
)
from tests.properties import given, st
from tools.scoring_tables import EVERY_ANALYZER, EXAMPLES, PROFILES, tables

DOCUMENT = Path(__file__).parents[3] / "docs/scoring.md"

EVERY_CATEGORY = frozenset(CATEGORY_WEIGHTS)

_kinds = st.tuples(st.sampled_from(list(CATEGORY_WEIGHTS)), st.sampled_from(Severity))
_counts = st.dictionaries(_kinds, st.integers(0, 100_000))
_percent = st.one_of(st.none(), st.floats(0, 100))
_analyzers = st.frozensets(st.sampled_from(sorted(EVERY_ANALYZER)))
_lines = st.integers(0, 10_000_000)


def values(
    lines: int, duplication: float | None = None, coverage: float | None = None
) -> dict[str, float]:
    measured = {"lines_of_code": lines, "duplication": duplication, "coverage": coverage}
    return {key: value for key, value in measured.items() if value is not None}


def parts(score: Score) -> dict[Category, float]:
    return {one.category: one.score for one in score.categories}


def measured_by(analyzers: Collection[str]) -> Collection[Category]:
    return PROFILES.measured_categories(analyzers) or ()


def assert_not_better(worse: Score, better: Score) -> None:
    assert set(parts(worse)) == set(parts(better))
    assert all(score <= parts(better)[category] for category, score in parts(worse).items())
    assert (worse.overall or 0) <= (better.overall or 0) + 1e-9


@given(_lines, _counts, _percent, _percent, _analyzers, _kinds)
def test_one_more_issue_never_raises_a_score(
    lines: int,
    counts: dict[tuple[Category, Severity], int],
    duplication: float | None,
    coverage: float | None,
    analyzers: frozenset[str],
    kind: tuple[Category, Severity],
) -> None:
    """Of any category and severity, and whatever was measured."""
    measured = values(lines, duplication, coverage)
    more = {**counts, kind: counts.get(kind, 0) + 1}
    assert_not_better(
        score_of(measured, more, measured_by(analyzers)),
        score_of(measured, counts, measured_by(analyzers)),
    )


@given(_lines, _counts, st.floats(0, 100), st.floats(0, 100), _analyzers)
def test_more_coverage_and_less_duplication_never_lower_a_score(
    lines: int,
    counts: dict[tuple[Category, Severity], int],
    one: float,
    other: float,
    analyzers: frozenset[str],
) -> None:
    """Whatever else there is."""
    low, high = sorted((one, other))
    assert_not_better(
        score_of(values(lines, high, low), counts, measured_by(analyzers)),
        score_of(values(lines, low, high), counts, measured_by(analyzers)),
    )


@given(_lines, _counts, _percent, _percent, _analyzers)
def test_scores_are_from_0_to_100(
    lines: int,
    counts: dict[tuple[Category, Severity], int],
    duplication: float | None,
    coverage: float | None,
    analyzers: frozenset[str],
) -> None:
    """And the overall one lies between the least and the greatest of its parts."""
    score = score_of(values(lines, duplication, coverage), counts, measured_by(analyzers))
    scores = parts(score).values()
    assert all(0 <= one <= 100 for one in scores)
    assert 0 <= score.confidence <= 1
    if score.overall is None:
        assert not scores
        assert score.grade is Grade.NONE
    else:
        assert min(scores) - 1e-9 <= score.overall <= min(100, max(scores) + 1e-9)


@given(st.permutations([IssueTally("a", c, s, 3, 1) for c in Category if c for s in Severity]))
def test_the_order_of_issues_does_not_matter(tallies: list[IssueTally]) -> None:
    """Not by a digit."""
    expected = counts_of(sorted(tallies, key=lambda t: (t.category, t.severity)))
    measured = values(777, 3.3, 44.4)
    assert score_of(measured, expected, EVERY_CATEGORY) == score_of(
        measured, counts_of(tallies), EVERY_CATEGORY
    )


def test_what_was_not_measured_is_left_out() -> None:
    """A category whose analyzers did not succeed has no score, and the confidence says so."""
    counts = {(Category.SECURITY, Severity.CRITICAL): 5}
    only_ruff = score_of(values(1000), counts, measured_by(["ruff"]))
    assert {Category.RELIABILITY: 100.0, Category.STYLE: 100.0} == parts(only_ruff)
    assert only_ruff.confidence == pytest.approx(0.3)
    without_report = score_of(values(1000, 0.0), {}, EVERY_CATEGORY)
    assert Category.COVERAGE not in parts(without_report)
    assert without_report.confidence == pytest.approx(0.85)
    assert Score() == score_of(values(1000), counts, measured_by(["sarif"]))
    assert Score() == score_of(values(0), counts, EVERY_CATEGORY)


def test_one_issue_does_not_ruin_a_small_project() -> None:
    """A LOW issue in 20 lines still leaves an A+; the same density in a large project does not."""
    low = (Category.RELIABILITY, Severity.LOW)
    small = score_of(values(20, 0.0), {low: 1}, EVERY_CATEGORY)
    large = score_of(values(200_000, 0.0), {low: 10_000}, EVERY_CATEGORY)
    assert small.grade is Grade.A_PLUS
    assert (large.overall or 0) < (small.overall or 0) - 10


def test_the_weights_fit_together() -> None:
    """Those of categories make 100, a worse severity weighs more, and every category has its analyzers."""
    assert sum(CATEGORY_WEIGHTS.values()) == 100
    assert sorted(SEVERITY_WEIGHTS.values(), reverse=True) == list(SEVERITY_WEIGHTS.values())
    assert set(CATEGORY_WEIGHTS) == set(Category) - {Category.UNSPECIFIED}
    assert set(CATEGORY_WEIGHTS) == measured_by(EVERY_ANALYZER)


def test_the_documented_tables_are_in_effect() -> None:
    """docs/scoring.md says what the server does, worked examples and sensitivity included."""
    document = DOCUMENT.read_text()
    for heading, table in tables().items():
        section = document.partition(f"\n### {heading}\n")[2].partition("\n### ")[0]
        assert table in section, heading


def test_the_documented_reckoning_is_right() -> None:
    """The numbers that docs/scoring.md goes through by hand are those of the formula."""
    shop = parts(EXAMPLES[0].score)
    text = " ".join(DOCUMENT.read_text().split())
    density = 20 * 1000 / (9000 + 1000)
    assert shop[Category.SECURITY] == pytest.approx(100 * 20 / (20 + density))
    assert "= 2 for each 1,000 lines, and 100 * 20 / (20 + 2) = 90.9." in text
    assert f"{shop[Category.SECURITY]:.1f} {shop[Category.DUPLICATION]:.1f}" == "90.9 83.3"
    assert "Duplication is 100 * 20 / (20 + 4) = 83.3." in text
