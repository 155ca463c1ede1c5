"""What people call things in reports."""

from __future__ import annotations

from datetime import datetime, timedelta

from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.analyses.comparison import IssueDifference
from flext_quality.domain.findings.finding import Category, Severity, SeverityCounts
from flext_quality.domain.findings.outcome import AnalyzerState
from flext_quality.domain.issues.issue import Issue, IssueStatus
from flext_quality.domain.reports.report import KIND_OF, Report, ReportKind
from flext_quality.infrastructure.reports.text import DASH

CATEGORIES = {category: category.name.replace("_", " ").capitalize() for category in Category}
SEVERITIES = {severity: severity.name.capitalize() for severity in Severity}
STATUSES = {status: status.name.replace("_", " ").capitalize() for status in IssueStatus}
STATES = {state: state.name.replace("_", " ").lower() for state in AnalyzerState}
DIFFERENCES = {difference: difference.name.capitalize() for difference in IssueDifference}
TITLES = {
    ReportKind.EXECUTIVE: "Executive report",
    ReportKind.TECHNICAL: "Technical report",
    ReportKind.TREND: "Trend report",
    ReportKind.COMPARISON: "Comparison report",
}


def title(report: Report) -> str:
    """What stands above the report."""
    return TITLES[KIND_OF[type(report)]]


def moment(time: datetime | None) -> str:
    """A time to the minute, in UTC; a dash where there is none."""
    return DASH if time is None else f"{time:%Y-%m-%d %H:%M} UTC"


def day(time: datetime) -> str:
    """A day in UTC."""
    return f"{time:%Y-%m-%d}"


def span(duration: timedelta | None) -> str:
    """A duration: 0.04 s, 7.3 s, 2 min 05 s; a dash where there is none."""
    if duration is None:
        return DASH
    seconds = duration.total_seconds()
    if seconds < 59.95:  # noqa: PLR2004  # shown with one digit, it is less than 60.0
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"


def branch(analysis: Analysis) -> str:
    """The branch of an analysis."""
    return analysis.branch or "main line"


def counted(count: int, noun: str) -> str:
    """`1 issue`, `1,200 issues`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def by_severity(counts: SeverityCounts) -> list[tuple[Severity, int]]:
    """The counts, most severe first."""
    numbers = (counts.critical, counts.high, counts.medium, counts.low, counts.info)
    return list(zip(Severity, numbers, strict=True))


def severities(counts: SeverityCounts) -> str:
    """`2 critical, 1 low`; empty without issues."""
    return ", ".join(f"{n:,} {s.name.lower()}" for s, n in by_severity(counts) if n)


def place(issue: Issue) -> str:
    """Where in its file an issue is; empty if it is about the file as a whole."""
    cell = f"cell {issue.finding.cell}, " if issue.finding.cell else ""
    if not issue.finding.line:
        return cell.rstrip(", ")
    return (
        f"{cell}{issue.finding.line}:{issue.finding.column}"
        if issue.finding.column
        else f"{cell}{issue.finding.line}"
    )


def decision(issue: Issue) -> str:
    """What a person decided about it, in a sentence; empty where nobody did."""
    if issue.triage is None:
        return ""
    said = f"{STATUSES[issue.triage.status]}, by {issue.triage.author or 'somebody'}"
    said += f" on {day(issue.triage.time)}"
    if issue.triage.expires_at is not None:
        said += f" until {day(issue.triage.expires_at)}"
    return f"{said}: {issue.triage.reason}" if issue.triage.reason else said
