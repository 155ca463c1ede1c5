"""IssueService."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import grpc

from flext.quality.v1 import issue_service_pb2 as pb
from flext.quality.v1 import issue_service_pb2_grpc as pb_grpc
from flext_quality.application.issues.batch_triage_issues import BatchTriageIssues
from flext_quality.application.issues.export_issues import ExportIssues
from flext_quality.application.issues.read_issues import GetIssue, ListIssueHistory, ListIssues
from flext_quality.application.issues.triage_issue import TriageIssue
from flext_quality.application.issues.update_issue import UpdateIssue
from flext_quality.application.ports.issues import IssueOrder
from flext_quality.domain.errors import FieldViolation, InvalidFieldError, invalid_field
from flext_quality.domain.identifiers import IssueName, ProjectName
from flext_quality.domain.issues.update import ISSUE_FIELDS
from flext_quality.rpc.field_masks import changed_fields
from flext_quality.rpc.issues.filter_mapping import decision_from_proto, filter_from_proto
from flext_quality.rpc.issues.mapping import (
    change_to_proto,
    issue_to_proto,
    values_from_proto,
)
from flext_quality.rpc.page_tokens import read_token
from flext_quality.rpc.pages import encoded_page
from flext_quality.rpc.repeatable_calls import call_of


@dataclass(frozen=True)
class IssueServicer(pb_grpc.IssueServiceServicer):
    """Decodes, calls the use case, encodes."""

    get_issue: GetIssue
    list_issues: ListIssues
    export_issues: ExportIssues
    update_issue: UpdateIssue
    triage_issue: TriageIssue
    batch_triage_issues: BatchTriageIssues
    list_issue_history: ListIssueHistory

    async def GetIssue(
        self,
        request: pb.GetIssueRequest,
        context: grpc.aio.ServicerContext[pb.GetIssueRequest, pb.GetIssueResponse],
    ) -> pb.GetIssueResponse:
        """See the contract."""
        issue = await self.get_issue(IssueName.parse(request.name))
        return pb.GetIssueResponse(issue=issue_to_proto(issue))

    async def ListIssues(
        self,
        request: pb.ListIssuesRequest,
        context: grpc.aio.ServicerContext[pb.ListIssuesRequest, pb.ListIssuesResponse],
    ) -> pb.ListIssuesResponse:
        """See the contract."""
        project = ProjectName.parse(request.parent, "parent")
        wanted, analysis = filter_from_proto(request.filter, project)
        page, total = await self.list_issues(
            project,
            wanted=wanted,
            analysis=analysis,
            order=IssueOrder(request.order_by or IssueOrder.CREATE_TIME),
            page_size=request.page_size,
            cursor=read_token(request, "page_token"),
        )
        issues, token = encoded_page(request, page, issue_to_proto)
        return pb.ListIssuesResponse(issues=issues, next_page_token=token, total_size=total)

    async def ExportIssues(  # type: ignore[override]  # answers with encoded messages
        self,
        request: pb.ExportIssuesRequest,
        context: grpc.aio.ServicerContext[pb.ExportIssuesRequest, pb.ExportIssuesResponse],
    ) -> AsyncIterator[bytes]:
        """See the contract."""
        project = ProjectName.parse(request.parent, "parent")
        wanted, analysis = filter_from_proto(request.filter, project)
        async for batch in self.export_issues(project, wanted=wanted, analysis=analysis):
            yield batch.payload

    async def UpdateIssue(
        self,
        request: pb.UpdateIssueRequest,
        context: grpc.aio.ServicerContext[pb.UpdateIssueRequest, pb.UpdateIssueResponse],
    ) -> pb.UpdateIssueResponse:
        """See the contract."""
        name = IssueName.parse(request.issue.name, "issue.name")
        issue = await self.update_issue(
            name,
            values_from_proto(request.issue),
            changed_fields(request.update_mask, ISSUE_FIELDS),
            etag=request.issue.etag,
            call=call_of(request, request.request_id, name.project),
        )
        return pb.UpdateIssueResponse(issue=issue_to_proto(issue))

    async def TriageIssue(
        self,
        request: pb.TriageIssueRequest,
        context: grpc.aio.ServicerContext[pb.TriageIssueRequest, pb.TriageIssueResponse],
    ) -> pb.TriageIssueResponse:
        """See the contract."""
        name = IssueName.parse(request.name)
        issue = await self.triage_issue(
            name,
            decision_from_proto(request.decision),
            etag=request.etag,
            call=call_of(request, request.request_id, name.project),
        )
        return pb.TriageIssueResponse(issue=issue_to_proto(issue))

    async def BatchTriageIssues(
        self,
        request: pb.BatchTriageIssuesRequest,
        context: grpc.aio.ServicerContext[
            pb.BatchTriageIssuesRequest, pb.BatchTriageIssuesResponse
        ],
    ) -> pb.BatchTriageIssuesResponse:
        """See the contract."""
        project = ProjectName.parse(request.parent, "parent")
        decision = decision_from_proto(request.decision)
        call = call_of(request, request.request_id, project)
        if bool(request.names) == request.HasField("filter"):
            raise invalid_field("names", "give either names or a filter")
        if request.names:
            names = _names_of(request, project)
            count = await self.batch_triage_issues.named(project, names, decision, call=call)
        else:
            wanted, analysis = filter_from_proto(request.filter, project)
            count = await self.batch_triage_issues.matching(
                project, wanted, analysis, decision, call=call
            )
        return pb.BatchTriageIssuesResponse(triaged_count=count)

    async def ListIssueHistory(
        self,
        request: pb.ListIssueHistoryRequest,
        context: grpc.aio.ServicerContext[pb.ListIssueHistoryRequest, pb.ListIssueHistoryResponse],
    ) -> pb.ListIssueHistoryResponse:
        """See the contract."""
        page = await self.list_issue_history(
            IssueName.parse(request.parent, "parent"),
            page_size=request.page_size,
            cursor=read_token(request, "page_token"),
        )
        changes, token = encoded_page(request, page, change_to_proto)
        return pb.ListIssueHistoryResponse(changes=changes, next_page_token=token)


def _names_of(request: pb.BatchTriageIssuesRequest, project: ProjectName) -> list[IssueName]:
    """The names.

    Raises:
        InvalidFieldError: some are of another project.
    """
    names = [IssueName.parse(name, f"names[{number}]") for number, name in enumerate(request.names)]
    strangers = [
        FieldViolation(f"names[{number}]", f"must be an issue of {project}")
        for number, name in enumerate(names)
        if name.project != project
    ]
    if strangers:
        raise InvalidFieldError(strangers)
    return names
