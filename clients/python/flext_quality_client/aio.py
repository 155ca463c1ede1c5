"""The client for asyncio programs."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from types import TracebackType
from typing import Self

import grpc
import grpc.aio

from flext.quality.v1.analysis_event_pb2 import AnalysisEvent
from flext.quality.v1.analysis_pb2 import Analysis
from flext.quality.v1.analysis_service_pb2 import Attachment, FindingFilter, ListFindingsResponse
from flext.quality.v1.analysis_service_pb2_grpc import AnalysisServiceStub
from flext.quality.v1.finding_pb2 import Finding
from flext.quality.v1.metrics_pb2 import ProjectMetrics
from flext.quality.v1.metrics_service_pb2 import GetProjectMetricsRequest
from flext.quality.v1.metrics_service_pb2_grpc import MetricsServiceStub
from flext.quality.v1.report_pb2 import ReportFormat, ReportKind
from flext.quality.v1.report_service_pb2_grpc import ReportServiceStub
from flext.quality.v1.system_service_pb2 import GetServerInfoRequest, ServerInfo
from flext.quality.v1.system_service_pb2_grpc import SystemServiceStub
from flext_quality_client import requests
from flext_quality_client.analyses import AsyncAnalyses
from flext_quality_client.channels import AsyncChannels
from flext_quality_client.cursors import EventCursor, FindingCursor
from flext_quality_client.events import AsyncEvents
from flext_quality_client.gates import AsyncGates
from flext_quality_client.issues import AsyncIssues
from flext_quality_client.metrics import AsyncMetricsOverTime
from flext_quality_client.options import ClientOptions, WatchOptions, channel_arguments
from flext_quality_client.projects import AsyncProjects
from flext_quality_client.reports import AsyncReport
from flext_quality_client.run import Run
from flext_quality_client.tracing import tracing_interceptors
from flext_quality_client.transport_aio import AsyncTransport


class AsyncQualityClient:
    """As `QualityClient`, for asyncio. Made and used in one event loop.

        async with AsyncQualityClient("127.0.0.1:50051") as client:
            run = client.analyze("path/to/project")
            async for event in run:
                print(event.sequence, event.WhichOneof("kind"))
            async for finding in run.findings():
                print(finding.path, finding.line, finding.rule, finding.message)

    Attributes:
        projects: the server's projects.
        analyses: the server's analyses.
        gates: the projects' quality gates.
        channels: the projects' notification channels.
        metrics_over_time: projects' metrics over time and over projects.
        issues: the issues of projects.
        events: what happens to all projects.
    """

    def __init__(
        self,
        target: str,
        *,
        credentials: grpc.ChannelCredentials | None = None,
        options: ClientOptions | None = None,
    ) -> None:
        """As `QualityClient`."""
        arguments = channel_arguments(target)
        options = options or ClientOptions()
        spans = tracing_interceptors() if options.tracing else None
        channel = (
            grpc.aio.insecure_channel(target, arguments, interceptors=spans)
            if credentials is None
            else grpc.aio.secure_channel(target, credentials, arguments, interceptors=spans)
        )
        self._calls = AsyncTransport(channel, options)
        self._analysis_stub = AnalysisServiceStub(channel)
        self._metrics_stub = MetricsServiceStub(channel)
        self._report_stub = ReportServiceStub(channel)
        self._system_stub = SystemServiceStub(channel)
        self.projects = AsyncProjects(self._calls)
        self.analyses = AsyncAnalyses(self._calls)
        self.gates = AsyncGates(self._calls)
        self.channels = AsyncChannels(self._calls)
        self.metrics_over_time = AsyncMetricsOverTime(self._calls)
        self.issues = AsyncIssues(self._calls)
        self.events = AsyncEvents(self._calls)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """As `QualityClient.close`."""
        await self._calls.channel.close()

    def analyze(
        self,
        path: str | os.PathLike[str],
        analyzers: Iterable[str] = (),
        *,
        attachments: Iterable[Attachment] = (),
        branch: str = "",
        options: WatchOptions | None = None,
    ) -> AsyncAnalysisRun:
        """As `QualityClient.analyze`."""
        return AsyncAnalysisRun(
            self, path, analyzers, attachments, branch, options or WatchOptions()
        )

    def watch(
        self, name: str, after_sequence: int = 0, *, options: WatchOptions | None = None
    ) -> AsyncIterator[AnalysisEvent]:
        """As `QualityClient.watch`."""
        cursor = EventCursor(name, after_sequence, options or WatchOptions())
        return self._calls.stream(self._analysis_stub.WatchAnalysis, cursor)

    def findings(self, name: str, wanted: FindingFilter | None = None) -> AsyncIterator[Finding]:
        """As `QualityClient.findings`."""
        return self._calls.stream(self._analysis_stub.StreamFindings, FindingCursor(name, wanted))

    async def list_findings(
        self,
        name: str,
        wanted: FindingFilter | None = None,
        *,
        page_size: int = 0,
        page_token: str = "",
    ) -> ListFindingsResponse:
        """As `QualityClient.list_findings`."""
        request = requests.list_findings(name, wanted, page_size, page_token)
        return await self._calls.unary(self._analysis_stub.ListFindings, request)

    async def metrics(self, project: str, analysis: str = "") -> ProjectMetrics:
        """As `QualityClient.metrics`."""
        request = GetProjectMetricsRequest(parent=project, analysis=analysis)
        return (await self._calls.unary(self._metrics_stub.GetProjectMetrics, request)).metrics

    async def server_info(self) -> ServerInfo:
        """As `QualityClient.server_info`."""
        response = await self._calls.unary(self._system_stub.GetServerInfo, GetServerInfoRequest())
        return response.server_info

    def report(
        self,
        project: str,
        kind: ReportKind,
        format: ReportFormat | str,  # noqa: A002  # as in the contract
        *,
        analysis: str = "",
        base_analysis: str = "",
        start_time: datetime | None = None,
    ) -> AsyncReport:
        """As `QualityClient.report`."""
        request = requests.generate_report(
            project, kind, format, analysis, base_analysis, start_time
        )
        return AsyncReport(
            request, lambda cursor: self._calls.stream(self._report_stub.GenerateReport, cursor)
        )


class AsyncAnalysisRun(Run):
    """As `AnalysisRun`, for asyncio."""

    def __init__(
        self,
        client: AsyncQualityClient,
        path: str | os.PathLike[str],
        analyzers: Iterable[str],
        attachments: Iterable[Attachment],
        branch: str,
        options: WatchOptions,
    ) -> None:
        super().__init__(path, analyzers, attachments, branch, options)
        self._client = client

    async def start(self) -> Analysis:
        """As `AnalysisRun.start`."""
        if self._analysis is None:
            project = await self._client.projects.of_path(self.path)
            self._analysis = await self._client.analyses.start(
                project.name,
                self.analyzers,
                request_id=self._request_id,
                attachments=self._attachments,
                branch=self._branch,
            )
        return self._analysis

    async def __aiter__(self) -> AsyncIterator[AnalysisEvent]:
        name = (await self.start()).name
        if self._ended:
            return
        async for event in self._client.watch(name, self._after_sequence, options=self._options):
            self._saw(event)
            yield event

    async def wait(self) -> Analysis:
        """As `AnalysisRun.wait`."""
        async for _ in self:
            pass
        return self.analysis

    def findings(self, wanted: FindingFilter | None = None) -> AsyncIterator[Finding]:
        """As `AnalysisRun.findings`."""
        return self._client.findings(self.name, wanted)

    async def cancel(self) -> Analysis:
        """As `AnalysisRun.cancel`."""
        return await self._client.analyses.cancel(self.name)
