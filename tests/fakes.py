"""An in-memory adapter for each port. They keep the same promises as the real ones: `tests/contract`.

One file, so that a test has one place to import from.
"""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from types import TracebackType
from typing import Self

import msgspec

from flext_quality.application.outside_ports import FeatureFlags, SecretBox
from flext_quality.application.ports import (
    EventSignal,
    FindingBatch,
    ProjectOrder,
    Report,
    StoredRequest,
    UnitOfWork,
    Workspace,
)
from flext_quality.domain.analysis import Analysis, AnalysisState
from flext_quality.domain.attachment import Attachment
from flext_quality.domain.errors import (
    AnalysisNotFoundError,
    ProjectAlreadyExistsError,
    ProjectNotFoundError,
    QualityError,
    ServerShuttingDownError,
    SourceNotFoundError,
    StorageUnavailableError,
    invalid_field,
)
from flext_quality.domain.event import AnyEvent
from flext_quality.domain.finding import Finding
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.project import Project
from flext_quality.domain.result import FlextResult

# --- the clock --------------------------------------------------------------------------------


@dataclass
class FakeClock:
    """Stands still until it is told to move."""

    now: datetime = datetime(2025, 3, 1, 12, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> datetime:
        """Moves on by a `timedelta` of these parts, and tells the new time."""
        self.now += timedelta(**duration)
        return self.now


# --- storage ------------------------------------------------------------------------------------


@dataclass
class _State:
    """Everything that is stored. What is in it is replaced, never changed."""

    projects: dict[ProjectName, Project] = field(default_factory=dict)
    analyses: dict[AnalysisName, Analysis] = field(default_factory=dict)
    batches: dict[AnalysisName, tuple[FindingBatch, ...]] = field(default_factory=dict)
    attachments: dict[AnalysisName, tuple[Attachment, ...]] = field(default_factory=dict)
    events: dict[str, tuple[AnyEvent, ...]] = field(default_factory=dict)
    requests: dict[str, StoredRequest] = field(default_factory=dict)

    def copy(self) -> _State:
        return _State(**{name: dict(getattr(self, name)) for name in self.__dataclass_fields__})


class ConflictError(Exception):
    """Two events of one subject with one sequence: a bug of whoever stores them."""


@dataclass
class _Work:
    """What the repositories of one unit of work share."""

    state: _State
    read_only: bool
    new_events: list[AnyEvent] = field(default_factory=list)
    is_open: bool = True

    @property
    def read(self) -> _State:
        if not self.is_open:
            raise RuntimeError("the unit of work has ended, or was never entered")
        return self.state

    @property
    def write(self) -> _State:
        if self.read_only:
            raise RuntimeError("a read-only unit of work was asked to change something")
        return self.read

    def append(self, events: Sequence[AnyEvent]) -> None:
        for event in events:
            earlier = self.write.events.get(event.subject, ())
            if earlier and earlier[-1].sequence >= event.sequence:
                raise ConflictError(f"{event.subject} has an event {event.sequence} already")
            self.write.events[event.subject] = (*earlier, event)
            self.new_events.append(event)


@dataclass
class FakeProjects:
    work: _Work

    async def add(self, project: Project) -> FlextResult[None]:
        if project.name in self.work.write.projects:
            return FlextResult.fail(ProjectAlreadyExistsError(str(project.name)))
        self.work.append(project.take_events())
        self.work.write.projects[project.name] = deepcopy(project)
        return FlextResult.ok(None)

    async def get(self, name: ProjectName, *, for_update: bool = False) -> FlextResult[Project]:
        project = self.work.read.projects.get(name)
        if project is None:
            return FlextResult.fail(ProjectNotFoundError(str(name)))
        return FlextResult.ok(deepcopy(project))

    async def save(self, project: Project) -> None:
        if project.name not in self.work.write.projects:
            raise LookupError(f"{project.name} was changed but never added")
        self.work.append(project.take_events())
        self.work.write.projects[project.name] = deepcopy(project)

    async def delete(self, project: Project) -> None:
        self.work.append(project.take_events())
        state, name = self.work.write, project.name
        state.projects.pop(name, None)
        state.batches = {n: b for n, b in state.batches.items() if n.project != name}
        state.attachments = {n: a for n, a in state.attachments.items() if n.project != name}
        state.analyses = {n: a for n, a in state.analyses.items() if n.project != name}
        state.requests = {i: r for i, r in state.requests.items() if r.project != name}
        state.events = {s: e for s, e in state.events.items() if not s.startswith(f"{name}/")}

    async def list(
        self,
        *,
        limit: int,
        after: ProjectName | None = None,
        local_path: str = "",
        order: ProjectOrder = ProjectOrder.CREATE_TIME,
    ) -> list[Project]:
        by_time = order in {ProjectOrder.CREATE_TIME, ProjectOrder.CREATE_TIME_DESC}
        descending = order in {ProjectOrder.CREATE_TIME_DESC, ProjectOrder.DISPLAY_NAME_DESC}
        projects = sorted(self.work.read.projects.values(), key=lambda p: p.name)
        projects.sort(
            key=lambda p: (p.created_at if by_time else p.display_name,), reverse=descending
        )
        if after is not None:
            names = [p.name for p in projects]
            projects = projects[names.index(after) + 1 :] if after in names else []
        return deepcopy([p for p in projects if local_path in {"", p.local_path}][:limit])


@dataclass
class FakeAnalyses:
    work: _Work

    async def add(self, analysis: Analysis) -> None:
        self.work.append(analysis.take_events())
        self.work.write.analyses[analysis.name] = deepcopy(analysis)

    async def get(self, name: AnalysisName, *, for_update: bool = False) -> FlextResult[Analysis]:
        analysis = self.work.read.analyses.get(name)
        if analysis is None:
            return FlextResult.fail(AnalysisNotFoundError(str(name)))
        return FlextResult.ok(deepcopy(analysis))

    async def save(self, analysis: Analysis) -> None:
        if analysis.name not in self.work.write.analyses:
            raise LookupError(f"{analysis.name} was changed but never added")
        if analysis.state.is_final:
            self.work.write.attachments.pop(analysis.name, None)
        await self.add(analysis)

    async def unfinished(self) -> list[Analysis]:
        return deepcopy([a for a in self._oldest_first() if not a.state.is_final])

    async def pending_count(self) -> int:
        return len(self._pending())

    async def queue_position(self, name: AnalysisName) -> int:
        pending = self._pending()
        return pending.index(name) + 1 if name in pending else 0

    async def cancel_requested(self, name: AnalysisName) -> bool:
        analysis = self.work.read.analyses.get(name)
        return analysis is None or analysis.cancel_requested

    async def list(
        self,
        project: ProjectName,
        *,
        limit: int,
        before: str = "",
        states: Collection[AnalysisState] = (),
    ) -> list[Analysis]:
        wanted = [
            a
            for a in reversed(self._oldest_first())
            if a.name.project == project
            and (not before or a.name.analysis_id < before)
            and (not states or a.state in states)
        ]
        return deepcopy(wanted[:limit])

    def _oldest_first(self) -> Sequence[Analysis]:
        return sorted(self.work.read.analyses.values(), key=lambda a: a.name.analysis_id)

    def _pending(self) -> Sequence[AnalysisName]:
        return [a.name for a in self._oldest_first() if a.state is AnalysisState.PENDING]


@dataclass
class FakeFindings:
    work: _Work

    async def append(
        self, analysis: AnalysisName, analyzer: str, count: int, payload: bytes
    ) -> None:
        earlier = self.work.write.batches.get(analysis, ())
        position = earlier[-1].position + 1 if earlier else 1
        batch = FindingBatch(position, analyzer, count, payload)
        self.work.write.batches[analysis] = (*earlier, batch)

    async def batches(
        self,
        analysis: AnalysisName,
        *,
        limit: int,
        after: int = 0,
        analyzers: Collection[str] = (),
    ) -> list[FindingBatch]:
        return [
            batch
            for batch in self.work.read.batches.get(analysis, ())
            if batch.position > after and (not analyzers or batch.analyzer in analyzers)
        ][:limit]

    async def clear(self, analysis: AnalysisName) -> None:
        self.work.write.batches.pop(analysis, None)


@dataclass
class FakeAttachments:
    work: _Work

    async def add(self, analysis: AnalysisName, attachments: Sequence[Attachment]) -> None:
        self.work.write.attachments[analysis] = tuple(attachments)

    async def of(self, analysis: AnalysisName) -> tuple[Attachment, ...]:
        return self.work.read.attachments.get(analysis, ())


@dataclass
class FakeEvents:
    work: _Work

    async def read(self, subject: str, *, after: int, limit: int) -> list[AnyEvent]:
        events = self.work.read.events.get(subject, ())
        return [event for event in events if event.sequence > after][:limit]

    async def last_sequence(self, subject: str) -> int:
        return max((event.sequence for event in self.work.read.events.get(subject, ())), default=0)


@dataclass
class FakeRequests:
    work: _Work

    async def get(self, request_id: str) -> StoredRequest | None:
        return self.work.read.requests.get(request_id)

    async def add(self, request: StoredRequest) -> None:
        self.work.write.requests[request.request_id] = request


class FakeUnitOfWork:
    """Works on a copy, which `commit` makes the state. One that may write keeps the others waiting."""

    def __init__(self, storage: FakeStorage, *, read_only: bool) -> None:
        self._storage = storage
        self._work = _Work(_State(), read_only, is_open=False)
        self._actions: list[Callable[[], None]] = []
        self.projects = FakeProjects(self._work)
        self.analyses = FakeAnalyses(self._work)
        self.findings = FakeFindings(self._work)
        self.attachments = FakeAttachments(self._work)
        self.events = FakeEvents(self._work)
        self.requests = FakeRequests(self._work)

    async def __aenter__(self) -> Self:
        if self._storage.is_away:
            raise StorageUnavailableError
        if not self._work.read_only:
            await self._storage.writer.acquire()
        self._work.state = self._storage.state.copy()
        self._work.is_open = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    async def commit(self) -> None:
        state = self._work.read
        if not self._work.read_only:
            self._storage.state = state
        self._storage.signal.publish(self._work.new_events)
        for action in self._actions:
            action()
        self._end()

    def after_commit(self, action: Callable[[], None]) -> None:
        self._actions.append(action)

    def _end(self) -> None:
        if self._work.is_open and not self._work.read_only:
            self._storage.writer.release()
        self._work.is_open = False


@dataclass
class FakeStorage:
    """A database: makes units of work on it. With `is_away`, it is as if it had been switched off."""

    signal: EventSignal
    state: _State = field(default_factory=_State)
    is_away: bool = False
    writer: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __call__(self, *, read_only: bool = False) -> FakeUnitOfWork:
        return FakeUnitOfWork(self, read_only=read_only)


class FakeFindingCodec:
    """JSON."""

    def encode(self, findings: Sequence[Finding]) -> bytes:
        return msgspec.json.encode(findings)

    def decode(self, payload: bytes) -> list[Finding]:
        return msgspec.json.decode(payload, type=list[Finding])


class FakeFileResultCache:
    """A dictionary."""

    def __init__(self) -> None:
        self.results: dict[str, bytes] = {}

    async def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: self.results[key] for key in keys if key in self.results}

    async def put_many(self, results: Mapping[str, bytes]) -> None:
        self.results = {**results, **self.results}


# --- wake-ups -------------------------------------------------------------------------------------


@dataclass(eq=False)
class FakeSubscription:
    """One reader's ear."""

    heard: list[AnyEvent]
    closed: asyncio.Event
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, seconds: float) -> bool:
        if self.closed.is_set():
            raise ServerShuttingDownError
        try:
            async with asyncio.timeout(seconds):
                await self.news.wait()
        except TimeoutError:
            return False
        self.news.clear()
        return True

    def recent(self, after: int) -> Sequence[AnyEvent] | None:
        if not self.heard or self.heard[0].sequence > after + 1:
            return None
        return [event for event in self.heard if event.sequence > after]


@dataclass
class FakeEventSignal:
    """Remembers all that was published, in order; in `published` too, for tests to look at."""

    published: list[AnyEvent] = field(default_factory=list)
    by_subject: dict[str, list[AnyEvent]] = field(default_factory=dict)
    ears: dict[str, list[FakeSubscription]] = field(default_factory=dict)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    def publish(self, events: Sequence[AnyEvent]) -> None:
        self.published.extend(events)
        for event in events:
            self.by_subject.setdefault(event.subject, []).append(event)
            for ear in self.ears.get(event.subject, ()):
                ear.news.set()

    @contextmanager
    def subscribe(self, subject: str) -> Iterator[FakeSubscription]:
        ear = FakeSubscription(self.by_subject.setdefault(subject, []), self.closed)
        ears = self.ears.setdefault(subject, [])
        ears.append(ear)
        try:
            yield ear
        finally:
            ears.remove(ear)

    def close(self) -> None:
        """Nothing will be published any more."""
        self.closed.set()
        for ear in chain.from_iterable(self.ears.values()):
            ear.news.set()


# --- work -------------------------------------------------------------------------------------------


@dataclass
class FakeJobQueue:
    """Takes analyses in and leaves it to the test to run them."""

    instance: str = "this-instance"
    living: set[str] = field(default_factory=set)
    enqueued: list[AnalysisName] = field(default_factory=list)
    cancelled: list[AnalysisName] = field(default_factory=list)

    def is_alive(self, instance: str) -> bool:
        return instance == self.instance or instance in self.living

    async def enqueue(self, uow: UnitOfWork, name: AnalysisName) -> None:
        uow.after_commit(lambda: self.enqueued.append(name))

    def cancel(self, name: AnalysisName) -> None:
        self.cancelled.append(name)


# --- sources and analyzers ------------------------------------------------------------------------


@dataclass
class FakeSources:
    """Knows the paths in `workspaces`, and what is wrong with those in `errors`."""

    workspaces: dict[str, Workspace] = field(default_factory=dict)
    errors: dict[str, QualityError] = field(default_factory=dict)
    copied: set[str] = field(default_factory=set)

    async def check(self, local_path: str) -> FlextResult[str]:
        if (error := self._error(local_path)) is not None:
            return FlextResult.fail(error)
        return FlextResult.ok(local_path)

    def is_allowed(self, local_path: str) -> bool:
        return local_path in self.workspaces

    async def prepare(self, analysis: AnalysisName, local_path: str) -> FlextResult[Workspace]:
        if (error := self._error(local_path)) is not None:
            return FlextResult.fail(error)
        self.copied.add(analysis.analysis_id)
        return FlextResult.ok(replace(self.workspaces[local_path], project=analysis.project))

    async def copies(self) -> set[str]:
        return set(self.copied)

    async def discard(self, analysis_id: str) -> None:
        self.copied.discard(analysis_id)

    def _error(self, local_path: str) -> QualityError | None:
        known = local_path in self.workspaces
        return self.errors.get(local_path, None if known else SourceNotFoundError())


@dataclass
class FakeAnalyzer:
    """Reports `findings` one batch after the other, then ends with `error` if there is one.

    With `gate`, it waits in the middle until that is set, or until it is cancelled.
    """

    name: str
    findings: Sequence[Sequence[Finding]] = ()
    error: QualityError | None = None
    tool_version: str = "1.0"
    gate: asyncio.Event | None = None
    was_cancelled: bool = False

    async def version(self) -> FlextResult[str]:
        return FlextResult.ok(self.tool_version)

    async def run(self, workspace: Workspace, report: Report) -> FlextResult[None]:
        files = len(workspace.files)
        await report.started(self.tool_version, files, "0" * 64)
        await self._wait()
        for batch in self.findings:
            await report.findings(batch)
        await report.progressed(files, files)
        return FlextResult.fail(self.error) if self.error else FlextResult.ok(None)

    async def _wait(self) -> None:
        try:
            if self.gate is not None:
                await self.gate.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise


# --- secrets at rest ------------------------------------------------------------------------------


class FakeSecretBox(SecretBox):
    """Marks secrets with the key and writes them backwards in hexadecimal."""

    def __init__(self, keys: Sequence[str] = ("key",)) -> None:
        self._keys = tuple(keys)
        self._count = 0

    def encrypt(self, secret: str) -> FlextResult[str]:
        if not self._keys:
            return FlextResult.fail(invalid_field("key", "there is none"))
        self._count += 1
        text = secret.encode().hex()[::-1]
        return FlextResult.ok(f"{self._keys[0]}:{self._count}:{text}:{len(text)}")

    def decrypt(self, stored: str) -> FlextResult[str]:
        key, _, rest = stored.partition(":")
        _, _, rest = rest.partition(":")
        text, _, length = rest.partition(":")
        if key not in self._keys or str(len(text)) != length:
            return FlextResult.fail(invalid_field("key", "none fits"))
        return FlextResult.ok(bytes.fromhex(text[::-1]).decode())

    def rotate(self, stored: str) -> FlextResult[str]:
        decrypted = self.decrypt(stored)
        if decrypted.error is not None or stored.startswith(f"{self._keys[0]}:"):
            return decrypted.map(lambda _: stored)
        return self.encrypt(decrypted.unwrap())


# --- feature flags --------------------------------------------------------------------------------


@dataclass
class FakeFeatureFlags(FeatureFlags):
    """On or off for flag and project, or for all projects under None."""

    rules: dict[tuple[str, ProjectName | None], bool] = field(default_factory=dict)

    def is_on(self, flag: str, project: ProjectName, *, default: bool) -> bool:
        for_all = self.rules.get((flag, None), default)
        return self.rules.get((flag, project), for_all)
