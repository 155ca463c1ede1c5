"""An in-memory adapter for each port. They keep the same promises as the real ones: `tests/contract`.

One file, so that a test has one place to import from.
"""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import chain
from types import TracebackType
from typing import Self

import msgspec

from flext_quality.application.knowledge_ports import (
    AnalysisDetails,
    BranchChanges,
    KnownIssue,
    MetricBucket,
    MetricPoint,
    MetricUpdate,
)
from flext_quality.application.outside_ports import FeatureFlags, SecretBox
from flext_quality.application.ports import (
    EventSignal,
    FileLines,
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
from flext_quality.domain.event import AnalysisFinished, AnyEvent
from flext_quality.domain.finding import Finding
from flext_quality.domain.identifiers import AnalysisName, IssueName, ProjectName
from flext_quality.domain.issue import Issue, IssueStatus, MatchRung, Triage
from flext_quality.domain.issue_life import moved as moved_issue
from flext_quality.domain.measures import FileMeasures, FileRecord, LineHashes
from flext_quality.domain.outcome import AnalyzerState
from flext_quality.domain.project import Project
from flext_quality.domain.result import FlextResult
from flext_quality.domain.time_series import (
    BUCKETED,
    Bucket,
    Granularity,
    Moment,
    bucket_start,
    recorded,
)
from flext_quality.domain.trace import Trace, details_hash, text_hash
from tests.fake_issues import FakeIssues

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


@dataclass(frozen=True)
class StoredIssue:
    """An issue on one branch; `appeared` and `seen_from` are numbers of the branch's analyses."""

    issue: Issue
    rung: MatchRung
    line_hash: int
    message_hash: int
    appeared: int
    seen_from: int

    @property
    def known(self) -> KnownIssue:
        """As tracking sees it."""
        issue = self.issue
        trace = Trace(
            issue.analyzer,
            issue.rule,
            issue.path,
            issue.line,
            issue.column,
            self.line_hash,
            self.message_hash,
            details_hash(issue),
            issue.name.issue_id,
        )
        return KnownIssue(trace, issue.status, issue.status is not IssueStatus.FIXED)


@dataclass(frozen=True)
class StoredSighting:
    """An issue as it was seen until, not including, an analysis; `is_end`: then no longer at all."""

    issue: Issue
    rung: MatchRung
    seen_until: int
    is_end: bool


@dataclass
class _State:
    """Everything that is stored. What is in it is replaced, never changed."""

    projects: dict[ProjectName, Project] = field(default_factory=dict)
    analyses: dict[AnalysisName, Analysis] = field(default_factory=dict)
    batches: dict[AnalysisName, tuple[FindingBatch, ...]] = field(default_factory=dict)
    attachments: dict[AnalysisName, tuple[Attachment, ...]] = field(default_factory=dict)
    events: dict[str, tuple[AnyEvent, ...]] = field(default_factory=dict)
    requests: dict[str, StoredRequest] = field(default_factory=dict)
    # By project, branch and issue id; sightings by the first analysis too.
    issues: dict[tuple[str, str, str], StoredIssue] = field(default_factory=dict)
    sightings: dict[tuple[str, str, str, int], StoredSighting] = field(default_factory=dict)
    decisions: dict[IssueName, tuple[Triage, ...]] = field(default_factory=dict)
    # By project and digest.
    snapshots: dict[tuple[str, str], tuple[FileRecord, ...]] = field(default_factory=dict)
    file_lines: dict[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    metric_points: dict[tuple[ProjectName, Moment], MetricUpdate] = field(default_factory=dict)
    metric_buckets: dict[tuple[ProjectName, Granularity, datetime], Bucket] = field(
        default_factory=dict
    )
    latest_metrics: dict[ProjectName, MetricUpdate] = field(default_factory=dict)

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
        own = name.project_id
        state.issues = {k: v for k, v in state.issues.items() if k[0] != own}
        state.sightings = {k: v for k, v in state.sightings.items() if k[0] != own}
        state.decisions = {n: d for n, d in state.decisions.items() if n.project != name}
        state.snapshots = {k: v for k, v in state.snapshots.items() if k[0] != own}
        state.file_lines = {k: v for k, v in state.file_lines.items() if k[0] != own}
        state.metric_points = {k: p for k, p in state.metric_points.items() if k[0] != name}
        state.metric_buckets = {k: b for k, b in state.metric_buckets.items() if k[0] != name}
        state.latest_metrics.pop(name, None)

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

    async def latest(self, project: ProjectName, branch: str) -> Analysis | None:
        return max(self._concluded(project, branch), key=_sequence, default=None)

    async def latest_of_branches(self, project: ProjectName) -> Sequence[Analysis]:
        branches = sorted({a.branch for a in self.work.read.analyses.values()})
        latest = [await self.latest(project, branch) for branch in branches]
        return [analysis for analysis in latest if analysis is not None]

    async def by_sequence(
        self, project: ProjectName, branch: str, sequence: int
    ) -> Analysis | None:
        return next((a for a in self._concluded(project, branch) if _sequence(a) == sequence), None)

    async def newest_before(
        self, project: ProjectName, branch: str, time: datetime
    ) -> Analysis | None:
        ended = (a for a in self._concluded(project, branch) if a.ended_at and a.ended_at <= time)
        return max(ended, key=_sequence, default=None)

    async def last_success(
        self, project: ProjectName, branch: str, analyzer: str
    ) -> Analysis | None:
        succeeded = (
            a
            for a in self._concluded(project, branch)
            if analyzer in a.outcomes and a.outcomes[analyzer].state is AnalyzerState.SUCCEEDED
        )
        return max(succeeded, key=_sequence, default=None)

    def _concluded(self, project: ProjectName, branch: str) -> Sequence[Analysis]:
        return deepcopy(
            [
                a
                for a in self._oldest_first()
                if a.name.project == project and a.branch == branch and a.knowledge is not None
            ]
        )

    def _oldest_first(self) -> Sequence[Analysis]:
        return sorted(self.work.read.analyses.values(), key=lambda a: a.name.analysis_id)

    def _pending(self) -> Sequence[AnalysisName]:
        return [a.name for a in self._oldest_first() if a.state is AnalysisState.PENDING]


def _sequence(analysis: Analysis) -> int:
    assert analysis.knowledge is not None
    return analysis.knowledge.sequence


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

    async def refer(self, analysis: AnalysisName, analyzer: str, to: AnalysisName) -> None:
        for batch in self.work.read.batches.get(to, ()):
            if batch.analyzer == analyzer:
                await self.append(analysis, analyzer, batch.count, batch.payload)

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


@dataclass
class FakeTracking:
    work: _Work

    async def known(
        self, project: ProjectName, branch: str, analyzers: Collection[str]
    ) -> list[KnownIssue]:
        here = self._on_branch(project, branch)
        return [here[i].known for i in sorted(here) if here[i].issue.analyzer in analyzers]

    async def known_elsewhere(
        self, project: ProjectName, branch: str, analyzers: Collection[str]
    ) -> list[KnownIssue]:
        here, elsewhere = self._on_branch(project, branch), self._elsewhere(project, branch)
        known = [elsewhere[i].known for i in sorted(elsewhere) if i not in here]
        return [one for one in known if one.trace.analyzer in analyzers]

    async def load(
        self, project: ProjectName, branch: str, issue_ids: Collection[str]
    ) -> dict[str, Issue]:
        stored = {**self._elsewhere(project, branch), **self._on_branch(project, branch)}
        return {i: stored[i].issue for i in issue_ids if i in stored}

    async def apply(self, changes: BranchChanges) -> None:
        issues = self.work.write.issues
        key = (changes.project.project_id, changes.branch)
        for moved in changes.moved:
            before = self._close((*key, moved.issue_id), changes.sequence, is_end=False)
            issues[*key, moved.issue_id] = replace(
                before,
                issue=replace(
                    moved_issue(before.issue, moved.finding), effort_minutes=moved.effort_minutes
                ),
                rung=moved.rung,
                line_hash=moved.finding.line_hash,
                message_hash=text_hash(moved.finding.message),
                seen_from=changes.sequence,
            )
        for gone in changes.gone:
            before = self._close((*key, gone.name.issue_id), changes.sequence, is_end=True)
            issues[*key, gone.name.issue_id] = replace(before, issue=gone)
        for seen in changes.appeared:
            issues[*key, seen.issue.name.issue_id] = StoredIssue(
                seen.issue,
                seen.rung,
                seen.line_hash,
                seen.message_hash,
                appeared=changes.sequence,
                seen_from=changes.sequence,
            )

    async def statuses(self, project: ProjectName, branch: str) -> dict[IssueStatus, int]:
        here = self._on_branch(project, branch)
        return dict(Counter(stored.issue.status for stored in here.values()))

    def _close(self, key: tuple[str, str, str], sequence: int, *, is_end: bool) -> StoredIssue:
        before = self.work.read.issues[key]
        self.work.write.sightings[*key, before.seen_from] = StoredSighting(
            before.issue, before.rung, sequence, is_end
        )
        return before

    def _on_branch(self, project: ProjectName, branch: str) -> dict[str, StoredIssue]:
        return {
            issue_id: stored
            for (of, on, issue_id), stored in self.work.read.issues.items()
            if (of, on) == (project.project_id, branch)
        }

    def _elsewhere(self, project: ProjectName, branch: str) -> dict[str, StoredIssue]:
        """As on the main line or, if it was never seen there, where its status changed last."""
        elsewhere = [
            (on == "", stored.issue.status_at, stored)
            for (of, on, _), stored in sorted(self.work.read.issues.items(), reverse=True)
            if of == project.project_id and on != branch
        ]
        elsewhere.sort(key=lambda entry: entry[:2])
        return {stored.issue.name.issue_id: stored for *_, stored in elsewhere}


@dataclass
class FakeSnapshots:
    work: _Work

    async def put(self, project: ProjectName, records: Sequence[FileRecord]) -> str:
        by_path = sorted(records, key=lambda record: record.path)
        ordered = tuple(
            replace(one, values={key: float(value) for key, value in one.values.items()})
            for one in by_path
        )
        digest = sha256(msgspec.json.encode(ordered, order="sorted")).hexdigest()
        self.work.write.snapshots[project.project_id, digest] = ordered
        return digest

    async def get(self, project: ProjectName, digest: str) -> list[FileRecord] | None:
        found = self.work.read.snapshots.get((project.project_id, digest))
        return None if found is None else list(found)

    async def put_lines(self, project: ProjectName, lines: Mapping[str, LineHashes]) -> None:
        for content, hashes in lines.items():
            self.work.write.file_lines.setdefault((project.project_id, content), tuple(hashes))

    async def get_lines(
        self, project: ProjectName, contents: Collection[str]
    ) -> dict[str, LineHashes]:
        kept = self.work.read.file_lines
        return {c: kept[key] for c in contents if (key := (project.project_id, c)) in kept}

    async def missing_lines(self, project: ProjectName, contents: Collection[str]) -> set[str]:
        kept = self.work.read.file_lines
        return {c for c in contents if (project.project_id, c) not in kept}


@dataclass
class FakeMetrics:
    work: _Work

    async def record(
        self,
        project: ProjectName,
        analysis_id: str,
        time: datetime,
        measures: Mapping[str, float],
        *,
        changed_at: datetime | None = None,
    ) -> None:
        state, at = self.work.write, Moment(time, analysis_id)
        known = state.metric_points.get((project, at))
        before = None if known is None else known.point.measures
        if before == measures:
            return
        latest = state.latest_metrics.get(project)
        revision = latest.revision + 1 if latest else 1
        update = MetricUpdate(MetricPoint(at, dict(measures)), changed_at or time, revision)
        state.metric_points[project, at] = update
        if latest is not None and latest.point.at > at:
            update = replace(latest, revision=revision)
        state.latest_metrics[project] = update
        for granularity in BUCKETED:
            key = (project, granularity, bucket_start(time, granularity))
            bucket = state.metric_buckets.get(key, {})
            state.metric_buckets[key] = recorded(bucket, at, measures, before)

    async def points(
        self, project: ProjectName, *, start: datetime | None = None, end: datetime | None = None
    ) -> AsyncIterator[MetricPoint]:
        for (of, at), update in sorted(self.work.read.metric_points.items(), key=lambda i: i[0]):
            if of == project and _lies_between(at.time, start, end):
                yield update.point

    async def buckets(
        self,
        project: ProjectName,
        granularity: Granularity,
        metrics: Collection[str],
        *,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> AsyncIterator[MetricBucket]:
        for (of, how, begin), bucket in sorted(self.work.read.metric_buckets.items()):
            if (of, how) == (project, granularity) and _lies_between(begin, start, end):
                yield MetricBucket(begin, {m: bucket[m] for m in metrics if m in bucket})

    async def latest(self, project: ProjectName) -> MetricUpdate | None:
        return self.work.read.latest_metrics.get(project)

    async def revision(self, project: ProjectName) -> int:
        latest = self.work.read.latest_metrics.get(project)
        return latest.revision if latest else 0

    async def updates(self, project: ProjectName, *, after: int, limit: int) -> list[MetricUpdate]:
        points = self.work.read.metric_points.items()
        new = [p for (of, _), p in points if of == project and p.revision > after]
        return sorted(new, key=lambda update: update.revision)[:limit]

    async def latest_values(
        self, metric: str, projects: Collection[ProjectName] | None = None
    ) -> dict[ProjectName, float | None]:
        state = self.work.read
        values: dict[ProjectName, float | None] = {}
        for name in sorted(state.projects):
            if projects is None or name in projects:
                latest = state.latest_metrics.get(name)
                values[name] = latest.point.measures.get(metric) if latest else None
        return values

    async def detailed(
        self, project: ProjectName, *, start: datetime | None = None, end: datetime | None = None
    ) -> list[AnalysisDetails]:
        return [
            one
            for one in _details(self.work.read, project)
            if not one.branch and _lies_between(one.at.time, start, end)
        ]


def _lies_between(time: datetime, start: datetime | None, end: datetime | None) -> bool:
    return (start is None or start <= time) and (end is None or time < end)


def _details(state: _State, project: ProjectName) -> list[AnalysisDetails]:
    found = [
        AnalysisDetails(a.branch, Moment(a.ended_at, a.name.analysis_id), a.knowledge.snapshot)
        for a in state.analyses.values()
        if a.name.project == project and a.ended_at and a.knowledge and a.knowledge.snapshot
    ]
    return sorted(found, key=lambda one: (one.branch, one.at))


@dataclass
class FakeRetention:
    work: _Work

    async def moments(self, project: ProjectName) -> list[Moment]:
        return sorted(at for of, at in self.work.read.metric_points if of == project)

    async def remove_points(self, project: ProjectName, moments: Collection[Moment]) -> int:
        state = self.work.write
        latest = state.latest_metrics.get(project)
        gone = [
            (project, at)
            for at in moments
            if (project, at) in state.metric_points and latest and latest.point.at != at
        ]
        for key in gone:
            del state.metric_points[key]
        return len(gone)

    async def oldest_bucket(
        self, project: ProjectName, granularity: Granularity
    ) -> datetime | None:
        buckets = self.work.read.metric_buckets
        return min((k[2] for k in buckets if k[:2] == (project, granularity)), default=None)

    async def remove_buckets(
        self, project: ProjectName, granularity: Granularity, before: datetime, *, limit: int
    ) -> int:
        buckets = self.work.write.metric_buckets
        old = [k for k in sorted(buckets) if k[:2] == (project, granularity) and k[2] < before]
        for key in old[:limit]:
            del buckets[key]
        return len(old[:limit])

    async def details(self, project: ProjectName) -> list[AnalysisDetails]:
        return _details(self.work.read, project)

    async def forget_details(self, project: ProjectName, analysis_ids: Collection[str]) -> int:
        state = self.work.write
        having = {one.at.analysis_id for one in _details(state, project)} & set(analysis_ids)
        for analysis_id in having:
            analysis = deepcopy(state.analyses[AnalysisName(project.project_id, analysis_id)])
            assert analysis.knowledge is not None
            analysis.knowledge = replace(analysis.knowledge, snapshot="")
            state.analyses[analysis.name] = analysis
        return len(having)

    async def lock(self, project: ProjectName) -> bool:
        return project in self.work.write.projects

    async def snapshots(self, project: ProjectName) -> dict[str, bool]:
        used = {one.snapshot for one in _details(self.work.read, project)}
        return {d: d in used for of, d in self.work.read.snapshots if of == project.project_id}

    async def remove_snapshots(self, project: ProjectName, digests: Collection[str]) -> int:
        kept = await self.snapshots(project)
        gone = [digest for digest in digests if kept.get(digest) is False]
        for digest in gone:
            del self.work.write.snapshots[project.project_id, digest]
        return len(gone)

    async def remove_lines(self, project: ProjectName, contents: Collection[str]) -> int:
        lines = self.work.write.file_lines
        keys = [(project.project_id, content) for content in contents]
        gone = [key for key in keys if key in lines]
        for key in gone:
            del lines[key]
        return len(gone)


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
        self.tracking = FakeTracking(self._work)
        self.issues = FakeIssues(self._work)
        self.snapshots = FakeSnapshots(self._work)
        self.metrics = FakeMetrics(self._work)
        self.retention = FakeRetention(self._work)

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

    def __call__(
        self,
        *,
        read_only: bool = False,
        long: bool = False,
    ) -> FakeUnitOfWork:
        return FakeUnitOfWork(self, read_only=read_only)


class FakeFindingCodec:
    """JSON."""

    def encode(self, findings: Sequence[Finding]) -> bytes:
        return msgspec.json.encode(findings)

    def decode(self, payload: bytes) -> list[Finding]:
        return msgspec.json.decode(payload, type=list[Finding])

    def parts(self, payload: bytes) -> list[bytes]:
        return [msgspec.json.encode(finding) for finding in self.decode(payload)]


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
            woken = [event.subject]
            if isinstance(event.what, AnalysisFinished):
                woken.append(str(event.what.analysis.name.project))
            for ear in chain.from_iterable(self.ears.get(subject, ()) for subject in woken):
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
    files: dict[str, FileLines] = field(default_factory=dict)

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

    async def lines(self, workspace: Workspace, paths: Collection[str]) -> dict[str, FileLines]:
        return {path: self.files.get(path, FileLines()) for path in paths}

    async def copies(self) -> set[str]:
        return set(self.copied)

    async def discard(self, analysis_id: str) -> None:
        self.copied.discard(analysis_id)

    def _error(self, local_path: str) -> QualityError | None:
        known = local_path in self.workspaces
        return self.errors.get(local_path, None if known else SourceNotFoundError())


@dataclass
class FakeAnalyzer:
    """Reports `findings` one batch after the other and `measured`, then ends with `error` if there is one.

    With `gate`, it waits in the middle until that is set, or until it is cancelled.
    """

    name: str
    findings: Sequence[Sequence[Finding]] = ()
    error: QualityError | None = None
    tool_version: str = "1.0"
    gate: asyncio.Event | None = None
    was_cancelled: bool = False
    measured: Sequence[FileMeasures] = ()
    workspace: Workspace | None = None
    """What it was last run on."""

    async def version(self) -> FlextResult[str]:
        return FlextResult.ok(self.tool_version)

    async def run(self, workspace: Workspace, report: Report) -> FlextResult[None]:
        self.workspace = workspace
        files = len(workspace.files)
        await report.started(self.tool_version, files, "0" * 64)
        await self._wait()
        for batch in self.findings:
            await report.findings(batch)
        await report.measures(self.measured)
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
