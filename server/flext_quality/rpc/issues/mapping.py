"""Issues between the domain and protobuf."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import cast

from google.protobuf.timestamp_pb2 import Timestamp

from flext.quality.v1 import (
    finding_pb2,
    issue_pb2,
    issue_service_pb2,
    severity_pb2,
)
from flext_quality.domain.findings.finding import Category, Confidence, Finding, Severity
from flext_quality.domain.identifiers import AnalysisName, IssueName
from flext_quality.domain.issues.issue import (
    Issue,
    IssueChange,
    IssueCounts,
    IssueOrigin,
    IssueStatus,
    Triage,
)
from flext_quality.rpc.findings.mapping import location_from_proto, location_to_proto
from flext_quality.rpc.values_mapping import timestamp


def issue_to_proto(issue: Issue) -> issue_pb2.Issue:
    """The message of an issue."""
    return issue_pb2.Issue(
        name=str(issue.name),
        status=cast("issue_pb2.IssueStatus", issue.status),
        analyzer=issue.analyzer,
        rule=issue.rule,
        severity=cast("severity_pb2.Severity", issue.severity),
        category=cast("finding_pb2.Category", issue.category),
        message=issue.message,
        path=issue.path,
        line=issue.line,
        column=issue.column,
        end_line=issue.end_line,
        end_column=issue.end_column,
        cell=issue.cell,
        documentation_url=issue.documentation_url,
        confidence=cast("finding_pb2.Confidence", issue.confidence),
        related=[location_to_proto(location) for location in issue.related],
        effort_minutes=issue.effort_minutes,
        create_time=_known_timestamp(issue.created_at),
        status_time=_known_timestamp(issue.status_at),
        first_analysis=str(issue.first_analysis),
        fixed_analysis=str(issue.fixed_analysis or ""),
        origin=cast("issue_pb2.IssueOrigin", issue.origin),
        triage=None if issue.triage is None else triage_to_proto(issue.triage),
        etag=issue.etag,
        branch=issue.branch,
    )


def issue_from_proto(message: issue_pb2.Issue) -> Issue:
    """The issue of a message."""
    fixed = message.fixed_analysis
    return Issue(
        name=IssueName.parse(message.name),
        status=IssueStatus(message.status),
        analyzer=message.analyzer,
        rule=message.rule,
        severity=Severity(message.severity),
        category=Category(message.category),
        message=message.message,
        path=message.path,
        created_at=_time(message.create_time),
        status_at=_time(message.status_time),
        first_analysis=AnalysisName.parse(message.first_analysis),
        origin=IssueOrigin(message.origin),
        line=message.line,
        column=message.column,
        end_line=message.end_line,
        end_column=message.end_column,
        cell=message.cell,
        documentation_url=message.documentation_url,
        confidence=Confidence(message.confidence),
        related=tuple(location_from_proto(location) for location in message.related),
        effort_minutes=message.effort_minutes,
        fixed_analysis=AnalysisName.parse(fixed) if fixed else None,
        triage=_triage_from_proto(message.triage) if message.HasField("triage") else None,
        branch=message.branch,
        version=int(message.etag.rstrip('"').rpartition("-")[2]),
    )


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
        rung=cast("issue_pb2.MatchRung", change.match_method),
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
        issue.severity = cast("severity_pb2.Severity", finding.severity)
        issue.category = cast("finding_pb2.Category", finding.category)
        issue.message = finding.message
        issue.path = finding.path
        issue.line = finding.line
        issue.column = finding.column
        issue.end_line = finding.end_line
        issue.end_column = finding.end_column
        issue.cell = finding.cell
        issue.documentation_url = finding.documentation_url
        issue.confidence = cast("finding_pb2.Confidence", finding.confidence)
        issue.effort_minutes = effort_minutes
        del issue.related[:]
        issue.related.extend(location_to_proto(location) for location in finding.related)
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
        open=counts.open,
        new=counts.new,
        new_code=counts.new_code,
        fixed=counts.fixed,
        reopened=counts.reopened,
        persisting=counts.persisting,
        moved=counts.moved,
        accepted=counts.accepted,
        false_positive=counts.false_positive,
    )
