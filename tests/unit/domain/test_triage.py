from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flext_quality.domain.errors import EtagMismatchError, InvalidFieldError, IssueFixedError
from flext_quality.domain.findings.finding import Category, Finding, Severity
from flext_quality.domain.identifiers import AnalysisName, IssueName
from flext_quality.domain.issues.issue import Issue, IssueOrigin, IssueStatus, Triage
from flext_quality.domain.issues.triage import (
    check_decidable,
    decided,
    decision,
    expiry,
    is_in_force,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
SEEN = [status for status in IssueStatus if status is not IssueStatus.FIXED]


def issue(status: IssueStatus = IssueStatus.OPEN, triage: Triage | None = None) -> Issue:
    return Issue(
        name=IssueName("shop", "1" * 26),
        status=status,
        finding=Finding("ruff", "F401", Severity.LOW, "m", "a.py", category=Category.STYLE),
        created_at=NOON,
        status_at=NOON,
        first_analysis=AnalysisName("shop", "0" * 26),
        origin=IssueOrigin.CODE_CHANGE,
        triage=triage,
    )


@pytest.mark.parametrize("status", SEEN)
@pytest.mark.parametrize(
    "to",
    [
        IssueStatus.OPEN,
        IssueStatus.ACKNOWLEDGED,
        IssueStatus.FALSE_POSITIVE,
        IssueStatus.ACCEPTED,
    ],
)
def test_an_issue_that_is_seen_takes_the_status_decided(
    status: IssueStatus, to: IssueStatus
) -> None:
    """From whatever state; OPEN takes the decision back. The etag changes even if the state does not."""
    before = issue(status)
    made = decision(to, "ann", "why", None, LATER)
    after = decided(before, made)
    assert after.status is to
    assert after.triage == (None if to is IssueStatus.OPEN else made)
    assert after.status_at == (NOON if status is to else LATER)
    assert after.etag != before.etag


def test_a_fixed_issue_keeps_a_decision_for_later() -> None:
    """It stays FIXED since the same moment, and another etag tells of the decision."""
    before = issue(IssueStatus.FIXED)
    made = decision(IssueStatus.ACCEPTED, "ann", "why", None, LATER)
    after = decided(before, made)
    assert (after.status, after.status_at, after.triage) == (IssueStatus.FIXED, NOON, made)
    assert after.etag != before.etag
    over = decided(after, expiry(LATER))
    assert (over.status, over.triage) == (IssueStatus.FIXED, None)


@pytest.mark.parametrize("status", [IssueStatus.FIXED, IssueStatus.REOPENED])
def test_nobody_decides_what_analyses_find_out(status: IssueStatus) -> None:
    """FIXED and REOPENED belong to analyses."""
    with pytest.raises(InvalidFieldError):
        decision(status, "ann", "why", None, NOON)


def test_a_decision_ends_only_in_the_future() -> None:
    """Now is too late."""
    with pytest.raises(InvalidFieldError):
        decision(IssueStatus.ACCEPTED, "ann", "why", NOON, NOON)
    until = NOON + timedelta(microseconds=1)
    assert until == decision(IssueStatus.ACCEPTED, "ann", "why", until, NOON).expires_at


def test_a_decision_is_in_force_until_it_ends() -> None:
    """Not from that moment on, and not if it took another one back."""
    made = decision(IssueStatus.ACCEPTED, "ann", "why", LATER, NOON)
    assert is_in_force(made, NOON)
    assert not is_in_force(made, LATER)
    assert not is_in_force(expiry(NOON), NOON)
    assert not is_in_force(None, NOON)


def test_an_old_etag_is_refused_before_anything_else() -> None:
    """The issue that the caller saw is not the one that is there."""
    that = issue(IssueStatus.FIXED)
    with pytest.raises(EtagMismatchError):
        check_decidable(that, is_seen=False, etag="old")
    with pytest.raises(IssueFixedError):
        check_decidable(that, is_seen=False, etag=that.etag)
    check_decidable(that, is_seen=True, etag=that.etag)
