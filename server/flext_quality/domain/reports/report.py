"""What reports say, whatever the format they are written in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.analyses.comparison import IssueDifference
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.issues.issue import Issue
from flext_quality.domain.metrics.metric_keys import MetricDescriptor, MetricDirection
from flext_quality.domain.metrics.time_series import SeriesPoint
from flext_quality.domain.metrics.trend import Trend, trend_of
from flext_quality.domain.reports.issue_summary import IssueSummary


class ReportKind(IntEnum):
    """What a report is for. The numbers are the contract's, which explains each."""

    EXECUTIVE = 1
    TECHNICAL = 2
    TREND = 3
    COMPARISON = 4


class ReportFormat(IntEnum):
    """How a report is written. The numbers are the contract's, which explains each."""

    HTML = 1
    MARKDOWN = 2
    JSON = 3
    SARIF = 4
    PDF = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric's value in one analysis and, where there is an earlier one, in that.

    Attributes:
        value, base: None where it was not measured.
    """

    metric: MetricDescriptor
    value: float | None
    base: float | None = None

    @property
    def change(self) -> float | None:
        """The value less the earlier one; None unless both were measured."""
        return None if self.value is None or self.base is None else self.value - self.base

    @property
    def improves(self) -> bool | None:
        """Whether the change is for the better; None where there is none, or neither way is."""
        if not self.change or self.metric.direction is MetricDirection.NEUTRAL:
            return None
        return (self.change > 0) == (self.metric.direction is MetricDirection.HIGHER_IS_BETTER)


@dataclass(frozen=True, slots=True)
class ReportedIssue:
    """An issue as the report's analysis sees it, or, if it is FIXED, as the earlier one saw it.

    Attributes:
        difference: from the earlier analysis; None where there is none.
        base_place: path and line in the earlier analysis, if it MOVED.
    """

    issue: Issue
    difference: IssueDifference | None = None
    base_place: tuple[str, int] | None = None


IssueReader = Callable[[str], AsyncIterator[Sequence[ReportedIssue]]]
"""Reads a report's issues batch by batch, from the beginning each time it is called.

With the name of an analyzer, only that one's; with "", all.
"""


async def no_issues(analyzer: str) -> AsyncIterator[Sequence[ReportedIssue]]:
    """An `IssueReader` of nothing."""
    del analyzer
    none: tuple[Sequence[ReportedIssue], ...] = ()
    for batch in none:
        yield batch


@dataclass(frozen=True, slots=True)
class FileMeasured:
    """What was measured about one file, by metric key."""

    path: str
    values: Mapping[str, float]


def _higher_is_better(metric: MetricDescriptor) -> bool | None:
    if metric.direction is MetricDirection.NEUTRAL:
        return None
    return metric.direction is MetricDirection.HIGHER_IS_BETTER


@dataclass(frozen=True, slots=True)
class TrendLine:
    """One metric over time.

    Attributes:
        points: oldest first, at most one for each day.
    """

    metric: MetricDescriptor
    points: tuple[SeriesPoint, ...]

    @property
    def measured(self) -> Measured:
        """The last value, with the first one as the earlier."""
        if not self.points:
            return Measured(self.metric, None)
        return Measured(self.metric, self.points[-1].value, self.points[0].value)

    @property
    def trend(self) -> Trend:
        """Where it is heading."""
        return trend_of(self.points, _higher_is_better(self.metric))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutiveReport:
    """A page for leads: score, grade, gate, what changed, what matters most.

    Attributes:
        base: the succeeded analysis before it on its branch.
        measures: the headline ones, those that were not measured included.
        top_issues: the most severe of those that count.
        history: the main line's score over time.
    """

    project: ProjectName
    display_name: str
    analysis: Analysis
    base: Analysis | None
    summary: IssueSummary
    measures: tuple[Measured, ...]
    top_issues: tuple[Issue, ...]
    history: TrendLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TechnicalReport:
    """Everything for developers: every measure, every issue, every outcome.

    Attributes:
        measures, new_code_measures: all that were measured, in the order of the keys.
        files: in the order of the paths; None if what was measured about files is no longer kept.
        issues: all that the analysis sees, resolved ones included, by path and then by name.
        absent: those that the analysis before it saw and this one does not, in the order of the names.
    """

    project: ProjectName
    display_name: str
    analysis: Analysis
    base: Analysis | None
    summary: IssueSummary
    measures: tuple[Measured, ...]
    new_code_measures: tuple[Measured, ...]
    files: tuple[FileMeasured, ...] | None
    issues: IssueReader = no_issues
    absent: IssueReader = no_issues


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendReport:
    """A project's main line over time.

    Attributes:
        start, end: the first and the last moment that was asked for.
        lines: one for each metric that was measured in that time.
    """

    project: ProjectName
    display_name: str
    start: datetime
    end: datetime
    analysis: Analysis
    lines: tuple[TrendLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonReport:
    """Two analyses side by side.

    Attributes:
        analysis: the later one.
        base: the earlier one.
        counts: exact, by difference.
        measures: those that one of them measured, in the order of the keys.
        changes: the issues that are NEW, FIXED or MOVED, in this order and then by name.
    """

    project: ProjectName
    display_name: str
    analysis: Analysis
    base: Analysis
    counts: Mapping[IssueDifference, int] = field(default_factory=dict)
    measures: tuple[Measured, ...] = ()
    changes: IssueReader = no_issues


Report = ExecutiveReport | TechnicalReport | TrendReport | ComparisonReport

KIND_OF: Mapping[type[Report], ReportKind] = {
    ExecutiveReport: ReportKind.EXECUTIVE,
    TechnicalReport: ReportKind.TECHNICAL,
    TrendReport: ReportKind.TREND,
    ComparisonReport: ReportKind.COMPARISON,
}
"""The kind of each report."""
