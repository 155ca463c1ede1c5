"""The formula of scores. docs/scoring.md explains it, with its reasons and worked examples.

A category that is judged by its issues has the score 100 * h / (h + d), where d is the density of its issues
(each counts by the weight of its severity) for each 1,000 lines of code, and h the density at which the score
is 50. Duplication is judged likewise by its percentage, coverage is its own percentage. The overall score
is the weighted mean of the categories that were measured.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.issues.issue import IssueTally
from flext_quality.domain.metrics.score import CategoryScore, Score

SEVERITY_WEIGHTS = MappingProxyType(
    {
        Severity.CRITICAL: 300,
        Severity.HIGH: 100,
        Severity.MEDIUM: 30,
        Severity.LOW: 10,
        Severity.INFO: 2,
    }
)
"""How much an issue counts, in tenths of a LOW one."""

CATEGORY_WEIGHTS = MappingProxyType(
    {
        Category.SECURITY: 25,
        Category.RELIABILITY: 25,
        Category.MAINTAINABILITY: 15,
        Category.DUPLICATION: 10,
        Category.COVERAGE: 15,
        Category.DEAD_CODE: 5,
        Category.STYLE: 5,
    }
)
"""How much a category counts in the overall score; they make 100."""

HALF_DENSITIES = MappingProxyType(
    {
        Category.SECURITY: 20,
        Category.RELIABILITY: 40,
        Category.MAINTAINABILITY: 40,
        Category.DEAD_CODE: 40,
        Category.STYLE: 100,
    }
)
"""At how many LOW issues for each 1,000 lines the score of a category is 50."""

HALF_DUPLICATION = 20
"""At what percentage of duplication its score is 50."""

FREE_LINES = 1000
"""Lines without issues that are added to every project, so that one issue does not ruin a small one."""

Counts = Mapping[tuple[Category, Severity], int]
"""How many issues that count there are."""


def counts_of(tallies: Iterable[IssueTally]) -> dict[tuple[Category, Severity], int]:
    """The issues of all files together."""
    counts: dict[tuple[Category, Severity], int] = {}
    for tally in tallies:
        key = (tally.category, tally.severity)
        counts[key] = counts.get(key, 0) + tally.count
    return counts


def score_of(values: Mapping[str, float], counts: Counts, measured: Collection[Category]) -> Score:
    """The score of code.

    Args:
        values: "lines_of_code" and, where they were measured, "duplication" and "coverage", in percent.
        counts: the issues.
        measured: the categories whose issues were looked for (`AnalyzerProfiles.measured_categories`).
    """
    lines = values.get("lines_of_code", 0)
    if not lines:
        return Score()
    scores: list[CategoryScore] = []
    for category in sorted(measured):
        score = _category_score(category, lines, values, counts)
        if score is not None:
            scores.append(CategoryScore(category, score))
    weight = sum(CATEGORY_WEIGHTS[one.category] for one in scores)
    if not weight:
        return Score()
    overall = sum(CATEGORY_WEIGHTS[one.category] * one.score for one in scores) / weight
    # A sum of rounded products may end a hair beyond 100.
    return Score(min(overall, 100.0), tuple(scores), weight / sum(CATEGORY_WEIGHTS.values()))


def _category_score(
    category: Category, lines: float, values: Mapping[str, float], counts: Counts
) -> float | None:
    """None where there is no value to judge by."""
    if category is Category.COVERAGE:
        return values.get("coverage")
    if category is Category.DUPLICATION:
        percent = values.get("duplication")
        return None if percent is None else _falling(percent, HALF_DUPLICATION)
    tenths = sum(
        weight * counts.get((category, severity), 0)
        for severity, weight in SEVERITY_WEIGHTS.items()
    )
    density = tenths / SEVERITY_WEIGHTS[Severity.LOW] * 1000 / (lines + FREE_LINES)
    return _falling(density, HALF_DENSITIES[category])


def _falling(value: float, half: float) -> float:
    """100 for nothing, 50 at `half`, ever less beyond, never 0."""
    return 100 * half / (half + value)
