"""What the fake storage holds, and what its repositories share."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flext_quality.application.correlation import stamped
from flext_quality.application.ports.issues import KnownIssue
from flext_quality.application.ports.measures import MetricUpdate
from flext_quality.application.ports.notifications import SentNotification
from flext_quality.application.ports.records import FindingBatch, StoredRequest
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.analyses.attachment import Attachment
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.domain.identifiers import (
    AnalysisName,
    ChannelName,
    DeliveryName,
    IssueName,
    ProjectName,
)
from flext_quality.domain.issues.fingerprint import Fingerprint, details_hash
from flext_quality.domain.issues.issue import Issue, IssueStatus, MatchMethod, Triage
from flext_quality.domain.metrics.time_series import Bucket, Granularity, Moment
from flext_quality.domain.notifications.channel import Channel
from flext_quality.domain.notifications.delivery import Delivery
from flext_quality.domain.projects.project import Project
from flext_quality.domain.sources.measures import FileRecord


@dataclass(frozen=True)
class StoredIssue:
    """An issue on one branch; `appeared` and `seen_from` are numbers of the branch's analyses."""

    issue: Issue
    match_method: MatchMethod
    line_hash: int
    message_hash: int
    appeared: int
    seen_from: int

    @property
    def known(self) -> KnownIssue:
        """As tracking sees it."""
        issue = self.issue
        fingerprint = Fingerprint(
            issue.finding.analyzer,
            issue.finding.rule,
            issue.finding.path,
            issue.finding.line,
            issue.finding.column,
            self.line_hash,
            self.message_hash,
            details_hash(issue.finding),
            issue.name.issue_id,
        )
        return KnownIssue(fingerprint, issue.status, issue.status is not IssueStatus.FIXED)


@dataclass(frozen=True)
class StoredSighting:
    """An issue as it was seen until, not including, an analysis; `is_end`: then no longer at all."""

    issue: Issue
    match_method: MatchMethod
    seen_until: int
    is_end: bool


@dataclass(frozen=True)
class StoredDelivery:
    """A delivery, and who has claimed it until when."""

    delivery: Delivery
    owner: str = ""
    until: datetime | None = None

    def is_claimed(self, now: datetime) -> bool:
        """Whether somebody has it."""
        return self.until is not None and self.until > now


@dataclass
class State:
    """Everything that is stored. What is in it is replaced, never changed."""

    projects: dict[ProjectName, Project] = field(default_factory=dict)
    analyses: dict[AnalysisName, Analysis] = field(default_factory=dict)
    batches: dict[AnalysisName, tuple[FindingBatch, ...]] = field(default_factory=dict)
    attachments: dict[AnalysisName, tuple[Attachment, ...]] = field(default_factory=dict)
    events: dict[str, tuple[AnyEvent, ...]] = field(default_factory=dict)
    # By subject and sequence.
    positions: dict[tuple[str, int], int] = field(default_factory=dict)
    cursors: dict[str, tuple[int, str, datetime | None]] = field(default_factory=dict)
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
    channels: dict[ChannelName, Channel] = field(default_factory=dict)
    deliveries: dict[DeliveryName, StoredDelivery] = field(default_factory=dict)
    told: dict[tuple[ChannelName, str], SentNotification] = field(default_factory=dict)

    def copy(self) -> State:
        return State(**{name: dict(getattr(self, name)) for name in self.__dataclass_fields__})


class ConflictError(Exception):
    """Two events of one subject with one sequence: a bug of whoever stores them."""


@dataclass
class Work:
    """What the repositories of one unit of work share."""

    state: State
    read_only: bool
    new_events: list[AnyEvent] = field(default_factory=list)
    is_open: bool = True

    @property
    def read(self) -> State:
        if not self.is_open:
            raise RuntimeError("the unit of work has ended, or was never entered")
        return self.state

    @property
    def write(self) -> State:
        if self.read_only:
            raise RuntimeError("a read-only unit of work was asked to change something")
        return self.read

    def append(self, events: Sequence[AnyEvent]) -> None:
        for event in stamped(events):
            earlier = self.write.events.get(event.subject, ())
            if earlier and earlier[-1].sequence >= event.sequence:
                raise ConflictError(f"{event.subject} has an event {event.sequence} already")
            self.write.events[event.subject] = (*earlier, event)
            self.write.positions[event.subject, event.sequence] = len(self.write.positions) + 1
            self.new_events.append(event)
