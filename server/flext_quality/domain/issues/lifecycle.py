"""What analyses make of issues: they appear, come back and go."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flext_quality.domain.findings.finding import Finding
from flext_quality.domain.identifiers import AnalysisName, IssueName
from flext_quality.domain.issues.issue import Issue, IssueOrigin, IssueStatus
from flext_quality.domain.issues.triage import is_in_force


def new_issue(
    name: IssueName,
    finding: Finding,
    effort_minutes: int,
    analysis: AnalysisName,
    branch: str,
    origin: IssueOrigin,
    now: datetime,
) -> Issue:
    """A new issue, made of a finding that was not recognised."""
    return Issue(
        name=name,
        status=IssueStatus.OPEN,
        finding=finding.without_fix(),
        created_at=now,
        status_at=now,
        first_analysis=analysis,
        origin=origin,
        effort_minutes=effort_minutes,
        branch=branch,
    )


def moved(issue: Issue, finding: Finding, effort_minutes: int) -> Issue:
    """The issue as `finding` tells of it now, which takes so many minutes to end."""
    return replace(issue, finding=finding.without_fix(), effort_minutes=effort_minutes)


def fixed(issue: Issue, analysis: AnalysisName, now: datetime) -> Issue:
    """The issue once `analysis` no longer sees it. What was decided about it is kept."""
    return replace(
        issue,
        status=IssueStatus.FIXED,
        status_at=now,
        fixed_analysis=analysis,
        version=issue.version + 1,
    )


def seen_again(
    issue: Issue, finding: Finding, effort_minutes: int, origin: IssueOrigin, now: datetime
) -> Issue:
    """A FIXED issue that is seen again.

    REOPENED, unless a decision is in force: then that holds again. One that has expired is dropped.
    """
    in_force = issue.triage if is_in_force(issue.triage, now) else None
    return replace(
        moved(issue, finding, effort_minutes),
        status=in_force.status if in_force else IssueStatus.REOPENED,
        status_at=now,
        triage=in_force,
        fixed_analysis=None,
        origin=origin,
        version=issue.version + 1,
    )


def seen_on(
    branch: str,
    issue: Issue,
    finding: Finding,
    effort_minutes: int,
    origin: IssueOrigin,
    now: datetime,
) -> Issue:
    """An issue that is known on other branches, as it is on one where it appears.

    What was decided about it holds here too. Without that it is OPEN, even if it is FIXED elsewhere: here
    it never was.
    """
    in_force = issue.triage if is_in_force(issue.triage, now) else None
    status = in_force.status if in_force else IssueStatus.OPEN
    return replace(
        moved(issue, finding, effort_minutes),
        branch=branch,
        status=status,
        status_at=issue.status_at if status is issue.status else now,
        triage=in_force,
        fixed_analysis=None,
        origin=origin,
    )
