"""Which issues a filter lets pass, and in what order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flext_quality.application.ports.issues import IssueFilter, IssueOrder
from flext_quality.domain.issues.issue import Issue, IssueStatus


def issue_key(order: IssueOrder) -> Callable[[Issue], tuple[Any, ...]]:
    """By what an order sorts, before the name."""
    match order:
        case IssueOrder.SEVERITY:
            return lambda issue: (issue.finding.severity,)
        case IssueOrder.PATH:
            return lambda issue: (issue.finding.path, issue.finding.line)
        case IssueOrder.STATUS_TIME_DESC:
            return lambda issue: (issue.status_at,)
        case _:
            return lambda issue: (issue.created_at,)


def matches(wanted: IssueFilter, issue: Issue) -> bool:
    """Whether the filter lets the issue pass."""
    prefix = wanted.path_prefix.rstrip("/")
    text = wanted.text.casefold()
    return (
        (not wanted.statuses or issue.status in wanted.statuses)
        and (not wanted.severities or issue.finding.severity in wanted.severities)
        and (not wanted.categories or issue.finding.category in wanted.categories)
        and (not wanted.analyzers or issue.finding.analyzer in wanted.analyzers)
        and (not wanted.rules or issue.finding.rule in wanted.rules)
        and (
            not prefix
            or issue.finding.path == prefix
            or issue.finding.path.startswith(f"{prefix}/")
        )
        and (wanted.new_since is None or issue.created_at >= wanted.new_since)
        and any(
            text in t.casefold()
            for t in (issue.finding.rule, issue.finding.path, issue.finding.message)
        )
    )


def is_merely_fixed(issue: Issue) -> bool:
    """Whether it is FIXED by now, and no decision takes it out besides."""
    decided = issue.triage is not None and issue.triage.status.is_resolution
    return issue.status is IssueStatus.FIXED and not decided
