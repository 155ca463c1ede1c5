"""Builds requests, so that both clients ask in the same words."""

from __future__ import annotations

import os
import uuid
from collections.abc import Collection, Iterable
from datetime import datetime

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from flext.quality.v1.analysis_pb2 import AnalysisState
from flext.quality.v1.analysis_service_pb2 import (
    Attachment,
    CompareAnalysesRequest,
    FindingFilter,
    IssueDifference,
    ListAnalysesRequest,
    ListFindingsRequest,
    StartAnalysisRequest,
)
from flext.quality.v1.finding_pb2 import Category
from flext.quality.v1.issue_pb2 import IssueStatus
from flext.quality.v1.issue_service_pb2 import (
    BatchTriageIssuesRequest,
    IssueFilter,
    ListIssuesRequest,
    TriageDecision,
)
from flext.quality.v1.metrics_pb2 import Aggregation, Granularity
from flext.quality.v1.metrics_service_pb2 import GetTrendsRequest, QueryMetricsRequest
from flext.quality.v1.project_pb2 import LocalPath, Project, Source
from flext.quality.v1.project_service_pb2 import (
    CreateProjectRequest,
    ListProjectsRequest,
    UpdateProjectRequest,
)
from flext.quality.v1.report_pb2 import ReportFormat, ReportKind
from flext.quality.v1.report_service_pb2 import GenerateReportRequest
from flext.quality.v1.revision_pb2 import Revision
from flext.quality.v1.severity_pb2 import Severity

PATH_NAMESPACE = uuid.UUID("7ad0ba98-8d97-4271-b8ab-4b4d64c75caa")
"""Makes a path into the same request id everywhere. Chosen once; never changes."""


def absolute(path: str | os.PathLike[str]) -> str:
    """`path` as the server stores it: absolute, without "." or "..", links left as they are."""
    return os.path.abspath(path)  # noqa: PTH100  # Path.absolute keeps ".."


def create_project(
    path: str, display_name: str = "", project_id: str = "", request_id: str = ""
) -> CreateProjectRequest:
    """Asks for a project; an empty `request_id` becomes a new one."""
    return CreateProjectRequest(
        project=Project(display_name=display_name, source=Source(local_path=LocalPath(path=path))),
        project_id=project_id,
        request_id=request_id or str(uuid.uuid4()),
    )


def register(path: str) -> CreateProjectRequest:
    """Asks for a project of `path`, so that two clients who ask at once get the same one."""
    return create_project(path, request_id=str(uuid.uuid5(PATH_NAMESPACE, path)))


def is_of_path(project: Project, path: str) -> bool:
    """Whether `project`, which `register(path)` gave, is still one of `path`.

    It is not if it was registered like this once and moved to another path later.
    """
    return project.source.local_path.path in (path, os.path.realpath(path))


def list_projects(local_path: str, order_by: str, page_size: int) -> ListProjectsRequest:
    """Asks for the first page of projects."""
    return ListProjectsRequest(local_path=local_path, order_by=order_by, page_size=page_size)


def update_project(project: Project, fields: Iterable[str]) -> UpdateProjectRequest:
    """Asks to change the named fields."""
    return UpdateProjectRequest(project=project, update_mask=FieldMask(paths=fields))


def start_analysis(
    project: str,
    analyzers: Iterable[str] = (),
    request_id: str = "",
    attachments: Iterable[Attachment] = (),
    branch: str = "",
) -> StartAnalysisRequest:
    """Asks for an analysis; an empty `request_id` becomes a new one."""
    return StartAnalysisRequest(
        parent=project,
        analyzers=analyzers,
        request_id=request_id or str(uuid.uuid4()),
        attachments=attachments,
        revision=Revision(branch=branch),
    )


def list_analyses(
    project: str, states: Collection[AnalysisState], page_size: int
) -> ListAnalysesRequest:
    """Asks for the first page of a project's analyses."""
    return ListAnalysesRequest(parent=project, states=states, page_size=page_size)


def list_findings(
    analysis: str, wanted: FindingFilter | None, page_size: int, page_token: str
) -> ListFindingsRequest:
    """Asks for a page of findings."""
    return ListFindingsRequest(
        parent=analysis, filter=wanted, page_size=page_size, page_token=page_token
    )


def query_metrics(
    project: str,
    metrics: Iterable[str],
    start: datetime | None,
    end: datetime | None,
    granularity: Granularity,
    aggregation: Aggregation,
    path: str,
) -> QueryMetricsRequest:
    """Asks for metrics over time."""
    return QueryMetricsRequest(
        parent=project,
        metrics=metrics,
        start_time=timestamp(start),
        end_time=timestamp(end),
        granularity=granularity,
        aggregation=aggregation,
        path=path,
    )


def get_trends(
    project: str, metrics: Iterable[str], start: datetime | None, end: datetime | None
) -> GetTrendsRequest:
    """Asks for trends."""
    return GetTrendsRequest(
        parent=project, metrics=metrics, start_time=timestamp(start), end_time=timestamp(end)
    )


def timestamp(time: datetime | None) -> Timestamp | None:
    """The time as it is sent; None stays unset."""
    if time is None:
        return None
    message = Timestamp()
    message.FromDatetime(time)
    return message


def generate_report(
    project: str,
    kind: ReportKind,
    format: ReportFormat | str,  # noqa: A002  # as in the contract
    analysis: str,
    base_analysis: str,
    start_time: datetime | None,
) -> GenerateReportRequest:
    """Asks for a report; without a time zone `start_time` is taken as UTC."""
    return GenerateReportRequest(
        parent=project,
        kind=kind,
        format=None if isinstance(format, str) else format,
        plugin_format=format if isinstance(format, str) else "",
        analysis=analysis,
        base_analysis=base_analysis,
        start_time=timestamp(start_time),
    )


def finding_filter(
    *,
    analyzers: Iterable[str] = (),
    severities: Iterable[Severity] = (),
    rules: Iterable[str] = (),
    path_prefix: str = "",
) -> FindingFilter:
    """Which findings are wanted: those that everything given here lets pass."""
    return FindingFilter(
        analyzers=analyzers, severities=severities, rules=rules, path_prefix=path_prefix
    )


def compare_analyses(
    base: str, head: str, differences: Collection[IssueDifference], page_size: int
) -> CompareAnalysesRequest:
    """Asks for the first page of what is different."""
    return CompareAnalysesRequest(
        base_analysis=base, head_analysis=head, differences=differences, page_size=page_size
    )


def list_issues(
    project: str, wanted: IssueFilter | None, order_by: str, page_size: int, page_token: str = ""
) -> ListIssuesRequest:
    """Asks for a page of issues."""
    return ListIssuesRequest(
        parent=project,
        filter=wanted,
        order_by=order_by,
        page_size=page_size,
        page_token=page_token,
    )


def batch_triage_issues(
    project: str, decision: TriageDecision, names: Iterable[str], wanted: IssueFilter | None
) -> BatchTriageIssuesRequest:
    """Asks to triage these issues, or those."""
    return BatchTriageIssuesRequest(parent=project, names=names, filter=wanted, decision=decision)


def issue_filter(  # noqa: PLR0913  # a field of the filter each
    *,
    statuses: Iterable[IssueStatus] = (),
    severities: Iterable[Severity] = (),
    categories: Iterable[Category] = (),
    analyzers: Iterable[str] = (),
    rules: Iterable[str] = (),
    path_prefix: str = "",
    new_since: datetime | None = None,
    text: str = "",
    analysis: str = "",
    branch: str = "",
) -> IssueFilter:
    """Which issues are wanted: those that everything given here lets pass. Times need their zone."""
    return IssueFilter(
        statuses=statuses,
        severities=severities,
        categories=categories,
        analyzers=analyzers,
        rules=rules,
        path_prefix=path_prefix,
        new_since=_timestamp(new_since),
        text=text,
        analysis=analysis,
        branch=branch,
    )


def triage_decision(
    status: IssueStatus, author: str, reason: str = "", expires: datetime | None = None
) -> TriageDecision:
    """What somebody decides about issues. `expires`, with its zone: when the decision ends."""
    return TriageDecision(
        status=status, author=author, reason=reason, expire_time=_timestamp(expires)
    )


def _timestamp(time: datetime | None) -> Timestamp | None:
    if time is None:
        return None
    if time.tzinfo is None:
        raise ValueError(f"a time without its zone: {time.isoformat()}")
    message = Timestamp()
    message.FromDatetime(time)
    return message
