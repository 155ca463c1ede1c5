"""Issues: findings that people work on, known again from analysis to analysis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from flext_quality.domain.findings.finding import Category, Finding, Severity
from flext_quality.domain.identifiers import AnalysisName, IssueName


class IssueStatus(IntEnum):
    """Where an issue stands. The numbers are the contract's, which explains each."""

    OPEN = 1
    ACKNOWLEDGED = 2
    FIXED = 3
    REOPENED = 4
    FALSE_POSITIVE = 5
    ACCEPTED = 6

    @property
    def is_resolution(self) -> bool:
        """Whether it takes the issue out of scores and gates though the issue is seen."""
        return self in {IssueStatus.FALSE_POSITIVE, IssueStatus.ACCEPTED}

    @property
    def counts(self) -> bool:
        """Whether the issue counts in scores and gates."""
        return not self.is_resolution and self is not IssueStatus.FIXED


class IssueOrigin(IntEnum):
    """Why an issue appeared when it did. The numbers are the contract's, which explains each."""

    FIRST_ANALYSIS = 1
    CODE_CHANGE = 2
    ANALYZER_CHANGE = 3


class MatchMethod(IntEnum):
    """How a finding was recognised. The numbers are the contract's; the first that holds wins.

    NEW: it was not.
    """

    SAME_PLACE = 1
    MOVED_IN_FILE = 2
    SAME_MESSAGE_AND_HASH = 3
    SAME_MESSAGE_AND_LINE = 4
    MOVED_TO_FILE = 5
    REOPENED = 6
    NEW = 7


@dataclass(frozen=True, slots=True)
class Triage:
    """What a person decided: ACKNOWLEDGED, FALSE_POSITIVE or ACCEPTED, by whom, why, until when."""

    status: IssueStatus
    author: str
    reason: str
    time: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as it is, or was last seen, on one branch.

    Attributes:
        finding: what the tool said of it and where, when it was last seen there; without the tool's fix.
        created_at: when the project first saw it.
        status_at: when its status last changed.
        first_analysis: the analysis that saw it first.
        origin: why it appeared when it last did.
        effort_minutes: what ending it takes, by the table in docs/scoring.md.
        fixed_analysis: the analysis that no longer saw it; None unless it is FIXED.
        triage: what a person decided. A FIXED issue keeps it, for the case that it comes back.
        branch: the branch; empty for the project's main line.
        assignee: who is to end it; empty for nobody.
        tags: words by which people sort issues, in alphabetical order.
        version: counts the changes of status, triage, assignee and tags, for the etag.
    """

    name: IssueName
    status: IssueStatus
    finding: Finding
    created_at: datetime
    status_at: datetime
    first_analysis: AnalysisName
    origin: IssueOrigin
    effort_minutes: int = 0
    fixed_analysis: AnalysisName | None = None
    triage: Triage | None = None
    branch: str = ""
    assignee: str = ""
    tags: tuple[str, ...] = ()
    version: int = 1

    @property
    def etag(self) -> str:
        """Changes whenever status, triage, assignee or tags change."""
        return f'W/"{int(self.status_at.timestamp() * 1000):x}-{self.version}"'


def in_place_of(today: Issue, then: Issue) -> Issue:
    """The issue as it stands today, where and in the words in which it was seen then."""
    place = then.finding
    return replace(
        today,
        finding=replace(
            today.finding,
            message=place.message,
            path=place.path,
            line=place.line,
            column=place.column,
            end_line=place.end_line,
            end_column=place.end_column,
            cell=place.cell,
            related=place.related,
        ),
    )


@dataclass(frozen=True, slots=True)
class IssueCounts:
    """How an analysis's findings relate to the issues known before; the contract explains each."""

    open: int = 0
    new: int = 0
    new_code: int = 0
    fixed: int = 0
    reopened: int = 0
    persisting: int = 0
    moved: int = 0
    accepted: int = 0
    false_positive: int = 0


@dataclass(frozen=True, slots=True)
class IssueTally:
    """How many issues that count there are in one file, of one category and severity.

    Attributes:
        effort_minutes: of all of them together.
    """

    path: str
    category: Category
    severity: Severity
    count: int
    effort_minutes: int


@dataclass(frozen=True, slots=True)
class IssueChange:
    """Something that happened to one issue; fields as those of the contract's `IssueChange`."""

    time: datetime
    status: IssueStatus
    analysis: AnalysisName | None = None
    match_method: MatchMethod | None = None
    path: str = ""
    line: int = 0
    triage: Triage | None = None
    branch: str = ""
