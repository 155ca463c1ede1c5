"""The templates of HTML reports, and what they can call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from flext_quality.domain.analyses.comparison import IssueDifference
from flext_quality.domain.findings.finding import Severity, SeverityCounts
from flext_quality.domain.issues.issue import Issue
from flext_quality.domain.reports.issue_summary import IssueGroup
from flext_quality.domain.reports.report import ReportedIssue
from flext_quality.infrastructure.reports import charts, text, words

ISSUES_HERE = "<!--issues-->"
"""Where the issues go into a page. Text in a page is escaped and never looks like this."""

FILE_COLUMNS = (
    ("lines_of_code", "Lines", "lines"),
    ("cyclomatic_complexity", "Cyclomatic", ""),
    ("cognitive_complexity", "Cognitive", ""),
    ("maintainability_index", "Maintainability", ""),
    ("duplicated_lines", "Duplicated", "lines"),
    ("line_coverage", "Coverage", "%"),
)
"""What is shown of each file: the metric's key, the column's head and the unit."""


def environment() -> Environment:
    """Everything that is put into a page is made visible and escaped, whatever the template says."""
    made = Environment(
        loader=PackageLoader("flext_quality.infrastructure.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    made.filters.update(_FILTERS)
    made.globals.update(
        issues_here=Markup(ISSUES_HERE),  # noqa: S704  # a constant
        file_columns=FILE_COLUMNS,
        differences=(
            (IssueDifference.NEW, "bad"),
            (IssueDifference.FIXED, "good"),
            (IssueDifference.MOVED, ""),
            (IssueDifference.PERSISTING, ""),
        ),
    )
    return made


def _finalize(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Markup):
        return text.visible(value.replace("\r\n", "\n"), keep="\n\t")
    return value


def _only(severity: Severity, count: int) -> SeverityCounts:
    return SeverityCounts(**{severity.name.lower(): count})


def _by_key(groups: Iterable[IssueGroup]) -> Mapping[str, IssueGroup]:
    return {group.key: group for group in groups}


def _as_reported(issue: Issue) -> ReportedIssue:
    return ReportedIssue(issue)


def _path(path: str) -> Markup:
    """A path that may be broken after each of its parts."""
    return Markup("/<wbr>").join(text.one_line(path).split("/"))


_FILTERS: Mapping[str, Callable[..., Any]] = {
    "as_reported": _as_reported,
    "branch": words.branch,
    "by_key": _by_key,
    "by_severity": words.by_severity,
    "category": words.CATEGORIES.__getitem__,
    "counted": words.counted,
    "day": words.day,
    "decision": words.decision,
    "difference": words.DIFFERENCES.__getitem__,
    "effort": text.effort,
    "gauge": charts.gauge,
    "line": text.one_line,
    "line_chart": charts.line_chart,
    "longest": charts.longest,
    "moment": words.moment,
    "number": text.number,
    "only": _only,
    "path": _path,
    "place": words.place,
    "safe_url": text.safe_url,
    "segments": charts.severity_segments,
    "severities": words.severities,
    "severity": words.SEVERITIES.__getitem__,
    "signed": text.signed,
    "span": words.span,
    "state": words.STATES.__getitem__,
    "status": words.STATUSES.__getitem__,
    "title": words.title,
    "words": lambda member: member.name.replace("_", " ").lower(),
}
