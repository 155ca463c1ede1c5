"""Issues: get, list, export, triage, history."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator

from flext.quality.v1.issue_pb2 import Issue, IssueChange
from flext.quality.v1.issue_service_pb2 import (
    GetIssueRequest,
    IssueFilter,
    ListIssueHistoryRequest,
    ListIssuesResponse,
    TriageDecision,
    TriageIssueRequest,
)
from flext.quality.v1.issue_service_pb2_grpc import IssueServiceStub
from flext_quality_client import requests
from flext_quality_client.cursors import ExportCursor
from flext_quality_client.transport import Transport
from flext_quality_client.transport_aio import AsyncTransport


class Issues:
    """The issues of projects. Each method raises the errors that the contract names for its RPC."""

    def __init__(self, transport: Transport) -> None:
        self._calls = transport
        self._stub = IssueServiceStub(transport.channel)

    def get(self, name: str) -> Issue:
        """The issue called `name`, "projects/{project}/issues/{issue}", as it stands."""
        return self._calls.unary(self._stub.GetIssue, GetIssueRequest(name=name)).issue

    def list(
        self,
        project: str,
        wanted: IssueFilter | None = None,
        *,
        order_by: str = "",
        page_size: int = 0,
    ) -> Iterator[Issue]:
        """A project's issues, fetched page by page while they are used. See also `export`."""
        request = requests.list_issues(project, wanted, order_by, page_size)
        for page in self._calls.pages(self._stub.ListIssues, request):
            yield from page.issues

    def list_page(
        self,
        project: str,
        wanted: IssueFilter | None = None,
        *,
        order_by: str = "",
        page_size: int = 0,
        page_token: str = "",
    ) -> ListIssuesResponse:
        """One page of a project's issues with the count of all; the last page has no next_page_token."""
        request = requests.list_issues(project, wanted, order_by, page_size, page_token)
        return self._calls.unary(self._stub.ListIssues, request)

    def export(self, project: str, wanted: IssueFilter | None = None) -> Iterator[Issue]:
        """All issues as they are at one moment, streamed in the order of their names.

        A stream that breaks in the middle cannot be resumed, since that moment is gone: then an
        `ExportBrokenError` says so, and the caller may begin again.
        """
        return self._calls.stream(self._stub.ExportIssues, ExportCursor(project, wanted))

    def triage(self, name: str, decision: TriageDecision, *, etag: str = "") -> Issue:
        """Triages one issue; the issue as it is then.

        With its etag only if nobody else changed it in between; such a call is not repeated by itself.
        """
        request = TriageIssueRequest(name=name, decision=decision, etag=etag)
        return self._calls.unary(self._stub.TriageIssue, request, repeatable=not etag).issue

    def batch_triage(
        self,
        project: str,
        decision: TriageDecision,
        *,
        names: Iterable[str] = (),
        wanted: IssueFilter | None = None,
    ) -> int:
        """Triages the named issues, or all that a filter lets pass, alike: all or none. How many it were.

        Not repeated by itself: a second call would count what the first one left.
        """
        request = requests.batch_triage_issues(project, decision, names, wanted)
        return self._calls.unary(
            self._stub.BatchTriageIssues, request, repeatable=False
        ).triaged_count

    def history(self, name: str) -> tuple[IssueChange, ...]:
        """All that happened to an issue, oldest first."""
        request = ListIssueHistoryRequest(parent=name)
        return tuple(self._calls.unary(self._stub.ListIssueHistory, request).changes)


class AsyncIssues:
    """As `Issues`, for asyncio."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._calls = transport
        self._stub = IssueServiceStub(transport.channel)

    async def get(self, name: str) -> Issue:
        """As `Issues.get`."""
        return (await self._calls.unary(self._stub.GetIssue, GetIssueRequest(name=name))).issue

    async def list(
        self,
        project: str,
        wanted: IssueFilter | None = None,
        *,
        order_by: str = "",
        page_size: int = 0,
    ) -> AsyncIterator[Issue]:
        """As `Issues.list`."""
        request = requests.list_issues(project, wanted, order_by, page_size)
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
        """As `Issues.list_page`."""
        request = requests.list_issues(project, wanted, order_by, page_size, page_token)
        return await self._calls.unary(self._stub.ListIssues, request)

    def export(self, project: str, wanted: IssueFilter | None = None) -> AsyncIterator[Issue]:
        """As `Issues.export`."""
        return self._calls.stream(self._stub.ExportIssues, ExportCursor(project, wanted))

    async def triage(self, name: str, decision: TriageDecision, *, etag: str = "") -> Issue:
        """As `Issues.triage`."""
        request = TriageIssueRequest(name=name, decision=decision, etag=etag)
        answer = await self._calls.unary(self._stub.TriageIssue, request, repeatable=not etag)
        return answer.issue

    async def batch_triage(
        self,
        project: str,
        decision: TriageDecision,
        *,
        names: Iterable[str] = (),
        wanted: IssueFilter | None = None,
    ) -> int:
        """As `Issues.batch_triage`."""
        request = requests.batch_triage_issues(project, decision, names, wanted)
        answer = await self._calls.unary(self._stub.BatchTriageIssues, request, repeatable=False)
        return answer.triaged_count

    async def history(self, name: str) -> tuple[IssueChange, ...]:
        """As `Issues.history`."""
        request = ListIssueHistoryRequest(parent=name)
        return tuple((await self._calls.unary(self._stub.ListIssueHistory, request)).changes)
