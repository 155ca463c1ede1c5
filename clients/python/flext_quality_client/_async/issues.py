"""Issues: get, list, export, change, triage, history."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf.field_mask_pb2 import FieldMask

from flext.quality.v1.issue_pb2 import Issue, IssueChange
from flext.quality.v1.issue_service_pb2 import (
    BatchTriageIssuesRequest,
    GetIssueRequest,
    IssueFilter,
    ListIssueHistoryRequest,
    ListIssuesRequest,
    ListIssuesResponse,
    TriageDecision,
    TriageIssueRequest,
    UpdateIssueRequest,
)
from flext.quality.v1.issue_service_pb2_grpc import IssueServiceStub
from flext_quality_client._async.transport import AsyncTransport
from flext_quality_client._async.wire import Stream
from flext_quality_client.issues import ExportCursor


class AsyncIssues:
    """The issues of projects. Each method raises the errors that the contract names for its RPC."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._calls = transport
        self._stub = IssueServiceStub(transport.channel)

    async def get(self, name: str) -> Issue:
        """The issue called `name`, "projects/{project}/issues/{issue}", as it stands."""
        response = await self._calls.unary(self._stub.GetIssue, GetIssueRequest(name=name))
        return response.issue

    async def list(
        self,
        project: str,
        wanted: IssueFilter | None = None,
        *,
        order_by: str = "",
        page_size: int = 0,
    ) -> Stream[Issue]:
        """A project's issues, fetched page by page while they are used. See also `export`."""
        request = ListIssuesRequest(
            parent=project, filter=wanted, order_by=order_by, page_size=page_size
        )
        async for page in self._calls.pages(self._stub.ListIssues, request):
            for issue in page.issues:
                yield issue

    async def list_page(
        self,
        project: str,
        wanted: IssueFilter | None = None,
        *,
        order_by: str = "",
        page_size: int = 0,
        page_token: str = "",
    ) -> ListIssuesResponse:
        """One page of a project's issues with the count of all; the last page has no next_page_token."""
        request = ListIssuesRequest(
            parent=project,
            filter=wanted,
            order_by=order_by,
            page_size=page_size,
            page_token=page_token,
        )
        return await self._calls.unary(self._stub.ListIssues, request)

    def export(self, project: str, wanted: IssueFilter | None = None) -> Stream[Issue]:
        """All issues as they are at one moment, streamed in the order of their names.

        A stream that breaks in the middle cannot be resumed, since that moment is gone: then an
        `ExportBrokenError` says so, and the caller may begin again.
        """
        return self._calls.stream(self._stub.ExportIssues, ExportCursor(project, wanted))

    async def update(self, issue: Issue, fields: Iterable[str]) -> Issue:
        """Changes the named fields ("assignee", "tags", or "*") of the issue that `issue.name` names.

        With its etag only if nobody else changed it in between.
        """
        request = UpdateIssueRequest(issue=issue, update_mask=FieldMask(paths=fields))
        response = await self._calls.unary(self._stub.UpdateIssue, request)
        return response.issue

    async def triage(self, name: str, decision: TriageDecision, *, etag: str = "") -> Issue:
        """Triages one issue; the issue as it is then.

        With its etag only if nobody else changed it in between.
        """
        request = TriageIssueRequest(name=name, decision=decision, etag=etag)
        response = await self._calls.unary(self._stub.TriageIssue, request)
        return response.issue

    async def batch_triage(
        self,
        project: str,
        decision: TriageDecision,
        *,
        names: Iterable[str] = (),
        wanted: IssueFilter | None = None,
    ) -> int:
        """Triages the named issues, or all that a filter lets pass, alike: all or none. How many it were."""
        request = BatchTriageIssuesRequest(
            parent=project, names=names, filter=wanted, decision=decision
        )
        response = await self._calls.unary(self._stub.BatchTriageIssues, request)
        return response.triaged_count

    async def history(self, name: str) -> tuple[IssueChange, ...]:
        """All that happened to an issue, oldest first."""
        request = ListIssueHistoryRequest(parent=name)
        pages = self._calls.pages(self._stub.ListIssueHistory, request)
        return tuple([change async for page in pages for change in page.changes])
