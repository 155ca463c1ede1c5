"""What the use cases need to keep of issues, of files and of measures over time.

Beside `ports.py`, and read like it: the comments promise what the signatures cannot.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from flext_quality.domain.finding import Category, Severity
from flext_quality.domain.identifiers import IssueName, ProjectName
from flext_quality.domain.issue import (
    Issue,
    IssueChange,
    IssueStatus,
    IssueTally,
    MatchRung,
    Triage,
)
from flext_quality.domain.measures import FileRecord, LineHashes
from flext_quality.domain.result import FlextResult

# --- issues -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KnownIssue:
    """As much of a stored issue as recognising it takes.

    Attributes:
        message_hash: 64 bits over the message (`domain/tracking.py`).
        is_seen: the branch's latest analysis saw it; otherwise it is FIXED there.
    """

    issue_id: str
    analyzer: str
    rule: str
    path: str
    line: int
    column: int
    line_hash: int
    message_hash: int
    status: IssueStatus
    is_seen: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """An issue that appears, moves or comes back, in full, with how it was recognised.

    Attributes:
        line_hash, message_hash: of the finding that it is seen by.
    """

    issue: Issue
    rung: MatchRung
    line_hash: int
    message_hash: int


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
    moved: Sequence[Seen] = ()
    gone: Sequence[Issue] = ()


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

    async def known(self, project: ProjectName, branch: str) -> list[KnownIssue]:
        """Every issue that was ever seen on the branch, in the order of the ids."""
        ...

    async def known_elsewhere(self, project: ProjectName, branch: str) -> list[KnownIssue]:
        """Every issue that was seen on another branch and never on this one, once each.

        `is_seen` tells of the main line or, if it was never seen there, of the branch that saw it last.
        """
        ...

    async def apply(self, changes: BranchChanges) -> None:
        """Stores what an analysis changed. Writes rows for the changes only."""
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

        `after` is a cursor of an earlier call with the same filter and order.
        """
        ...

    def export(self, project: ProjectName, wanted: IssueFilter) -> AsyncIterator[IssueBatch]:
        """All issues that the filter lets pass, in the order of their ids.

        Holds at most a few batches in memory. As of the beginning of the unit of work, if it is read-only.
        """
        ...

    async def decide(self, issues: Sequence[Issue], decision: Triage | None, now: datetime) -> None:
        """Stores a decision about issues on every branch where each was ever seen, and in their histories.

        `issues` are as they were before. None takes an earlier decision back. On a branch where it is
        FIXED an issue stays so and keeps the decision for later.
        """
        ...

    async def expired(self, now: datetime, *, limit: int) -> list[Issue]:
        """At most `limit` issues whose decision has expired by `now`."""
        ...

    async def tallies(
        self,
        project: ProjectName,
        branch: str,
        *,
        appeared_after: int | None = None,
        absent_on: tuple[str, int] | None = None,
    ) -> list[IssueTally]:
        """How many issues that count are seen on the branch now, by file, category and severity.

        With `appeared_after`, only those of new code: that appeared after that analysis of the branch by
        a change of code. With `absent_on`, (branch, number), only those of a change of code that were
        not seen there as of that analysis.
        """
        ...

    async def places(
        self, project: ProjectName, branch: str, as_of: int
    ) -> dict[str, tuple[str, int]]:
        """Path and line of every issue that was seen as of the branch's analysis `as_of`, by id."""
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


# --- files --------------------------------------------------------------------------------------


class SnapshotRepository(Protocol):
    """What was measured about files, and the hashes of their lines. Alike content is kept once."""

    async def put(self, project: ProjectName, records: Sequence[FileRecord]) -> str:
        """Keeps the records of all files of an analysis, unless they are there already; their digest."""
        ...

    async def get(self, project: ProjectName, digest: str) -> list[FileRecord] | None:
        """The records under `digest`, in the order of the paths; None if they expired."""
        ...

    async def put_lines(self, project: ProjectName, lines: Mapping[str, LineHashes]) -> None:
        """Keeps the line hashes of files by the SHA-256 of their content, unless they are there."""
        ...

    async def get_lines(
        self, project: ProjectName, contents: Collection[str]
    ) -> dict[str, LineHashes]:
        """The line hashes of those of the contents that are there, by SHA-256."""
        ...

    async def missing_lines(self, project: ProjectName, contents: Collection[str]) -> set[str]:
        """Those of the contents whose line hashes are not kept."""
        ...


# --- measures over time -------------------------------------------------------------------------


class MetricRepository(Protocol):
    """The measures of projects' main lines over time. See `metric_store.py` for the rest of it."""

    async def record(
        self, project: ProjectName, analysis_id: str, time: datetime, measures: Mapping[str, float]
    ) -> None:
        """Keeps the measures of an analysis that ended at `time`.

        By themselves, in the buckets of every granularity, and as the project's latest. Said again of the
        same analysis, it replaces what was said before. Writes a constant number of rows.
        """
        ...
