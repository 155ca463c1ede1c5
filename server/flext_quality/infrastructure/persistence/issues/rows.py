"""Issues to rows, and rows to what tracking knows of issues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flext_quality.application.ports.issues import (
    BranchChanges,
    IssueCodec,
    KnownIssue,
    Moved,
    Seen,
)
from flext_quality.domain.findings.finding import Finding
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.issues.fingerprint import Fingerprint, details_hash, text_hash
from flext_quality.domain.issues.issue import Issue, IssueStatus, Triage
from flext_quality.infrastructure.persistence.issues.queries import folded
from flext_quality.infrastructure.persistence.rows import Values

_STATUS = {int(status): status for status in IssueStatus}
_FIXED = int(IssueStatus.FIXED)
_MASK = (1 << 64) - 1
_SIGN = 1 << 63


def signed(number: int) -> int:
    """64 bits as databases keep them."""
    return number - (_SIGN << 1) if number & _SIGN else number


def known_issues(rows: Iterable[Sequence[Any]]) -> list[KnownIssue]:
    """Rows of a fingerprint's fields in their order, and the status."""
    known = []
    # Very many: nothing is done to them that can be left out.
    for tool, rule, path, line, column, line_hash, message, details, issue_id, status in rows:
        hashes = (line_hash & _MASK, message & _MASK, details & _MASK)
        fingerprint = Fingerprint(tool, rule, path, line, column, *hashes, issue_id)
        known.append(KnownIssue(fingerprint, _STATUS[status], status != _FIXED))
    return known


def appeared_rows(
    codec: IssueCodec, changes: BranchChanges, appeared: Iterable[Seen]
) -> list[Values]:
    """Whole rows of issues that appear or come back."""
    project_id, branch, sequence = changes.project.project_id, changes.branch, changes.sequence
    rows = []
    for seen in appeared:
        issue = seen.issue
        rows.append(
            {
                "project_id": project_id,
                "branch": branch,
                "issue_id": issue.name.issue_id,
                **_place(issue.finding),
                **_state(codec, issue),
                "path": issue.finding.path,
                "severity": int(issue.finding.severity),
                "rung": int(seen.match_method),
                "analyzer": issue.finding.analyzer,
                "rule": issue.finding.rule,
                "line_hash": signed(seen.line_hash),
                "message_hash": signed(seen.message_hash),
                "effort_minutes": issue.effort_minutes,
                "created_at": issue.created_at,
                "appeared": sequence,
                "seen_from": sequence,
            }
        )
    return rows


def moved_rows(
    codec: IssueCodec,
    changes: BranchChanges,
    moves: Iterable[Moved],
    before: Mapping[str, tuple[bytes, str, int]],
) -> tuple[list[Values], list[Values]]:
    """What changes of issues that move.

    Of those first whose indexed columns stay as they are: these are not among the values, and so cost
    nothing. `before` has payload, path and severity as they are now.
    """
    in_file: list[Values] = []
    elsewhere: list[Values] = []
    key = {"project": changes.project.project_id, "on_branch": changes.branch}
    for moved in moves:
        payload, path, severity = before[moved.issue_id]
        finding = moved.finding
        values: Values = {
            **key,
            "issue": moved.issue_id,
            **_place(finding),
            "payload": codec.moved(payload, finding, moved.effort_minutes),
            "rung": int(moved.match_method),
            "line_hash": signed(finding.line_hash),
            "message_hash": signed(text_hash(finding.message)),
            "effort_minutes": moved.effort_minutes,
            "seen_from": changes.sequence,
        }
        if (path, severity) == (finding.path, finding.severity):
            in_file.append(values)
        else:
            elsewhere.append({**values, "path": finding.path, "severity": int(finding.severity)})
    return in_file, elsewhere


def gone_rows(codec: IssueCodec, changes: BranchChanges, gone: Iterable[Issue]) -> list[Values]:
    """What changes of issues that are no longer seen."""
    key = {"project": changes.project.project_id, "on_branch": changes.branch}
    return [{**key, "issue": issue.name.issue_id, **_state(codec, issue)} for issue in gone]


def decision_values(project: ProjectName, issue_id: str, decision: Triage) -> Values:
    """The row of a decision about an issue."""
    return {
        "project_id": project.project_id,
        "issue_id": issue_id,
        "time": decision.time,
        "status": int(decision.status),
        "author": decision.author,
        "reason": decision.reason,
        "expires_at": decision.expires_at,
    }


def _place(finding: Finding) -> Values:
    return {
        "line": finding.line,
        "column": finding.column,
        "category": int(finding.category),
        "details_hash": signed(details_hash(finding)),
        "search": folded(f"{finding.rule}\n{finding.path}\n{finding.message}"),
    }


def _state(codec: IssueCodec, issue: Issue) -> Values:
    return {
        "payload": codec.encode(issue),
        "status": int(issue.status),
        "origin": int(issue.origin),
        "status_at": issue.status_at,
        "expires_at": issue.triage.expires_at if issue.triage else None,
    }
