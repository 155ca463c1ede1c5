"""Analyses: start, get, list, cancel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Iterator

from flext.quality.v1.analysis_pb2 import Analysis, AnalysisState
from flext.quality.v1.analysis_service_pb2 import (
    Attachment,
    CancelAnalysisRequest,
    CompareAnalysesResponse,
    GetAnalysisRequest,
    IssueDifference,
)
from flext.quality.v1.analysis_service_pb2_grpc import AnalysisServiceStub
from flext_quality_client import requests
from flext_quality_client.transport import Transport
from flext_quality_client.transport_aio import AsyncTransport


class Analyses:
    """The server's analyses. Each method raises the errors that the contract names for its RPC."""

    def __init__(self, transport: Transport) -> None:
        self._calls = transport
        self._stub = AnalysisServiceStub(transport.channel)

    def start(
        self,
        project: str,
        analyzers: Iterable[str] = (),
        *,
        request_id: str = "",
        attachments: Iterable[Attachment] = (),
        branch: str = "",
    ) -> Analysis:
        """Asks for an analysis of "projects/{project}" by these analyzers, or by all.

        Answers at once. The same `request_id` and content again answer with the same analysis.
        `attachments` are files that analyzers read beside the code; see `read_attachment`. `branch` is the
        branch that the code is of; empty for the project's main line.
        """
        request = requests.start_analysis(project, analyzers, request_id, attachments, branch)
        return self._calls.unary(self._stub.StartAnalysis, request).analysis

    def get(self, name: str) -> Analysis:
        """The analysis called `name`, "projects/{project}/analyses/{analysis}", as it stands."""
        return self._calls.unary(self._stub.GetAnalysis, GetAnalysisRequest(name=name)).analysis

    def list(
        self, project: str, *, states: Collection[AnalysisState] = (), page_size: int = 0
    ) -> Iterator[Analysis]:
        """A project's analyses, newest first, fetched page by page while they are used."""
        request = requests.list_analyses(project, states, page_size)
        for page in self._calls.pages(self._stub.ListAnalyses, request):
            yield from page.analyses

    def cancel(self, name: str) -> Analysis:
        """Ends an analysis and kills its tools; a running one is CANCELLED shortly after."""
        request = CancelAnalysisRequest(name=name)
        return self._calls.unary(self._stub.CancelAnalysis, request).analysis

    def compare(
        self,
        base: str,
        head: str,
        *,
        differences: Collection[IssueDifference] = (),
        page_size: int = 0,
    ) -> Iterator[CompareAnalysesResponse]:
        """What is different between two analyses of a project, page by page while they are used.

        Every page has the counts and the metrics. The issues come by difference and then by name: those
        that differ in one of the ways, or NEW, FIXED and MOVED ones.
        """
        request = requests.compare_analyses(base, head, differences, page_size)
        return self._calls.pages(self._stub.CompareAnalyses, request)


class AsyncAnalyses:
    """As `Analyses`, for asyncio."""

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
        branch: str = "",
    ) -> Analysis:
        """As `Analyses.start`."""
        request = requests.start_analysis(project, analyzers, request_id, attachments, branch)
        return (await self._calls.unary(self._stub.StartAnalysis, request)).analysis

    async def get(self, name: str) -> Analysis:
        """As `Analyses.get`."""
        request = GetAnalysisRequest(name=name)
        return (await self._calls.unary(self._stub.GetAnalysis, request)).analysis

    async def list(
        self, project: str, *, states: Collection[AnalysisState] = (), page_size: int = 0
    ) -> AsyncIterator[Analysis]:
        """As `Analyses.list`."""
        request = requests.list_analyses(project, states, page_size)
        async for page in self._calls.pages(self._stub.ListAnalyses, request):
            for analysis in page.analyses:
                yield analysis

    async def cancel(self, name: str) -> Analysis:
        """As `Analyses.cancel`."""
        request = CancelAnalysisRequest(name=name)
        return (await self._calls.unary(self._stub.CancelAnalysis, request)).analysis

    def compare(
        self,
        base: str,
        head: str,
        *,
        differences: Collection[IssueDifference] = (),
        page_size: int = 0,
    ) -> AsyncIterator[CompareAnalysesResponse]:
        """As `Analyses.compare`."""
        request = requests.compare_analyses(base, head, differences, page_size)
        return self._calls.pages(self._stub.CompareAnalyses, request)
