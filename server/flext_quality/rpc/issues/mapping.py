"""Issues between the domain and protobuf."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import cast

from google.protobuf.timestamp_pb2 import Timestamp

from flext.quality.v1 import (
    issue_pb2,
    issue_service_pb2,
)
from flext_quality.domain.findings.finding import Finding
from flext_quality.domain.identifiers import AnalysisName, IssueName
from flext_quality.domain.issues.issue import (
    Issue,
    IssueChange,
    IssueCounts,
    IssueOrigin,
    IssueStatus,
    Triage,
)
from flext_quality.domain.issues.update import IssueValues
from flext_quality.rpc.findings.mapping import finding_from_proto, finding_to_proto
from flext_quality.rpc.values_mapping import timestamp


def issue_to_proto(issue: Issue) -> issue_pb2.Issue:
    """The message of an issue."""
    return issue_pb2.Issue(
        name=str(issue.name),
        status=cast("issue_pb2.IssueStatus", issue.status),
        finding=finding_to_proto(issue.finding),
        effort_minutes=issue.effort_minutes,
        create_time=_known_timestamp(issue.created_at),
        status_time=_known_timestamp(issue.status_at),
        first_analysis=str(issue.first_analysis),
        fixed_analysis=str(issue.fixed_analysis or ""),
        origin=cast("issue_pb2.IssueOrigin", issue.origin),
        branch=issue.branch,
        triage=None if issue.triage is None else triage_to_proto(issue.triage),
        assignee=issue.assignee,
        tags=issue.tags,
        etag=issue.etag,
    )


def issue_from_proto(message: issue_pb2.Issue) -> Issue:
    """The issue of a message."""
    fixed = message.fixed_analysis
    return Issue(
        name=IssueName.parse(message.name),
        status=IssueStatus(message.status),
        finding=finding_from_proto(message.finding),
        created_at=_time(message.create_time),
        status_at=_time(message.status_time),
        first_analysis=AnalysisName.parse(message.first_analysis),
        origin=IssueOrigin(message.origin),
        effort_minutes=message.effort_minutes,
        fixed_analysis=AnalysisName.parse(fixed) if fixed else None,
        triage=_triage_from_proto(message.triage) if message.HasField("triage") else None,
        branch=message.branch,
        assignee=message.assignee,
        tags=tuple(message.tags),
        version=int(message.etag.rstrip('"').rpartition("-")[2]),
    )


def values_from_proto(message: issue_pb2.Issue) -> IssueValues:
    """What people set of an issue."""
    return IssueValues(assignee=message.assignee, tags=tuple(message.tags))


def triage_to_proto(triage: Triage) -> issue_pb2.Triage:
    """The message of a decision."""
    return issue_pb2.Triage(
        status=cast("issue_pb2.IssueStatus", triage.status),
        author=triage.author,
        reason=triage.reason,
        time=timestamp(triage.time),
        expire_time=timestamp(triage.expires_at),
    )


def change_to_proto(change: IssueChange) -> issue_pb2.IssueChange:
    """The message of something that happened to an issue."""
    return issue_pb2.IssueChange(
        time=timestamp(change.time),
        analysis=str(change.analysis or ""),
        status=cast("issue_pb2.IssueStatus", change.status),
        match_method=cast("issue_pb2.MatchMethod", change.match_method or 0),
        path=change.path,
        line=change.line,
        triage=None if change.triage is None else triage_to_proto(change.triage),
        branch=change.branch,
    )


class ProtobufIssueCodec:
    """The port `IssueCodec`: an ExportIssuesResponse that holds one issue; joined ones hold many."""

    def encode(self, issue: Issue) -> bytes:
        """The bytes of one issue."""
        return issue_service_pb2.ExportIssuesResponse(
            issues=[issue_to_proto(issue)]
        ).SerializeToString()

    def decode(self, payload: bytes) -> list[Issue]:
        """The issues of joined bytes."""
        batch = issue_service_pb2.ExportIssuesResponse.FromString(payload)
        return [issue_from_proto(message) for message in batch.issues]

    def moved(self, payload: bytes, finding: Finding, effort_minutes: int) -> bytes:
        """The bytes of one issue, changed in place: several times as quick as decoding it."""
        batch = issue_service_pb2.ExportIssuesResponse.FromString(payload)
        issue = batch.issues[0]
        issue.finding.CopyFrom(finding_to_proto(finding, with_fix=False))
        issue.effort_minutes = effort_minutes
        return batch.SerializeToString()


def _triage_from_proto(message: issue_pb2.Triage) -> Triage:
    return Triage(
        status=IssueStatus(message.status),
        author=message.author,
        reason=message.reason,
        time=_time(message.time),
        expires_at=_time(message.expire_time) if message.HasField("expire_time") else None,
    )


@lru_cache(maxsize=4096)
def _known_timestamp(time: datetime) -> Timestamp | None:
    """To be copied from only. An analysis gives all issues that it finds one time."""
    return timestamp(time)


def _time(message: Timestamp) -> datetime:
    return message.ToDatetime(UTC)


def issue_counts_to_proto(counts: IssueCounts) -> issue_pb2.IssueCounts:
    """The counts, field by field."""
    return issue_pb2.IssueCounts(
        open_count=counts.open,
        new_count=counts.new,
        new_code_count=counts.new_code,
        fixed_count=counts.fixed,
        reopened_count=counts.reopened,
        persisting_count=counts.persisting,
        moved_count=counts.moved,
        accepted_count=counts.accepted,
        false_positive_count=counts.false_positive,
    )
