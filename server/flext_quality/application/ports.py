"""What the use cases need of the world. The comments promise what the signatures cannot.

Adapters answer with `FlextResult` where something can fail that callers handle; they raise only
`QualityError`s for a database that is away, and bugs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from flext_quality.application.knowledge_ports import (
    IssueRepository,
    MetricRepository,
    RetentionRepository,
    SnapshotRepository,
    TrackingRepository,
)
from flext_quality.application.notification_ports import ChannelRepository, DeliveryRepository
from flext_quality.domain.analysis import Analysis, AnalysisState
from flext_quality.domain.attachment import Attachment
from flext_quality.domain.event import AnyEvent, ConfigurationIgnored, FilesSkipped, Happening
from flext_quality.domain.finding import Finding
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.measures import FileMeasures, LineHashes
from flext_quality.domain.project import Project, Thresholds
from flext_quality.domain.result import FlextResult

Clock = Callable[[], datetime]
"""Tells the time, with its zone (UTC)."""


# --- storage ------------------------------------------------------------------------------------


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
    ) -> list[Analysis]:
        """At most `limit` analyses of a project, newest first, with ids less than `before` if given."""
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

    async def latest_of_branches(self, project: ProjectName) -> Sequence[Analysis]:
        """The latest one of every branch, in the order of the branches, the main line first."""
        ...

    async def by_sequence(
        self, project: ProjectName, branch: str, sequence: int
    ) -> Analysis | None:
        """The one with this number on the branch."""
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

    async def refer(self, analysis: AnalysisName, analyzer: str, to: AnalysisName) -> None:
        """Adds the analyzer's batches in another analysis to this one too, after all others.

        Reading sees no difference. Takes one row, however many they are, and none if there are none.
        """
        ...

    async def clear(self, analysis: AnalysisName) -> None:
        """Removes all batches of the analysis."""
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

    async def append(self, subject: str, time: datetime, what: Happening) -> None:
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
    """A creating call that was answered: what was asked (a digest) and the name of what was made."""

    request_id: str
    fingerprint: str
    result_name: str
    project: ProjectName


class RequestRepository(Protocol):
    """The request ids of creating calls. They go when their project is deleted."""

    async def get(self, request_id: str) -> StoredRequest | None:
        """The call that was answered under this id, if any."""
        ...

    async def add(self, request: StoredRequest) -> None:
        """Remembers an answered call. Its id is new."""
        ...


class UnitOfWork(Protocol):
    """A session and a decision: leaving it without `commit` changes nothing.

    Made for each use case, never shared between calls. A writing unit of work sees, until it ends, no
    change that others make to what it got `for_update`.
    """

    @property
    def projects(self) -> ProjectRepository:
        """The projects."""
        ...

    @property
    def analyses(self) -> AnalysisRepository:
        """The analyses."""
        ...

    @property
    def findings(self) -> FindingRepository:
        """The findings of analyses."""
        ...

    @property
    def attachments(self) -> AttachmentRepository:
        """What clients sent along with analyses."""
        ...

    @property
    def events(self) -> EventRepository:
        """The durable log."""
        ...

    @property
    def cursors(self) -> CursorRepository:
        """How far the readers of the whole log have come."""
        ...

    @property
    def requests(self) -> RequestRepository:
        """The request ids of creating calls."""
        ...

    @property
    def tracking(self) -> TrackingRepository:
        """The issues, as analyses see and change them."""
        ...

    @property
    def issues(self) -> IssueRepository:
        """The issues, as people see and triage them."""
        ...

    @property
    def snapshots(self) -> SnapshotRepository:
        """What was measured about files."""

    @property
    def metrics(self) -> MetricRepository:
        """The measures of projects over time."""
        ...

    @property
    def retention(self) -> RetentionRepository:
        """What may go after a time."""
        ...

    @property
    def channels(self) -> ChannelRepository:
        """Where projects' messages go."""
        ...

    @property
    def deliveries(self) -> DeliveryRepository:
        """The messages."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    async def commit(self) -> None:
        """Makes all changes lasting, then wakes the readers of the events among them."""
        ...

    def after_commit(self, action: Callable[[], None]) -> None:
        """Calls `action` right after a successful `commit`, never otherwise."""
        ...


class UnitOfWorkFactory(Protocol):
    """Makes units of work."""

    def __call__(self, *, read_only: bool = False, long: bool = False) -> UnitOfWork:
        """A new one. A read-only one sees a consistent state and never waits for a writer.

        A `long` one, which is read-only, may be open for long: only other long ones wait for it.
        """
        ...


class FindingCodec(Protocol):
    """Turns findings into the bytes that are stored and, unchanged, sent to clients."""

    def encode(self, findings: Sequence[Finding]) -> bytes:
        """The bytes of a batch."""
        ...

    def decode(self, payload: bytes) -> list[Finding]:
        """The findings of a batch; `decode(encode(x)) == x`."""
        ...

    def parts(self, payload: bytes) -> list[bytes]:
        """The bytes of each finding of a batch; they are equal where the findings are."""
        ...


# --- wake-ups --------------------------------------------------------------------------------------


class Subscription(Protocol):
    """One reader's ear on one subject."""

    async def wait(self, seconds: float) -> bool:
        """True as soon as something was published since the last call; False after `seconds`.

        Raises:
            ServerShuttingDownError: nothing will be published any more.
        """
        ...

    def recent(self, after: int) -> Sequence[AnyEvent] | None:
        """The subject's published events after sequence `after`, in order and complete.

        None if not all of them are at hand: then the log must be read. Only saves reading the log.
        """
        ...


ALL_SUBJECTS = ""
"""Whoever subscribes to it hears of everything; `recent` is None there: the log must be read."""


class EventSignal(Protocol):
    """Wakes readers of the log up. It may lose a wake-up, never the truth, which is in the log."""

    def publish(self, events: Sequence[AnyEvent]) -> None:
        """Tells that these events were committed."""
        ...

    def subscribe(self, subject: str) -> AbstractContextManager[Subscription]:
        """An ear that hears everything published from now on about the subject.

        That of a project is also woken by the ends of its analyses, which are not its own events.
        """
        ...


# --- work ------------------------------------------------------------------------------------------


class JobQueue(Protocol):
    """Runs analyses, a bounded number at once, the others in the order of their ids."""

    @property
    def instance(self) -> str:
        """The server instance whose queue this is; the owner of what is enqueued here."""
        ...

    def is_alive(self, instance: str) -> bool:
        """Whether that instance can still work on what it owns."""
        ...

    async def enqueue(self, uow: UnitOfWork, name: AnalysisName) -> None:
        """Takes the analysis in when `uow` is committed."""
        ...

    def cancel(self, name: AnalysisName) -> None:
        """Tells a running analysis at once that its cancellation was requested; a hint only."""
        ...


# --- sources -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A Python file of the working copy.

    Attributes:
        path: relative, with "/".
        sha256: of its content, in hexadecimal.
        values: what can be counted without a tool, by metric key (`domain/file_facts.py`).
    """

    path: str
    size: int
    sha256: str
    values: Mapping[str, float] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class FileLines:
    """The lines of a text file of the working copy, as hashes (`line_hash`).

    Of a notebook they are those of its cells, one after the other: `cells` tells for each cell how many
    lines come before it. Of any other file it is empty.
    """

    hashes: LineHashes = ()
    cells: tuple[int, ...] = ()

    def at(self, line: int, cell: int = 0) -> int:
        """The hash of a line, from 1, of a cell, from 1, or of the file (0); 0 if there is no such line."""
        if line < 1 or cell > len(self.cells):
            return 0
        index = line - 1 + (self.cells[cell - 1] if cell else 0)
        end = self.cells[cell] if 0 < cell < len(self.cells) else len(self.hashes)
        return self.hashes[index] if index < end else 0


@dataclass(frozen=True, slots=True)
class Workspace:
    """A project's code in a private working copy, for one analysis.

    Attributes:
        root: the directory of the copy. It holds regular files and directories only: Python files
            (.py, .pyi, .pyw, .ipynb), the tools' configuration files and reports of test coverage.
        scratch: an empty directory for what tools write.
        files: the Python files, in order of path.
        skipped: what was left out, and why.
        lines_of_code: lines of the files (but notebooks) that are neither blank nor a comment alone.
        attachments: what the client sent along.
        thresholds: beyond which the project wants complexity to be told.
        local_path: the project's own path, by which reports made there name its files. It is for comparing
            only: nothing is read there, and it reaches no client.
    """

    project: ProjectName
    root: Path
    scratch: Path
    files: tuple[SourceFile, ...]
    skipped: tuple[FilesSkipped, ...]
    lines_of_code: int
    byte_count: int
    attachments: tuple[Attachment, ...] = ()
    thresholds: Thresholds = field(default_factory=Thresholds)
    local_path: str = ""


class Sources(Protocol):
    """Reads projects' code."""

    async def check(self, local_path: str) -> FlextResult[str]:
        """The path in the form in which it is stored: absolute, without "." or "..".

        Fails with `InvalidFieldError`, `SourceNotAllowedError`, `SourceNotFoundError` or
        `SourceUnreadableError`. Outside of the allowed paths nothing is looked at.
        """
        ...

    def is_allowed(self, local_path: str) -> bool:
        """Whether this server may read the path; nothing is looked at."""
        ...

    async def prepare(self, analysis: AnalysisName, local_path: str) -> FlextResult[Workspace]:
        """Copies what is to be analysed. Never reads outside of the path, never hangs on what lies there.

        Fails as `check`, or with `SourceTooLargeError`.
        """
        ...

    async def lines(self, workspace: Workspace, paths: Collection[str]) -> dict[str, FileLines]:
        """The lines of these files of the working copy; of what cannot be read as text, none.

        Decoded as Python does. Nothing outside of the working copy is read, whatever the paths.
        """
        ...

    async def copies(self) -> set[str]:
        """The ids of the analyses that have a working copy, be it of another server's."""
        ...

    async def discard(self, analysis_id: str) -> None:
        """Removes the analysis's working copy, if there is one."""
        ...


# --- analyzers ---------------------------------------------------------------------------------------


class Report(Protocol):
    """Takes what an analyzer has to say while it runs. Each call is stored when it returns."""

    async def started(self, version: str, file_count: int, config_digest: str) -> None:
        """The tool begins. Called before the other calls.

        Called once more, before any finding, where only the tool's output tells its version.
        """
        ...

    async def findings(self, findings: Sequence[Finding]) -> None:
        """Some findings, each told once. Any number: they are stored in batches."""
        ...

    async def progressed(self, files_done: int, files_total: int) -> None:
        """The tool came further."""
        ...

    async def skipped(self, skipped: FilesSkipped) -> None:
        """Files that the tool did not analyse."""
        ...

    async def configuration_ignored(self, ignored: ConfigurationIgnored) -> None:
        """An option of the project's own configuration that is not used."""
        ...

    async def measures(self, measures: Sequence[FileMeasures]) -> None:
        """What was measured about files, each file's once. Kept only if the analyzer succeeds."""
        ...


class Analyzer(Protocol):
    """A tool that finds things in code."""

    @property
    def name(self) -> str:
        """Lower case, as in the contract."""
        ...

    async def version(self) -> FlextResult[str]:
        """The tool's version. Fails with `ToolNotInstalledError` or `ToolFailedError`."""
        ...

    async def run(self, workspace: Workspace, report: Report) -> FlextResult[None]:
        """Analyses the working copy and tells `report`.

        Never runs anything that the project brings. Fails with a `ToolError`; what was reported until
        then stays. When cancelled, it kills all processes it started before it raises.
        """
        ...


class FileResultCache(Protocol):
    """Results of per-file analyzers, so that an unchanged file is paid for once.

    A key stands for tool, version, effective configuration, path and content. Losing entries costs time
    only.
    """

    async def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The results that are there, by key."""
        ...

    async def put_many(self, results: Mapping[str, bytes]) -> None:
        """Keeps results; one that is there already stays as it is."""
        ...
