"""The storage of issues."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from flext_quality.domain.analyses.comparison import ComparedIssue, IssueDifference, SeenAs
from flext_quality.domain.findings.finding import Category, Finding, Severity
from flext_quality.domain.identifiers import IssueName, ProjectName
from flext_quality.domain.issues.fingerprint import Fingerprint
from flext_quality.domain.issues.issue import (
    Issue,
    IssueChange,
    IssueStatus,
    IssueTally,
    MatchMethod,
    Triage,
)
from flext_quality.domain.result import FlextResult


class KnownIssue(NamedTuple):
    """As much of a stored issue as recognising it takes.

    Attributes:
        fingerprint: the place where it is seen, or was last seen, with the issue's id.
        is_seen: the branch's latest analysis saw it; otherwise it is FIXED there.
    """

    fingerprint: Fingerprint
    status: IssueStatus
    is_seen: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """An issue that appears or comes back, in full, with how it was recognised.

    Attributes:
        line_hash, message_hash: of the finding that it is seen by.
    """

    issue: Issue
    match_method: MatchMethod
    line_hash: int
    message_hash: int


@dataclass(frozen=True, slots=True)
class Moved:
    """An issue that is still seen, in another place or with other words: those of `finding`."""

    issue_id: str
    finding: Finding
    match_method: MatchMethod
    effort_minutes: int


@dataclass(frozen=True, slots=True)
class BranchChanges:
    """What one analysis changes about a branch's issues. What is seen as before is not among it.

    Attributes:
        sequence: the analysis's number on its branch.
        appeared: issues not seen before on this branch, or seen again after a break.
        moved: issues seen before and now, whose place or words differ.
        gone: issues that are no longer seen, as they are now (FIXED).
    """

    project: ProjectName
    branch: str
    sequence: int
    appeared: Sequence[Seen] = ()
    moved: Sequence[Moved] = ()
    gone: Sequence[Issue] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the analysis changes nothing."""
        return not (self.appeared or self.moved or self.gone)


class IssueOrder(StrEnum):
    """How issues are listed; ties go by name, ascending. The values are the contract's."""

    CREATE_TIME = "create_time"
    CREATE_TIME_DESC = "create_time desc"
    SEVERITY = "severity"
    PATH = "path"
    STATUS_TIME_DESC = "status_time desc"


@dataclass(frozen=True, slots=True)
class IssueFilter:
    """Which issues are wanted; empty fields let all pass, fields that are set must all hold.

    Attributes:
        branch: the issues of this branch; empty: of the main line.
        text: in the rule, path or message, whatever the letters' case.
        as_of: with this number of the branch's analyses: the issues that were seen as of it, in the
            places where it saw them, with today's statuses. None: every issue, as of today.
    """

    branch: str = ""
    statuses: frozenset[IssueStatus] = frozenset()
    severities: frozenset[Severity] = frozenset()
    categories: frozenset[Category] = frozenset()
    analyzers: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    path_prefix: str = ""
    new_since: datetime | None = None
    text: str = ""
    as_of: int | None = None


@dataclass(frozen=True, slots=True)
class IssueBatch:
    """Issues as they are sent: `payload` is the bytes of an ExportIssuesResponse that holds them."""

    count: int
    payload: bytes


class TrackingRepository(Protocol):
    """The issues of projects as analyses see and change them, on each branch by itself."""

    async def known(
        self, project: ProjectName, branch: str, analyzers: Collection[str]
    ) -> list[KnownIssue]:
        """Every issue of these analyzers that was ever seen on the branch, in the order of the ids."""
        ...

    async def known_elsewhere(
        self, project: ProjectName, branch: str, analyzers: Collection[str]
    ) -> list[KnownIssue]:
        """Every issue of these analyzers that was seen on another branch and never on this one, once each.

        As on the main line or, if one was never seen there, on the branch where its status changed last.
        """
        ...

    async def load(
        self, project: ProjectName, branch: str, issue_ids: Collection[str]
    ) -> dict[str, Issue]:
        """The issues of these ids in full, by id: as on the branch, or as `known_elsewhere` tells of them."""
        ...

    async def apply(self, changes: BranchChanges) -> None:
        """Stores what an analysis changed; the project is held for update. Writes rows for that only."""
        ...

    async def statuses(self, project: ProjectName, branch: str) -> dict[IssueStatus, int]:
        """How many issues of the branch stand where; absent: none."""
        ...


class IssueRepository(Protocol):
    """The issues of projects as people see and triage them.

    An issue has one name over all branches, and what people decide about it holds on all of them.
    """

    async def get_many(
        self, project: ProjectName, issue_ids: Collection[str], *, branch: str | None = None
    ) -> dict[str, Issue]:
        """The issues of these ids that there are, by id.

        As they are on `branch` or, with None, on the main line and, if one was never seen there, on the
        branch where its status changed last.
        """
        ...

    async def seen(self, project: ProjectName, issue_ids: Collection[str]) -> set[str]:
        """Those of the ids whose issues are seen now, on any branch."""
        ...

    async def count(self, project: ProjectName, wanted: IssueFilter) -> int:
        """How many issues the filter lets pass."""
        ...

    async def page(
        self,
        project: ProjectName,
        wanted: IssueFilter,
        *,
        order: IssueOrder,
        limit: int,
        after: str = "",
    ) -> tuple[list[Issue], str]:
        """At most `limit` issues in `order`, and the cursor after the last one; empty at the end.

        `after` is a cursor of an earlier call with the same filter and order. Nothing is left out or
        doubled between pages unless it is changed in between.
        """
        ...

    async def ids(
        self, project: ProjectName, wanted: IssueFilter, *, limit: int, after: str = ""
    ) -> list[str]:
        """At most `limit` ids, greater than `after`, of issues that the filter lets pass, ascending."""
        ...

    def export(self, project: ProjectName, wanted: IssueFilter) -> AsyncIterator[IssueBatch]:
        """All issues that the filter lets pass, in the order of their ids; no batch is empty.

        Holds a batch in memory. As of the beginning of the unit of work, if it is read-only.
        """
        ...

    async def decide(
        self, project: ProjectName, issue_ids: Collection[str], decision: Triage
    ) -> set[str]:
        """Stores a decision about issues, on every branch where each was ever seen and in their histories.

        The project is held for update.

        Each becomes what `domain.triage.decided` makes of it; a decision that is OPEN takes an earlier one
        back. Tells the branches on which an issue that is seen has changed.
        """
        ...

    async def projects_with_expired(self, now: datetime) -> list[ProjectName]:
        """The projects that have issues whose decision has expired by `now`, in the order of the names."""
        ...

    async def expired(self, project: ProjectName, now: datetime, *, limit: int) -> list[IssueName]:
        """At most `limit` of the project's issues whose decision has expired by `now`, FIXED ones too."""
        ...

    async def tallies(
        self,
        project: ProjectName,
        branch: str,
        *,
        appeared_after: int | None = None,
        absent_on: tuple[str, int] | None = None,
        as_of: int | None = None,
    ) -> list[IssueTally]:
        """How many issues that count are seen on the branch now, by file, category and severity.

        With `appeared_after`, only those of new code: that appeared after that analysis of the branch by
        a change of code. With `absent_on`, (branch, number), only those of a change of code that were
        not seen there as of that analysis. With `as_of`, those that were seen as of that analysis of the
        branch, in the files where it saw them, with today's statuses; not together with `appeared_after`.
        One that has been fixed since counts among them, unless a decision takes it out.
        """
        ...

    async def places(
        self, project: ProjectName, branch: str, as_of: int
    ) -> dict[str, tuple[str, int]]:
        """Path and line of every issue that was seen as of the branch's analysis `as_of`, by id."""
        ...

    async def differences(
        self, project: ProjectName, base: SeenAs, head: SeenAs
    ) -> dict[IssueDifference, int]:
        """How many issues differ in which way between two analyses; every way is there."""
        ...

    async def compared(
        self,
        project: ProjectName,
        base: SeenAs,
        head: SeenAs,
        differences: Collection[IssueDifference],
        *,
        limit: int,
        after: tuple[IssueDifference, str] | None = None,
    ) -> list[ComparedIssue]:
        """At most `limit` issues that differ in one of these ways, by difference and then by id.

        `after` is the place of the last one of an earlier call.
        """
        ...

    async def history(self, name: IssueName) -> FlextResult[list[IssueChange]]:
        """All that happened to the issue on all branches, oldest first. `IssueNotFoundError`."""
        ...


class IssueCodec(Protocol):
    """Turns issues into the bytes that are stored and, unchanged, sent to clients."""

    def encode(self, issue: Issue) -> bytes:
        """The bytes of an ExportIssuesResponse with one issue; joined ones are one that has them all."""
        ...

    def decode(self, payload: bytes) -> list[Issue]:
        """The issues of joined bytes; `decode(encode(x)) == [x]`."""
        ...

    def moved(self, payload: bytes, finding: Finding, effort_minutes: int) -> bytes:
        """The bytes of one issue with what `finding` says now; all else about the issue stays."""
        ...
