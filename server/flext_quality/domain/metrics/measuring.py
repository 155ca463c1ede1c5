"""From what was measured about files to the values of files, directories and projects.

What was not measured has no value: it is absent, never 0. A directory's values are those of the files below
it that were measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.issues.issue import IssueTally
from flext_quality.domain.metrics.metric_keys import (
    CATEGORIES,
    METRICS,
    NEW_PREFIX,
    category_key,
    score_key,
    severity_key,
)
from flext_quality.domain.metrics.score import Score
from flext_quality.domain.metrics.scoring import counts_of, score_of
from flext_quality.domain.sources.measures import FileRecord

MINUTES_PER_LINE = 30
"""What writing a line takes, for the debt ratio: the default of SonarQube's SQALE model."""

_GREATEST = frozenset(
    {"max_cyclomatic_complexity", "max_cognitive_complexity", "max_nesting_depth"}
)
_MEAN = "maintainability_index"
_PERCENTAGES = {
    "line_coverage": (("covered_lines",), ("lines_to_cover",)),
    "branch_coverage": (("covered_branches",), ("branches_to_cover",)),
    "function_coverage": (("covered_functions",), ("functions_to_cover",)),
    "coverage": (("covered_lines", "covered_branches"), ("lines_to_cover", "branches_to_cover")),
}
"""Of what sum in percent of what sum a metric is."""


def per_thousand_lines(count: int, lines_of_code: int) -> float | None:
    """`count` for each 1,000 of `lines_of_code`; None where there is no code to divide by."""
    return 1000 * count / lines_of_code if lines_of_code else None


@dataclass(slots=True)
class Totals:
    """The sums over some files. Adding is in any order: sums are of whole numbers."""

    files: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    greatest: dict[str, float] = field(default_factory=dict)
    indices: list[tuple[float, float]] = field(default_factory=list)
    compared_lines: float = 0
    issues: Counter[tuple[Category, Severity]] = field(default_factory=Counter)
    effort: int = 0

    def add_file(self, record: FileRecord) -> None:
        """One more file."""
        values, sums = record.values, self.sums
        self.files += 1
        for key, value in values.items():
            if key in _GREATEST:
                self.greatest[key] = max(value, self.greatest.get(key, value))
            elif key == _MEAN:
                self.indices.append((value, values.get("lines_of_code", 0)))
            else:
                sums[key] = sums.get(key, 0) + value
        if "duplicated_lines" in values:
            self.compared_lines += values.get("lines", 0)

    def add_issues(self, tally: IssueTally) -> None:
        """Some of its issues."""
        self.issues[tally.category, tally.severity] += tally.count
        self.effort += tally.effort_minutes

    def add(self, other: Totals) -> None:
        """All that another one has."""
        self.files += other.files
        for key, value in other.sums.items():
            self.sums[key] = self.sums.get(key, 0) + value
        for key, value in other.greatest.items():
            self.greatest[key] = max(value, self.greatest.get(key, value))
        self.indices.extend(other.indices)
        self.compared_lines += other.compared_lines
        self.issues.update(other.issues)
        self.effort += other.effort

    def values(self, measured: Collection[Category] | None) -> dict[str, float]:
        """The values by metric key, without scores.

        `measured` are the categories whose issues were looked for; None if nobody looked for any.
        """
        values = {"files": float(self.files), **self.greatest}
        values |= {key: value for key, value in self.sums.items() if key in METRICS}
        if self.indices:
            values[_MEAN] = _weighted_mean(self.indices)
        for key, (parts, wholes) in _PERCENTAGES.items():
            whole = sum(self.sums.get(one, 0) for one in wholes)
            if whole:
                values[key] = 100 * sum(self.sums.get(one, 0) for one in parts) / whole
        if self.compared_lines:
            share = self.sums["duplicated_lines"] / self.compared_lines
            # A notebook or a file without an end of line may be counted in another way by the tool.
            values["duplication"] = min(100 * share, 100.0)
        if measured is not None:
            values |= self._issue_values(measured)
        return values

    def score(self, values: Mapping[str, float], measured: Collection[Category] | None) -> Score:
        """The score that belongs to `values`."""
        return score_of(values, self.issues, measured or ())

    def _issue_values(self, measured: Collection[Category]) -> dict[str, float]:
        total = self.issues.total()
        values = {"issues": float(total), "technical_debt": float(self.effort)}
        values |= issue_counts(self.issues, measured)
        lines = self.sums.get("lines_of_code", 0)
        density = per_thousand_lines(total, int(lines))
        if density is not None:
            values["issues_per_thousand_lines"] = density
            values["debt_ratio"] = 100 * self.effort / (MINUTES_PER_LINE * lines)
        return values


def issue_counts(
    counts: Mapping[tuple[Category, Severity], int], measured: Collection[Category]
) -> dict[str, float]:
    """The numbers of issues by severity and by category.

    A category has one if an analyzer looked for its issues, or any did find some.
    """
    values = {
        severity_key(s): float(sum(n for (_, severity), n in counts.items() if severity is s))
        for s in Severity
    }
    for category in CATEGORIES:
        count = sum(n for (of, _), n in counts.items() if of is category)
        if count or category in measured:
            values[category_key(category)] = float(count)
    return values


def new_issue_values(
    tallies: Iterable[IssueTally], measured: Collection[Category] | None
) -> dict[str, float]:
    """The numbers of the issues of new code, by the keys of new code; `measured` as in `Totals.values`."""
    if measured is None:
        return {}
    counts = counts_of(tallies)
    values = {"issues": float(sum(counts.values()))}
    values |= issue_counts(counts, measured)
    return {NEW_PREFIX + key: value for key, value in values.items()}


def score_values(score: Score) -> dict[str, float]:
    """A score as measures."""
    values = {score_key(one.category): one.score for one in score.categories}
    if score.overall is not None:
        values |= {"score": score.overall, "confidence": score.confidence}
    return values


def totals_of(records: Iterable[FileRecord], tallies: Iterable[IssueTally]) -> Totals:
    """What a whole project has."""
    totals = Totals()
    for record in records:
        totals.add_file(record)
    for tally in tallies:
        totals.add_issues(tally)
    return totals


def _weighted_mean(indices: Iterable[tuple[float, float]]) -> float:
    """By the lines of code; the plain mean where there are none."""
    pairs = sorted(indices)  # so that the order of the files does not change the last digit
    weight = sum(lines for _, lines in pairs)
    if weight:
        return sum(value * lines for value, lines in pairs) / weight
    return sum(value for value, _ in pairs) / len(pairs)
