"""What is stored of projects and analyses, and the log of events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from flext_quality.domain.analyses.analysis import Analysis, AnalysisState
from flext_quality.domain.analyses.attachment import Attachment
from flext_quality.domain.events.catalog import AnyEvent, EventPayload
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.projects.branch import Branch
from flext_quality.domain.projects.project import Project
from flext_quality.domain.result import FlextResult


class ProjectOrder(StrEnum):
    """How projects are listed; ties go by name, ascending. The values are the contract's."""

    CREATE_TIME = "create_time"
    CREATE_TIME_DESC = "create_time desc"
    DISPLAY_NAME = "display_name"
    DISPLAY_NAME_DESC = "display_name desc"


class ProjectRepository(Protocol):
    """The projects."""

    async def add(self, project: Project) -> FlextResult[None]:
        """Stores a new project and its events. Fails with `ProjectAlreadyExistsError`."""
        ...

    async def get(self, name: ProjectName, *, for_update: bool = False) -> FlextResult[Project]:
        """One project. Fails with `ProjectNotFoundError`.

        With `for_update`, nobody else can change it before this unit of work ends.
        """
        ...

    async def save(self, project: Project) -> None:
        """Stores a changed project and the events that it has not handed out yet."""
        ...

    async def delete(self, project: Project) -> None:
        """Removes the project, its analyses with their findings and events, and its request ids.

        The project's own events stay, those it has not handed out yet included.
        """
        ...

    async def list(
        self,
        *,
        limit: int,
        after: ProjectName | None = None,
        local_path: str = "",
        order: ProjectOrder = ProjectOrder.CREATE_TIME,
    ) -> list[Project]:
        """At most `limit` projects that come after the project `after` in `order`.

        Nothing is left out or doubled between pages unless it is changed in between; if `after` has been
        deleted in between, the list is empty. With `local_path`, only projects of exactly this path.
        """
        ...


class AnalysisRepository(Protocol):
    """The analyses."""

    async def add(self, analysis: Analysis) -> None:
        """Stores a new analysis and its events. Its project exists."""
        ...

    async def get(self, name: AnalysisName, *, for_update: bool = False) -> FlextResult[Analysis]:
        """One analysis. Fails with `AnalysisNotFoundError`.

        With `for_update`, nobody else can change it before this unit of work ends.
        """
        ...

    async def save(self, analysis: Analysis) -> None:
        """Stores a changed analysis and the events that it has not handed out yet.

        The attachments of one that has ended are removed.
        """
        ...

    async def unfinished(self) -> list[Analysis]:
        """All PENDING and RUNNING analyses, oldest first."""
        ...

    async def list(
        self,
        project: ProjectName,
        *,
        limit: int,
        before: str = "",
        states: Collection[AnalysisState] = (),
        branch: str | None = None,
        commit: str = "",
        pull_request: str = "",
    ) -> list[Analysis]:
        """At most `limit` analyses of a project, newest first, with ids less than `before` if given.

        In one of the states, of the branch, commit and pull request, as far as these are given.
        """
        ...

    async def oldest(self, project: ProjectName, branch: str, *, limit: int) -> Sequence[Analysis]:
        """At most `limit` analyses of the branch, oldest first."""
        ...

    async def delete(self, analysis: Analysis) -> None:
        """Removes an analysis that has ended, with its events; it has no findings any more.

        Histories of issues still name it and tell when it ended.
        """
        ...

    async def forget_deleted(self, project: ProjectName, branch: str) -> None:
        """Removes what is still known of the branch's deleted analyses; it has no issues any more."""
        ...

    async def branches(
        self, project: ProjectName, *, limit: int, after: str | None = None
    ) -> Sequence[Branch]:
        """At most `limit` branches that have analyses, in the order of the names, after the one given.

        Without their latest succeeded analyses.
        """
        ...

    async def count(self, project: ProjectName, branch: str) -> int:
        """How many analyses the branch has."""
        ...

    async def only_branch(self, project: ProjectName) -> str | None:
        """The branch that all analyses of the project are of; None if there is none, or several."""
        ...

    async def pending_count(self) -> int:
        """How many analyses are PENDING."""
        ...

    async def running_count(self) -> int:
        """How many analyses are RUNNING."""
        ...

    async def queue_position(self, name: AnalysisName) -> int:
        """The analysis's place among the PENDING ones, from 1, oldest first; 0 if it is not PENDING."""
        ...

    async def cancel_requested(self, name: AnalysisName) -> bool:
        """Whether a client wants the analysis to end; True too if it is gone."""
        ...

    # Of analyses that have SUCCEEDED and made something known: those have a number on their branch.

    async def latest(self, project: ProjectName, branch: str) -> Analysis | None:
        """The one with the greatest number on the branch; None before there is one."""
        ...

    async def latest_of_branches(
        self, project: ProjectName, branches: Collection[str] | None = None
    ) -> Sequence[Analysis]:
        """The latest one of every branch, or of these, in their order, the main line first."""
        ...

    async def last_below(self, project: ProjectName, branch: str, sequence: int) -> Analysis | None:
        """The one with the greatest number on the branch that is less than `sequence`."""
        ...

    async def next_detailed(
        self, project: ProjectName, branch: str, sequence: int
    ) -> Analysis | None:
        """The one with the least number on the branch that is greater than `sequence` and has a snapshot."""
        ...

    async def newest_before(
        self, project: ProjectName, branch: str, time: datetime
    ) -> Analysis | None:
        """The latest one of the branch that had ended by `time`."""
        ...

    async def last_success(
        self, project: ProjectName, branch: str, analyzer: str
    ) -> Analysis | None:
        """The latest one of the branch in which the analyzer SUCCEEDED too."""
        ...


@dataclass(frozen=True, slots=True)
class FindingBatch:
    """Findings as they are stored. `payload` is what `FindingCodec` made of them.

    `position` is the batch's place among the analysis's, from 1, ascending but not without gaps.
    """

    position: int
    analyzer: str
    count: int
    payload: bytes


class FindingRepository(Protocol):
    """The findings of analyses, in batches."""

    async def append(
        self, analysis: AnalysisName, analyzer: str, count: int, payload: bytes
    ) -> None:
        """Adds a batch after all others of the analysis."""
        ...

    async def batches(
        self,
        analysis: AnalysisName,
        *,
        limit: int,
        after: int = 0,
        analyzers: Collection[str] = (),
    ) -> list[FindingBatch]:
        """At most `limit` batches in order of position, beginning after position `after`."""
        ...

    async def refer(
        self, analysis: AnalysisName, analyzer: str, to: AnalysisName, count: int
    ) -> bool:
        """Adds the analyzer's `count` findings in another analysis to this one too, after all others.

        Reading sees no difference. Takes one row, however many they are. False, changing nothing, if the
        other analysis does not have as many, or is being removed.
        """
        ...

    async def clear(self, analysis: AnalysisName) -> None:
        """Removes all batches of the analysis, to which no other refers."""
        ...

    async def remove(self, analysis: AnalysisName, *, limit: int) -> int:
        """Removes at most `limit` batches of the analysis; how many. Fewer than that: none is left.

        Analyses that refer to them get batches of their own, or refer to one that did. Nobody can begin to
        refer to them before the unit of work ends.
        """
        ...


class AttachmentRepository(Protocol):
    """What clients sent along with analyses. It is kept until they end (`AnalysisRepository.save`)."""

    async def add(self, analysis: AnalysisName, attachments: Sequence[Attachment]) -> None:
        """Stores the attachments of a new analysis, which is stored already."""
        ...

    async def of(self, analysis: AnalysisName) -> tuple[Attachment, ...]:
        """The analysis's attachments in the order in which they were sent."""
        ...


class EventRepository(Protocol):
    """The durable log. Projects and analyses append to it when they are stored."""

    async def append(self, subject: str, time: datetime, what: EventPayload) -> None:
        """Stores the next event of a subject that is neither project nor analysis."""
        ...

    async def read(self, subject: str, *, after: int, limit: int) -> list[AnyEvent]:
        """At most `limit` of the subject's events in order, beginning after sequence `after`."""
        ...

    async def last_sequence(self, subject: str) -> int:
        """The sequence of the subject's newest event; 0 if it has none."""
        ...

    async def read_all(
        self, after: int, limit: int, subject_prefix: str = ""
    ) -> list[tuple[int, AnyEvent]]:
        """At most `limit` events of all subjects that come after position `after`, with their positions.

        In the order of positions, which ascend but not without gaps: each subject's events are in the
        order of their sequences, and none comes to stand at a position that was passed. With
        `subject_prefix`, only those of that subject and of what is below it ("projects/shop" has
        "projects/shop/analyses/..." below it, but not "projects/shop2").
        """
        ...

    async def newest(self) -> int:
        """The position of the newest event of all; 0 if there is none."""
        ...

    async def settled(self, after: int) -> int:
        """A position, `after` or beyond it, up to which the log is complete.

        No event will be added there any more, and `read_all` has come up to it when it answers with fewer
        events than its limit. It is `after` if nothing has come after that.
        """
        ...


class CursorRepository(Protocol):
    """How far the readers of the whole log have come, by the name of each reader.

    Of the servers that could read under one name, the one that has taken the cursor does.
    """

    async def get(self, name: str) -> int:
        """The position of the last event that the reader has dealt with; 0 for a new reader."""
        ...

    async def set(self, name: str, position: int) -> None:
        """Remembers how far the reader has come, whoever has taken the cursor."""
        ...

    async def take(self, name: str, owner: str, *, now: datetime, until: datetime) -> bool:
        """Makes `owner` the one who reads, until a time; False if somebody else is, who has time left."""
        ...

    async def advance(self, name: str, owner: str, position: int) -> bool:
        """Remembers how far `owner` has come; False, changing nothing, if it has lost the cursor."""
        ...

    async def release(self, name: str, owner: str) -> None:
        """Lets others take the cursor at once, if `owner` has it."""
        ...


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A call that was answered.

    Attributes:
        scope: where the id belongs: the method and its parent.
        fingerprint: a digest of what was asked.
        result: what it came to: the name of a resource, or a number.
        project: with which it is removed.
    """

    scope: str
    request_id: str
    fingerprint: str
    result: str
    project: ProjectName
    time: datetime


class RequestRepository(Protocol):
    """The request ids of answered calls. They go when their project is deleted."""

    async def get(self, scope: str, request_id: str) -> StoredRequest | None:
        """The call that was answered under this id, if any.

        In a unit of work that may write, others that may write and ask for the same id wait until it ends: of
        two equal calls at one time, the second sees the first.
        """
        ...

    async def put(self, request: StoredRequest, *, expired: datetime) -> None:
        """Remembers an answered call, instead of one under its id from the time `expired` or earlier."""
        ...

    async def forget(self, before: datetime, *, limit: int) -> int:
        """Removes at most `limit` calls that were answered at this time or earlier; how many."""
        ...
