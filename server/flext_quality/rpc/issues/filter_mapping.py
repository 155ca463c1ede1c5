"""What clients ask of issues: filters and decisions, from protobuf."""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from flext.quality.v1 import issue_service_pb2 as pb
from flext_quality.application.issues.triage_issue import TriageDecision
from flext_quality.application.ports.issues import IssueFilter
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.issues.issue import IssueStatus


def filter_from_proto(
    message: pb.IssueFilter, project: ProjectName
) -> tuple[IssueFilter, AnalysisName | None]:
    """The filter of a message, and the analysis as of which it is meant, if it names one.

    Raises:
        InvalidFieldError: the fields do not fit together.
    """
    analysis = AnalysisName.parse(message.analysis, "filter.analysis") if message.analysis else None
    if analysis is not None and message.HasField("branch"):
        raise invalid_field("filter.branch", "must not be set, since filter.analysis has a branch")
    if analysis is not None and analysis.project != project:
        raise invalid_field("filter.analysis", f"must be an analysis of {project}")
    since = message.new_since if message.HasField("new_since") else None
    wanted = IssueFilter(
        branch=message.branch,
        statuses=frozenset(IssueStatus(status) for status in message.statuses),
        severities=frozenset(Severity(severity) for severity in message.severities),
        categories=frozenset(Category(category) for category in message.categories),
        analyzers=frozenset(message.analyzers),
        rules=frozenset(message.rules),
        path_prefix=message.path_prefix,
        new_since=None if since is None else _time(since, "filter.new_since"),
        text=message.text,
    )
    return wanted, analysis


def decision_from_proto(message: pb.TriageDecision) -> TriageDecision:
    """What somebody wants to decide.

    Raises:
        InvalidFieldError: the time is none.
    """
    end = message.expire_time if message.HasField("expire_time") else None
    return TriageDecision(
        IssueStatus(message.status),
        message.author,
        message.reason,
        None if end is None else _time(end, "decision.expire_time"),
    )


def _time(message: Timestamp, field: str) -> datetime:
    try:
        return message.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise invalid_field(field, "must be a time from year 1 to year 9999") from None
