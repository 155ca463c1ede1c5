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
from flext_quality.application.ports.issues import IssueOrder
from flext_quality.domain.errors import FieldViolation, InvalidFieldError, invalid_field
from flext_quality.domain.identifiers import IssueName, ProjectName
from flext_quality.rpc.issues.filter_mapping import decision_from_proto, filter_from_proto
from flext_quality.rpc.issues.mapping import change_to_proto, issue_to_proto
from flext_quality.rpc.page_tokens import make_token, read_token


@dataclass(frozen=True)
class IssueServicer(pb_grpc.IssueServiceServicer):
    """Decodes, calls the use case, encodes."""

    get_issue: GetIssue
    list_issues: ListIssues
    export_issues: ExportIssues
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
        return pb.ListIssuesResponse(
            issues=[issue_to_proto(issue) for issue in page.items],
            next_page_token=make_token(request, page.next_cursor),
            total_size=total,
        )

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

    async def TriageIssue(
        self,
        request: pb.TriageIssueRequest,
        context: grpc.aio.ServicerContext[pb.TriageIssueRequest, pb.TriageIssueResponse],
    ) -> pb.TriageIssueResponse:
        """See the contract."""
        issue = await self.triage_issue(
            IssueName.parse(request.name), decision_from_proto(request.decision), etag=request.etag
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
        if bool(request.names) == request.HasField("filter"):
            raise invalid_field("names", "give either names or a filter")
        if request.names:
            names = _names_of(request, project)
            count = await self.batch_triage_issues.named(project, names, decision)
        else:
            wanted, analysis = filter_from_proto(request.filter, project)
            count = await self.batch_triage_issues.matching(project, wanted, analysis, decision)
        return pb.BatchTriageIssuesResponse(triaged_count=count)

    async def ListIssueHistory(
        self,
        request: pb.ListIssueHistoryRequest,
        context: grpc.aio.ServicerContext[pb.ListIssueHistoryRequest, pb.ListIssueHistoryResponse],
    ) -> pb.ListIssueHistoryResponse:
        """See the contract."""
        changes = await self.list_issue_history(IssueName.parse(request.parent, "parent"))
        return pb.ListIssueHistoryResponse(changes=[change_to_proto(one) for one in changes])


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
