"""Decisions of people about issues, and their effect."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flext_quality.domain.errors import EtagMismatchError, IssueFixedError, invalid_field
from flext_quality.domain.issues.issue import Issue, IssueStatus, Triage

DECIDABLE = frozenset(
    {
        IssueStatus.OPEN,
        IssueStatus.ACKNOWLEDGED,
        IssueStatus.FALSE_POSITIVE,
        IssueStatus.ACCEPTED,
    }
)
"""OPEN takes an earlier decision back; the other states belong to analyses."""


def decision(
    status: IssueStatus,
    author: str,
    reason: str,
    expires_at: datetime | None,
    now: datetime,
) -> Triage:
    """What a person decides now.

    Raises:
        InvalidFieldError: the parts do not fit together; the fields are named as in the requests.
    """
    if status not in DECIDABLE:
        allowed = ", ".join(one.name for one in sorted(DECIDABLE))
        raise invalid_field("decision.status", f"must be one of {allowed}")
    if not author.strip():
        raise invalid_field("decision.author", "must not be blank")
    if status.is_resolution and not reason.strip():
        raise invalid_field("decision.reason", f"is required for {status.name}")
    if expires_at is not None and not status.is_resolution:
        raise invalid_field("decision.expire_time", f"must not be set for {status.name}")
    if expires_at is not None and expires_at <= now:
        raise invalid_field("decision.expire_time", "must be in the future")
    return Triage(status, author, reason, now, expires_at)


def expiry(now: datetime) -> Triage:
    """The decision that takes back one whose time is over; it has no author."""
    return Triage(IssueStatus.OPEN, "", "", now)


def check_decidable(issue: Issue, *, is_seen: bool, etag: str = "") -> None:
    """Whether a person may decide about the issue.

    `is_seen` tells of all branches: what is FIXED on one may have to be decided for another.

    Raises:
        EtagMismatchError: somebody changed it since `etag`, unless that is empty.
        IssueFixedError: no branch sees it any more.
    """
    if etag and etag != issue.etag:
        raise EtagMismatchError(str(issue.name), issue.etag, kind="issue")
    if not is_seen:
        raise IssueFixedError(str(issue.name))


def decided(issue: Issue, triage: Triage) -> Issue:
    """The issue, on one branch, after a decision. Where it is FIXED it stays so and keeps the decision."""
    status = issue.status if issue.status is IssueStatus.FIXED else triage.status
    return replace(
        issue,
        status=status,
        status_at=issue.status_at if status is issue.status else triage.time,
        triage=None if triage.status is IssueStatus.OPEN else triage,
        version=issue.version + 1,
    )


def is_in_force(triage: Triage | None, now: datetime) -> bool:
    """Whether there is a decision that was neither taken back nor has expired."""
    return (
        triage is not None
        and triage.status is not IssueStatus.OPEN
        and (triage.expires_at is None or triage.expires_at > now)
    )
