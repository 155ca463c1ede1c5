"""Analyses: start, get, list, cancel, delete, compare, watch, and their findings."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from flext.quality.v1.analysis_event_pb2 import AnalysisEvent
from flext.quality.v1.analysis_pb2 import Analysis, AnalysisState
from flext.quality.v1.analysis_service_pb2 import (
    Attachment,
    CancelAnalysisRequest,
    CompareAnalysesRequest,
    CompareAnalysesResponse,
    DeleteAnalysisRequest,
    FindingFilter,
    GetAnalysisRequest,
    IssueDifference,
    ListAnalysesRequest,
    ListFindingsRequest,
    ListFindingsResponse,
    StartAnalysisRequest,
)
from flext.quality.v1.analysis_service_pb2_grpc import AnalysisServiceStub
from flext.quality.v1.finding_pb2 import Finding
from flext.quality.v1.revision_pb2 import Revision
from flext_quality_client._async.transport import AsyncTransport
from flext_quality_client._async.wire import Stream
from flext_quality_client.analyses import EventCursor
from flext_quality_client.findings import FindingCursor
from flext_quality_client.options import WatchOptions


class AsyncAnalyses:
    """The server's analyses. Each method raises the errors that the contract names for its RPC."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._calls = transport
        self._stub = AnalysisServiceStub(transport.channel)

    async def start(
        self,
        project: str,
        analyzers: Iterable[str] = (),
        *,
        request_id: str = "",
        attachments: Iterable[Attachment] = (),
        revision: Revision | None = None,
    ) -> Analysis:
        """Asks for an analysis of "projects/{project}" by these analyzers, or by all.

        Answers at once. The same `request_id` and content again answer with the same analysis.
        `attachments` are files that analyzers read beside the code; see `read_attachment`. `revision` says
        which state of the code it is; without one it is the project's main line.
        """
        request = StartAnalysisRequest(
            parent=project,
            analyzers=analyzers,
            request_id=request_id or str(uuid.uuid4()),
            attachments=attachments,
            revision=revision,
        )
        response = await self._calls.unary(self._stub.StartAnalysis, request)
        return response.analysis

    async def get(self, name: str) -> Analysis:
        """The analysis called `name`, "projects/{project}/analyses/{analysis}", as it stands."""
        response = await self._calls.unary(self._stub.GetAnalysis, GetAnalysisRequest(name=name))
        return response.analysis

    async def list(
        self,
        project: str,
        *,
        states: Collection[AnalysisState] = (),
        branch: str | None = None,
        commit: str = "",
        pull_request: str = "",
        page_size: int = 0,
    ) -> Stream[Analysis]:
        """A project's analyses, newest first, fetched page by page while they are used.

        Those of a branch ("" is the main line), a commit and a pull request, as far as these are given.
        """
        request = ListAnalysesRequest(
            parent=project,
            states=states,
            branch=branch,
            commit=commit,
            pull_request=pull_request,
            page_size=page_size,
        )
        async for page in self._calls.pages(self._stub.ListAnalyses, request):
            for analysis in page.analyses:
                yield analysis

    async def cancel(self, name: str) -> Analysis:
        """Ends an analysis and kills its tools; a running one is CANCELLED shortly after."""
        request = CancelAnalysisRequest(name=name)
        response = await self._calls.unary(self._stub.CancelAnalysis, request)
        return response.analysis

    async def delete(self, name: str) -> None:
        """Removes an analysis that has ended; issues and metrics over time stay.

        Not repeated by itself: the first try may have got through.
        """
        request = DeleteAnalysisRequest(name=name)
        await self._calls.unary(self._stub.DeleteAnalysis, request, repeatable=False)

    def compare(
        self,
        base: str,
        head: str,
        *,
        differences: Collection[IssueDifference] = (),
        page_size: int = 0,
    ) -> Stream[CompareAnalysesResponse]:
        """What is different between two analyses of a project, page by page while they are used.

        Every page has the counts and the metrics. The issues come by difference and then by name: those
        that differ in one of the ways, or NEW, FIXED and MOVED ones.
        """
        request = CompareAnalysesRequest(
            base_analysis=base, head_analysis=head, differences=differences, page_size=page_size
        )
        return self._calls.pages(self._stub.CompareAnalyses, request)

    def watch(
        self, name: str, after_sequence: int = 0, *, options: WatchOptions | None = None
    ) -> Stream[AnalysisEvent]:
        """An analysis's events after `after_sequence`, each once and in order, until its end.

        A broken connection is resumed where it broke, until nothing has come for
        `ClientOptions.give_up_after` seconds.
        """
        cursor = EventCursor(name, after_sequence, options or WatchOptions())
        return self._calls.stream(self._stub.WatchAnalysis, cursor)

    def findings(self, name: str, wanted: FindingFilter | None = None) -> Stream[Finding]:
        """All findings of an analysis, streamed, each once. A broken connection is resumed."""
        return self._calls.stream(self._stub.StreamFindings, FindingCursor(name, wanted))

    async def list_findings(
        self,
        name: str,
        wanted: FindingFilter | None = None,
        *,
        page_size: int = 0,
        page_token: str = "",
    ) -> ListFindingsResponse:
        """One page of an analysis's findings; the last page's next_page_token is empty."""
        request = ListFindingsRequest(
            parent=name, filter=wanted, page_size=page_size, page_token=page_token
        )
        return await self._calls.unary(self._stub.ListFindings, request)
