"""Reports' parts as values for JSON; docs/reports.md describes them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.findings.finding import Confidence, SeverityCounts
from flext_quality.domain.findings.outcome import AnalyzerOutcome
from flext_quality.domain.gates.quality_gate import GateResult
from flext_quality.domain.issues.issue import Issue
from flext_quality.domain.metrics.score import Score
from flext_quality.domain.reports.issue_summary import IssueGroup, IssueSummary
from flext_quality.domain.reports.report import Measured, ReportedIssue, TrendLine
from flext_quality.infrastructure.reports.words import by_severity

Value = dict[str, Any]


def analysis_value(analysis: Analysis) -> Value:
    """An analysis that has SUCCEEDED, without its measures."""
    known = analysis.results
    counts = known.issue_counts if known else None
    return {
        "name": str(analysis.name),
        "branch": analysis.branch,
        "startTime": time_value(analysis.started_at),
        "endTime": time_value(analysis.ended_at),
        "fileCount": analysis.file_count,
        "linesOfCode": analysis.lines_of_code,
        "skippedFileCount": analysis.skipped_file_count,
        "score": _score(known.score) if known else None,
        "gate": _gate(known.gate) if known and known.gate else None,
        "issueCounts": counts
        and {
            "open": counts.open,
            "new": counts.new,
            "newCode": counts.new_code,
            "fixed": counts.fixed,
            "reopened": counts.reopened,
            "persisting": counts.persisting,
            "moved": counts.moved,
            "accepted": counts.accepted,
            "falsePositive": counts.false_positive,
        },
        "outcomes": [_outcome(outcome) for outcome in analysis.outcomes.values()],
    }


def time_value(time: datetime | None) -> str | None:
    """RFC 3339, in UTC."""
    return None if time is None else f"{time:%Y-%m-%dT%H:%M:%S.%f}Z"


def counts_value(counts: SeverityCounts) -> Value:
    """The counts by severity."""
    return {severity.name: count for severity, count in by_severity(counts)}


def measures_value(measures: Iterable[Measured]) -> list[Value]:
    """Measures, with the values before."""
    return [
        {
            "metric": one.metric.key,
            "name": one.metric.display_name,
            "unit": one.metric.unit,
            "direction": one.metric.direction.name,
            "value": one.value,
            "base": one.base,
        }
        for one in measures
    ]


def summary_value(summary: IssueSummary) -> Value:
    """What the issues add up to."""
    return {
        "counts": counts_value(summary.counts),
        "seen": summary.seen,
        "acknowledged": summary.acknowledged,
        "accepted": summary.accepted,
        "falsePositive": summary.false_positive,
        "effortMinutes": summary.effort_minutes,
        "categories": [_group(group, "category") for group in summary.categories],
        "directories": [_group(group, "path") for group in summary.directories],
        "files": [_group(group, "path") for group in summary.files],
        "rules": [
            {
                "analyzer": rule.analyzer,
                "rule": rule.rule,
                "severity": rule.severity.name,
                "category": rule.category.name,
                "count": rule.count,
                "effortMinutes": rule.effort_minutes,
            }
            for rule in summary.rules
        ],
    }


def line_value(line: TrendLine) -> Value:
    """A metric over time."""
    trend = line.trend
    return {
        "metric": line.metric.key,
        "name": line.metric.display_name,
        "unit": line.metric.unit,
        "first": trend.first,
        "last": trend.last,
        "change": trend.change,
        "changePercent": trend.change_percent,
        "slopePerDay": trend.slope_per_day,
        "minimum": trend.minimum,
        "maximum": trend.maximum,
        "direction": trend.direction.name,
        "points": [{"time": time_value(p.time), "value": p.value} for p in line.points],
    }


def reported_value(reported: ReportedIssue) -> Value:
    """An issue, with how it differs from the earlier analysis."""
    value = issue_value(reported.issue)
    value["difference"] = reported.difference.name if reported.difference else None
    if reported.base_place is not None:
        value["basePath"], value["baseLine"] = reported.base_place
    return value


def issue_value(issue: Issue) -> Value:
    """An issue; what is not known is left out."""
    value: Value = {
        "name": str(issue.name),
        "status": issue.status.name,
        "analyzer": issue.finding.analyzer,
        "rule": issue.finding.rule,
        "severity": issue.finding.severity.name,
        "category": issue.finding.category.name,
        "message": issue.finding.message,
        "path": issue.finding.path,
        "line": issue.finding.line or None,
        "column": issue.finding.column or None,
        "endLine": issue.finding.end_line or None,
        "endColumn": issue.finding.end_column or None,
        "cell": issue.finding.cell or None,
        "documentationUrl": issue.finding.documentation_url or None,
        "confidence": None
        if issue.finding.confidence is Confidence.UNSPECIFIED
        else issue.finding.confidence.name,
        "effortMinutes": issue.effort_minutes,
        "createTime": time_value(issue.created_at),
        "origin": issue.origin.name,
        "related": [
            {"path": place.path, "line": place.line, "message": place.message}
            for place in issue.finding.related
        ]
        or None,
    }
    if issue.triage is not None:
        value["triage"] = {
            "status": issue.triage.status.name,
            "author": issue.triage.author,
            "reason": issue.triage.reason,
            "time": time_value(issue.triage.time),
            "expireTime": time_value(issue.triage.expires_at),
        }
    return {key: one for key, one in value.items() if one is not None}


def _score(score: Score) -> Value:
    return {
        "overall": score.overall,
        "grade": score.grade.label or None,
        "confidence": score.confidence,
        "categories": [
            {"category": one.category.name, "score": one.score, "grade": one.grade.label}
            for one in score.categories
        ],
    }


def _gate(gate: GateResult) -> Value:
    return {
        "status": gate.status.name,
        "message": gate.message,
        "baselineAnalysis": str(gate.baseline) if gate.baseline else None,
        "conditions": [
            {
                "metric": one.condition.metric,
                "operator": one.condition.operator.name,
                "threshold": one.condition.threshold,
                "scope": one.condition.scope.name,
                "state": one.state.name,
                "value": one.value,
                "message": one.message,
            }
            for one in gate.conditions
        ],
    }


def _outcome(outcome: AnalyzerOutcome) -> Value:
    return {
        "analyzer": outcome.analyzer,
        "version": outcome.version,
        "state": outcome.state.name,
        "fileCount": outcome.file_count,
        "skippedFileCount": outcome.skipped_file_count,
        "findings": counts_value(outcome.severity_counts),
        "seconds": outcome.duration.total_seconds() if outcome.duration is not None else None,
        "configDigest": outcome.config_digest,
        "error": None
        if outcome.failure is None
        else {"reason": outcome.failure.reason.value, "message": outcome.failure.message},
    }


def _group(group: IssueGroup, key: str) -> Value:
    return {
        key: group.key,
        "counts": counts_value(group.counts),
        "seen": group.seen,
        "effortMinutes": group.effort_minutes,
    }
