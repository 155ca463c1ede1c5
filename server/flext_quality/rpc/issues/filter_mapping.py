"""What clients ask of issues: filters and decisions, from protobuf."""

from __future__ import annotations

from flext.quality.v1 import issue_service_pb2 as pb
from flext_quality.application.issues.triage_issue import TriageDecision
from flext_quality.application.ports.issues import IssueFilter
from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.issues.issue import IssueStatus
from flext_quality.rpc.named_analysis import named_analysis
from flext_quality.rpc.values_mapping import optional_time


def filter_from_proto(
    message: pb.IssueFilter, project: ProjectName
) -> tuple[IssueFilter, AnalysisName | None]:
    """The filter of a message, and the analysis as of which it is meant, if it names one.

    Raises:
        InvalidFieldError: the fields do not fit together.
    """
    analysis = named_analysis(
        project, message.analysis, "filter.analysis", has_branch=message.HasField("branch")
    )
    wanted = IssueFilter(
        branch=message.branch if message.HasField("branch") else None,
        statuses=frozenset(IssueStatus(status) for status in message.statuses),
        severities=frozenset(Severity(severity) for severity in message.severities),
        categories=frozenset(Category(category) for category in message.categories),
        analyzers=frozenset(message.analyzers),
        rules=frozenset(message.rules),
        path_prefix=message.path_prefix,
        new_since=optional_time(message, "new_since", "filter"),
        text=message.text,
        assignee=message.assignee if message.HasField("assignee") else None,
        tags=frozenset(message.tags),
    )
    return wanted, analysis


def decision_from_proto(message: pb.TriageDecision) -> TriageDecision:
    """What somebody wants to decide.

    Raises:
        InvalidFieldError: the time is none.
    """
    return TriageDecision(
        IssueStatus(message.status),
        message.author,
        message.reason,
        optional_time(message, "expire_time", "decision"),
    )
