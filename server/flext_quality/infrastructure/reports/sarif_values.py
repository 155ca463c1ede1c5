"""Issues and outcomes as the objects of SARIF 2.1.0.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, to which the sections refer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from flext_quality.domain.analyses.comparison import IssueDifference
from flext_quality.domain.findings.finding import Category, Location, Severity
from flext_quality.domain.findings.outcome import AnalyzerOutcome, AnalyzerState
from flext_quality.domain.issues.issue import Issue
from flext_quality.domain.reports.report import ReportedIssue
from flext_quality.infrastructure.reports.json_values import time_value
from flext_quality.infrastructure.reports.text import one_line, safe_url, visible
from flext_quality.infrastructure.reports.words import STATES, decision

Value = dict[str, Any]

ROOT = "%SRCROOT%"
"""Stands for the root of the project's code; the reader knows where that is."""

FINGERPRINT = "flextQualityIssue/v1"
"""Under this key is the id of the issue, which is the same in every later analysis."""

LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
SECURITY_SEVERITIES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "1.0",
}
"""In the middle of the ranges by which GitHub makes a score into a word: over 9.0 is critical."""

_BASELINE_STATES = {
    IssueDifference.NEW: "new",
    IssueDifference.FIXED: "absent",
    IssueDifference.PERSISTING: "unchanged",
    IssueDifference.MOVED: "updated",
}


@dataclass
class Rules:
    """The rules of one analyzer, in the order in which its issues named them."""

    analyzer: str
    _index: dict[str, int] = field(default_factory=dict)
    _worst: list[Issue] = field(default_factory=list)

    def index(self, issue: Issue) -> int:
        """The place of the issue's rule."""
        index = self._index.setdefault(issue.finding.rule, len(self._worst))
        if index == len(self._worst):
            self._worst.append(issue)
        elif issue.finding.severity < self._worst[index].finding.severity:
            self._worst[index] = issue
        return index

    def values(self) -> list[Value]:
        """A reportingDescriptor (3.49) for each."""
        return [self._value(issue) for issue in self._worst]

    def _value(self, issue: Issue) -> Value:
        name = f"{self.analyzer} {one_line(issue.finding.rule)}"
        value: Value = {
            "id": visible(issue.finding.rule),
            "shortDescription": {"text": name},
            "help": {"text": f"The rule {name}."},
            "defaultConfiguration": {"level": LEVELS[issue.finding.severity]},
            "properties": {"tags": [issue.finding.category.name.lower().replace("_", "-")]},
        }
        if url := safe_url(issue.finding.documentation_url):
            value["helpUri"] = url
            value["help"]["text"] += f" {url}"
        if issue.finding.category is Category.SECURITY:
            value["properties"]["security-severity"] = SECURITY_SEVERITIES[issue.finding.severity]
        return value


def result(reported: ReportedIssue, rules: Rules) -> Value:
    """A result (3.27)."""
    issue = reported.issue
    value: Value = {
        "ruleId": visible(issue.finding.rule),
        "ruleIndex": rules.index(issue),
        "kind": "fail",
        "level": LEVELS[issue.finding.severity],
        "message": {"text": message(issue.finding.message) or "(no message)"},
        "locations": [{"physicalLocation": _physical(_place(issue), issue.finding.cell)}],
        "partialFingerprints": {FINGERPRINT: issue.name.issue_id},
        "properties": _properties(issue),
    }
    if issue.finding.related:
        value["relatedLocations"] = [
            _related(number, place) for number, place in enumerate(issue.finding.related)
        ]
    if reported.difference is not None:
        value["baselineState"] = _BASELINE_STATES[reported.difference]
    if issue.status.is_resolution:
        value["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": visible(decision(issue) or issue.status.name, keep="\n\t"),
            }
        ]
    return value


def message(text: str) -> str:
    """A message string (3.11.5, 3.11.6) in which nothing is a placeholder or a link."""
    shown = visible(text.replace("\r\n", "\n"), keep="\n\t")
    shown = re.sub(r"\{(\d+)\}", r"{{\1}}", shown)
    return re.sub(r"\[([^\[\]]*)\]\(", r"\\[\1\\](", shown)


def uri(path: str) -> str:
    """A relative reference (RFC 3986) to a file."""
    return quote(path, safe="/", errors="surrogateescape")


def invocation(outcome: AnalyzerOutcome) -> Value:
    """An invocation (3.20): how the analyzer fared."""
    value: Value = {
        "executionSuccessful": outcome.state is AnalyzerState.SUCCEEDED,
        "exitCodeDescription": STATES[outcome.state],
    }
    if outcome.started_at is not None:
        value["startTimeUtc"] = time_value(outcome.started_at)
        if outcome.duration is not None:
            value["endTimeUtc"] = time_value(outcome.started_at + outcome.duration)
    if outcome.failure is not None:
        skipped = outcome.state is AnalyzerState.SKIPPED
        said = {
            "level": "note" if skipped else "error",
            "message": {"text": message(outcome.failure.message)},
            "descriptor": {"id": outcome.failure.reason.value},
        }
        value["toolExecutionNotifications"] = [said]
        value["exitCodeDescription"] += f": {one_line(outcome.failure.message)}"
    return value


def _place(issue: Issue) -> Location:
    return Location(
        issue.finding.path,
        issue.finding.line,
        issue.finding.column,
        issue.finding.end_line,
        issue.finding.end_column,
        issue.finding.message,
    )


def _physical(place: Location, cell: int = 0) -> Value:
    value: Value = {"artifactLocation": {"uri": uri(place.path), "uriBaseId": ROOT}}
    if not place.line or cell:
        # A line of a notebook's cell is no line of the file.
        return value
    region = {"startLine": place.line}
    if place.column:
        region["startColumn"] = place.column
    if place.end_line >= place.line:
        region["endLine"] = place.end_line
        if place.end_column and place.column and _ends_after(place):
            region["endColumn"] = place.end_column
    value["region"] = region
    return value


def _ends_after(place: Location) -> bool:
    return place.end_line > place.line or place.end_column >= place.column


def _related(number: int, place: Location) -> Value:
    value: Value = {"id": number, "physicalLocation": _physical(place)}
    if place.message:
        value["message"] = {"text": message(place.message)}
    return value


def _properties(issue: Issue) -> Value:
    properties: Value = {
        "issue": str(issue.name),
        "status": issue.status.name,
        "severity": issue.finding.severity.name,
        "category": issue.finding.category.name,
        "effortMinutes": issue.effort_minutes,
    }
    if issue.finding.category is Category.SECURITY:
        properties["security-severity"] = SECURITY_SEVERITIES[issue.finding.severity]
    if issue.finding.cell:
        properties |= {"cell": issue.finding.cell, "line": issue.finding.line}
    return properties
