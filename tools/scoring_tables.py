"""Prints the tables of docs/scoring.md from the rules that are in effect. A test holds the two alike.

`python -m tools.scoring_tables` prints all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flext_quality.container.analyzers import built_in_profiles
from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.findings.profile import SEVERITY_EFFORTS
from flext_quality.domain.metrics.score import Score
from flext_quality.domain.metrics.scoring import (
    CATEGORY_WEIGHTS,
    HALF_DENSITIES,
    HALF_DUPLICATION,
    SEVERITY_WEIGHTS,
    score_of,
)

PROFILES = built_in_profiles()
EVERY_ANALYZER = frozenset(PROFILES.by_name)
_NO_COVERAGE = EVERY_ANALYZER - {"coverage"}


@dataclass(frozen=True)
class Example:
    """A project to be scored; `issues` by "CATEGORY SEVERITY"."""

    name: str
    lines: int
    issues: Mapping[str, int] = field(default_factory=dict)
    duplication: float | None = None
    coverage: float | None = None
    analyzers: frozenset[str] = EVERY_ANALYZER

    @property
    def score(self) -> Score:
        """By the formula."""
        measured = {
            "lines_of_code": float(self.lines),
            "duplication": self.duplication,
            "coverage": self.coverage,
        }
        values = {key: value for key, value in measured.items() if value is not None}
        counts = {_key(words): count for words, count in self.issues.items()}
        return score_of(values, counts, PROFILES.measured_categories(self.analyzers) or ())

    def plus(self, words: str, count: int) -> Example:
        """The project with more issues of a kind."""
        return replace(self, issues={**self.issues, words: self.issues.get(words, 0) + count})


EXAMPLES = (
    Example(
        "a shop",
        9_000,
        {
            "SECURITY HIGH": 1,
            "SECURITY LOW": 10,
            "RELIABILITY MEDIUM": 20,
            "MAINTAINABILITY MEDIUM": 12,
            "DEAD_CODE LOW": 8,
            "STYLE LOW": 40,
            "STYLE INFO": 100,
        },
        4.0,
        72.0,
    ),
    Example("a script", 50, {"RELIABILITY LOW": 1}, 0.0, None, _NO_COVERAGE),
    Example("a flawless library", 3_000, {}, 0.0, 100.0),
    Example(
        "a library that only Ruff looked at",
        3_000,
        {"RELIABILITY MEDIUM": 5},
        None,
        None,
        frozenset({"ruff"}),
    ),
)

_CHANGES: Sequence[tuple[str, Mapping[str, int], Mapping[str, float]]] = (
    ("1 more CRITICAL security issue", {"SECURITY CRITICAL": 1}, {}),
    ("1 more HIGH security issue", {"SECURITY HIGH": 1}, {}),
    ("1 more MEDIUM reliability issue", {"RELIABILITY MEDIUM": 1}, {}),
    ("10 more LOW maintainability issues", {"MAINTAINABILITY LOW": 10}, {}),
    ("100 more INFO style issues", {"STYLE INFO": 100}, {}),
    ("5 % more duplication", {}, {"duplication": 5.0}),
    ("10 % more coverage", {}, {"coverage": 10.0}),
)
_SIZES = (1_000, 10_000, 100_000)


def tables() -> dict[str, str]:
    """Every table by its heading in the document."""
    profiles = PROFILES.by_name.values()
    efforts = {one.name: one.efforts.default for one in profiles if one.efforts.default is not None}
    return {
        "Severities": _table(
            ("severity", "weight"), ((s.name, f"{w / 10:g}") for s, w in SEVERITY_WEIGHTS.items())
        ),
        "Categories": _table(
            ("category", "weight", "half at", "measured if one of these succeeded"),
            (
                (category.name, f"{weight} %", _half(category), ", ".join(_measuring(category)))
                for category, weight in CATEGORY_WEIGHTS.items()
            ),
        ),
        "Worked examples": _examples(),
        "Sensitivity": _sensitivity(),
        "Efforts by severity": _grouped(
            "minutes", {severity.name: effort for severity, effort in SEVERITY_EFFORTS.items()}
        ),
        "Efforts by analyzer": _grouped("minutes", efforts),
        **{
            f"Efforts by rule of {one.name}": _grouped("minutes", one.efforts.listed)
            for one in profiles
            if one.efforts.listed
        },
        "Categories by analyzer": _grouped(
            "category", {one.name: one.categories.default for one in profiles}
        ),
        **{
            f"Categories by rule of {one.name}": _grouped("category", one.categories.listed)
            for one in profiles
            if one.categories.listed
        },
    }


def _measuring(category: Category) -> list[str]:
    return [name for name, one in PROFILES.by_name.items() if category in one.measured_categories]


def _key(words: str) -> tuple[Category, Severity]:
    category, severity = words.split()
    return Category[category], Severity[severity]


def _half(category: Category) -> str:
    if category is Category.COVERAGE:
        return ""
    if category is Category.DUPLICATION:
        return f"{HALF_DUPLICATION} % of the lines"
    return f"{HALF_DENSITIES[category]} points"


def _examples() -> str:
    names = [category.name for category in CATEGORY_WEIGHTS]
    rows = []
    for example in EXAMPLES:
        score = example.score
        by_name = {one.category.name: f"{one.score:.1f}" for one in score.categories}
        overall = f"{score.overall:.1f} {score.grade.label}"
        parts = [by_name.get(name, "") for name in names]
        rows.append((example.name, *parts, overall, f"{score.confidence:.2f}"))
    return _table(("", *names, "overall", "confidence"), rows)


def _sensitivity() -> str:
    rows = []
    for words, issues, measured in _CHANGES:
        row = [words]
        for lines in _SIZES:
            scale = lines / 10_000
            before = Example(
                "",
                lines,
                {kind: round(count * scale) for kind, count in EXAMPLES[0].issues.items()},
                EXAMPLES[0].duplication,
                EXAMPLES[0].coverage,
            )
            after = replace(
                before,
                duplication=(before.duplication or 0) + measured.get("duplication", 0),
                coverage=(before.coverage or 0) + measured.get("coverage", 0),
            )
            for kind, count in issues.items():
                after = after.plus(kind, count)
            change = (after.score.overall or 0) - (before.score.overall or 0)
            row.append(f"{change:+.2f}")
        rows.append(row)
    return _table(("change", *(f"{lines:,} lines" for lines in _SIZES)), rows)


def _grouped(
    heading: str, table: Mapping[str, Category] | Mapping[str, int] | Mapping[str, int | None]
) -> str:
    groups: defaultdict[Category | int, list[str]] = defaultdict(list)
    for name, what in table.items():
        if what is not None:
            groups[what].append(name)
    return _table(
        (heading, "of"),
        (
            (
                what.name if isinstance(what, Category) else str(what),
                " ".join(f"`{name}`" for name in sorted(groups[what])),
            )
            for what in sorted(groups)
        ),
    )


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    for heading, table in tables().items():
        print(f"{heading}\n\n{table}\n")
