"""The metrics: what each is called, counts and means. Nothing is measured that is not listed here."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from flext_quality.domain.findings.finding import Category, Severity

NEW_PREFIX = "new_"
"""Of the keys of metrics about new code."""


class MetricDirection(IntEnum):
    """Which way is better. The numbers are the contract's."""

    HIGHER_IS_BETTER = 1
    LOWER_IS_BETTER = 2
    NEUTRAL = 3


@dataclass(frozen=True, slots=True)
class MetricDescriptor:
    """What a metric is; fields as those of the contract's `MetricDescriptor`."""

    key: str
    display_name: str
    unit: str
    direction: MetricDirection
    description: str
    for_paths: bool = True


_UP, _DOWN, _NEUTRAL = MetricDirection


def severity_key(severity: Severity) -> str:
    """The key of the number of issues of a severity."""
    return f"issues_{severity.name.lower()}"


def category_key(category: Category) -> str:
    """The key of the number of issues of a category."""
    return f"{category.name.lower()}_issues"


def score_key(category: Category) -> str:
    """The key of the score of a category."""
    return f"{category.name.lower()}_score"


CATEGORIES = tuple(category for category in Category if category is not Category.UNSPECIFIED)


def _words(what: Category | Severity) -> str:
    return what.name.lower().replace("_", " ")


_SIZE = (
    MetricDescriptor("files", "Files", "files", _NEUTRAL, "Python files that were analysed."),
    MetricDescriptor(
        "lines",
        "Lines",
        "lines",
        _NEUTRAL,
        "All lines of the files (but notebooks), blank ones too.",
    ),
    MetricDescriptor(
        "lines_of_code",
        "Lines of code",
        "lines",
        _NEUTRAL,
        "Lines of the files (but notebooks) that are neither blank nor a comment alone.",
    ),
    MetricDescriptor("functions", "Functions", "functions", _NEUTRAL, "Functions and methods."),
    MetricDescriptor("classes", "Classes", "classes", _NEUTRAL, "Classes."),
)

_COMPLEXITY = (
    MetricDescriptor(
        "cyclomatic_complexity",
        "Cyclomatic complexity",
        "",
        _NEUTRAL,
        "Independent paths through the functions, summed up (McCabe 1976); it grows with the code.",
    ),
    MetricDescriptor(
        "cognitive_complexity",
        "Cognitive complexity",
        "",
        _NEUTRAL,
        "How hard the functions are to follow, summed up (SonarSource 2017); it grows with the code.",
    ),
    MetricDescriptor(
        "max_cyclomatic_complexity",
        "Highest cyclomatic complexity",
        "",
        _DOWN,
        "The cyclomatic complexity (McCabe 1976) of the most complex function.",
    ),
    MetricDescriptor(
        "max_cognitive_complexity",
        "Highest cognitive complexity",
        "",
        _DOWN,
        "The cognitive complexity (SonarSource 2017) of the function that is hardest to follow.",
    ),
    MetricDescriptor(
        "max_nesting_depth",
        "Deepest nesting",
        "levels",
        _DOWN,
        "How deep blocks are nested at most.",
    ),
    MetricDescriptor(
        "maintainability_index",
        "Maintainability index",
        "",
        _UP,
        "From 0 to 100, from volume, complexity, size and comments (Oman and Hagemeister 1992, scaled as in "
        "Visual Studio); the mean of the files, weighted by their lines of code.",
    ),
)

_DUPLICATION = (
    MetricDescriptor(
        "duplicated_lines", "Duplicated lines", "lines", _DOWN, "Lines that stand elsewhere too."
    ),
    MetricDescriptor(
        "duplicated_blocks",
        "Duplicated blocks",
        "blocks",
        _DOWN,
        "Blocks that stand elsewhere too.",
    ),
    MetricDescriptor(
        "duplication", "Duplication", "%", _DOWN, "Duplicated lines in percent of all lines."
    ),
)

_COVERAGE = (
    MetricDescriptor(
        "lines_to_cover",
        "Lines to cover",
        "lines",
        _NEUTRAL,
        "Lines that a test run could execute.",
    ),
    MetricDescriptor(
        "covered_lines", "Covered lines", "lines", _UP, "Lines that the test run executed."
    ),
    MetricDescriptor(
        "branches_to_cover", "Branches to cover", "branches", _NEUTRAL, "Ways on from conditions."
    ),
    MetricDescriptor(
        "covered_branches", "Covered branches", "branches", _UP, "Ways on that the test run took."
    ),
    MetricDescriptor(
        "functions_to_cover",
        "Functions to cover",
        "functions",
        _NEUTRAL,
        "Functions that a test run could enter.",
    ),
    MetricDescriptor(
        "covered_functions",
        "Covered functions",
        "functions",
        _UP,
        "Functions that the test run entered.",
    ),
    MetricDescriptor(
        "line_coverage",
        "Line coverage",
        "%",
        _UP,
        "Covered lines in percent of the lines to cover.",
    ),
    MetricDescriptor(
        "branch_coverage",
        "Branch coverage",
        "%",
        _UP,
        "Covered branches in percent of the branches to cover.",
    ),
    MetricDescriptor(
        "function_coverage",
        "Function coverage",
        "%",
        _UP,
        "Covered functions in percent of the functions to cover.",
    ),
    MetricDescriptor(
        "coverage",
        "Coverage",
        "%",
        _UP,
        "Covered lines and branches in percent of the lines and branches to cover, as coverage.py has it.",
    ),
)

_ISSUES = (
    MetricDescriptor(
        "issues",
        "Issues",
        "issues",
        _DOWN,
        "Issues that are seen and neither false positives nor accepted.",
    ),
    *(
        MetricDescriptor(
            severity_key(severity),
            f"{_words(severity).capitalize()} issues",
            "issues",
            _DOWN,
            f"Issues of {_words(severity)} severity.",
        )
        for severity in Severity
    ),
    *(
        MetricDescriptor(
            category_key(category),
            f"{_words(category).capitalize()} issues",
            "issues",
            _DOWN,
            f"Issues about {_words(category)}.",
        )
        for category in CATEGORIES
    ),
    MetricDescriptor(
        "issues_per_thousand_lines",
        "Issue density",
        "issues per 1,000 lines",
        _DOWN,
        "Issues for each 1,000 lines of code.",
    ),
    MetricDescriptor(
        "suppressions",
        "Suppressions",
        "comments",
        _DOWN,
        "Comments that silence a tool: noqa, nosec, type: ignore and pragma: no cover.",
    ),
    MetricDescriptor(
        "technical_debt",
        "Technical debt",
        "min",
        _DOWN,
        "What ending all issues would take, by the table of efforts in docs/scoring.md.",
    ),
    MetricDescriptor(
        "debt_ratio",
        "Debt ratio",
        "%",
        _DOWN,
        "Technical debt in percent of what writing the code takes: 30 minutes a line (SQALE, as in "
        "SonarQube).",
    ),
)

_SCORES = (
    MetricDescriptor(
        "score", "Score", "", _UP, "From 0 to 100, over all that was measured: docs/scoring.md."
    ),
    *(
        MetricDescriptor(
            score_key(category),
            f"{_words(category).capitalize()} score",
            "",
            _UP,
            f"From 0 to 100, of {_words(category)}: docs/scoring.md.",
        )
        for category in CATEGORIES
    ),
    MetricDescriptor(
        "confidence",
        "Confidence of the score",
        "",
        _UP,
        "The share of the score's weights that was measured, from 0 to 1.",
    ),
)


def _of_new_code() -> Iterator[MetricDescriptor]:
    yield MetricDescriptor(
        "new_lines",
        "New lines",
        "lines",
        _NEUTRAL,
        "New or changed lines that are not blank.",
        False,
    )
    yield MetricDescriptor(
        "new_line_coverage",
        "Coverage of new lines",
        "%",
        _UP,
        "Covered new lines in percent of the new lines that a test run could execute.",
        False,
    )
    yield MetricDescriptor(
        "new_duplication",
        "Duplication of new lines",
        "%",
        _DOWN,
        "New lines that stand elsewhere too in percent of the new lines.",
        False,
    )
    for one in _ISSUES[: 1 + len(Severity) + len(CATEGORIES)]:
        yield MetricDescriptor(
            NEW_PREFIX + one.key,
            f"New {one.display_name[0].lower()}{one.display_name[1:]}",
            one.unit,
            one.direction,
            f"{one.description[:-1]}, that appeared in new code by a change of code.",
            False,
        )


METRICS: Mapping[str, MetricDescriptor] = MappingProxyType(
    {
        one.key: one
        for one in sorted(
            (
                *_SIZE,
                *_COMPLEXITY,
                *_DUPLICATION,
                *_COVERAGE,
                *_ISSUES,
                *_SCORES,
                *_of_new_code(),
            ),
            key=lambda one: one.key,
        )
    }
)
"""All metrics by key, in the order of the keys."""


def close_metric(key: str) -> str:
    """The metric that `key` may have been meant to be; empty if none is like it."""
    plain = key.strip().lower().replace("-", "_").replace(" ", "_")
    by_name = {one.display_name.lower().replace(" ", "_"): one.key for one in METRICS.values()}
    match = difflib.get_close_matches(plain, [*METRICS, *by_name], n=1, cutoff=0.6)
    return by_name.get(match[0], match[0]) if match else ""
