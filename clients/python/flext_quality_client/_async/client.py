"""The client."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from types import TracebackType
from typing import Self

import grpc

from flext.quality.v1.analysis_event_pb2 import AnalysisEvent
from flext.quality.v1.analysis_service_pb2 import Attachment, FindingFilter, ListFindingsResponse
from flext.quality.v1.finding_pb2 import Finding
from flext.quality.v1.metrics_pb2 import ProjectMetrics
from flext.quality.v1.report_pb2 import ReportFormat, ReportKind
from flext.quality.v1.revision_pb2 import Revision
from flext.quality.v1.system_service_pb2 import ServerInfo
from flext_quality_client._async.analyses import AsyncAnalyses
from flext_quality_client._async.events import AsyncEvents
from flext_quality_client._async.gates import AsyncGates
from flext_quality_client._async.issues import AsyncIssues
from flext_quality_client._async.metrics import AsyncMetricsOverTime
from flext_quality_client._async.notifications import AsyncChannels
from flext_quality_client._async.projects import AsyncProjects
from flext_quality_client._async.reports import AsyncReport, AsyncReports
from flext_quality_client._async.run import AsyncAnalysisRun
from flext_quality_client._async.system import AsyncSystem
from flext_quality_client._async.transport import AsyncTransport
from flext_quality_client._async.wire import Stream, open_channel
from flext_quality_client.options import ClientOptions, WatchOptions


class AsyncQualityClient:
    """A connection to a FLEXT Quality server.

        async with AsyncQualityClient("127.0.0.1:50051") as client:
            run = client.analyze("path/to/project")
            async for event in run:
                print(event.sequence, event.WhichOneof("kind"))
            async for finding in run.findings():
                print(finding.path, finding.line, finding.rule, finding.message)

    Every method raises a `QualityError` for what goes wrong. Nothing is sent before the first call. An
    asynchronous client is made and used in one event loop; a synchronous one may be shared by threads.

    Attributes:
        projects: the server's projects.
        analyses: the server's analyses.
        issues: the issues of projects.
        metrics_over_time: projects' metrics over time and over projects.
        gates: the projects' quality gates.
        reports: the reports of projects.
        channels: the projects' notification channels.
        events: what happens to all projects.
        system: the server itself.
    """

    def __init__(
        self,
        target: str,
        *,
        credentials: grpc.ChannelCredentials | None = None,
        options: ClientOptions | None = None,
    ) -> None:
        """Connects to `target`, such as "127.0.0.1:50051" or "unix:/run/quality.sock".

        Without `credentials` the connection is in plain text.
        """
        options = options or ClientOptions()
        self._channel = open_channel(target, credentials, options)
        calls = AsyncTransport(self._channel, options)
        self.projects = AsyncProjects(calls)
        self.analyses = AsyncAnalyses(calls)
        self.issues = AsyncIssues(calls)
        self.metrics_over_time = AsyncMetricsOverTime(calls)
        self.gates = AsyncGates(calls)
        self.reports = AsyncReports(calls)
        self.channels = AsyncChannels(calls)
        self.events = AsyncEvents(calls)
        self.system = AsyncSystem(calls)

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
        """Ends the connection and whatever still runs over it."""
        await self._channel.close()

    def analyze(
        self,
        path: str | os.PathLike[str],
        analyzers: Iterable[str] = (),
        *,
        attachments: Iterable[Attachment] = (),
        revision: Revision | None = None,
        options: WatchOptions | None = None,
    ) -> AsyncAnalysisRun:
        """A fresh analysis of the code at `path` on the server's machine, to be iterated over.

        A relative path counts from here. The path's project is registered if there is none.
        `attachments` are files that analyzers read beside the code, such as a report of test coverage or
        a SARIF log; see `read_attachment`. `revision` says which state of the code it is; without one it is
        the project's main line. Nothing is sent before the first step of the iteration or `start`.
        """
        return AsyncAnalysisRun(
            self.projects,
            self.analyses,
            path,
            analyzers,
            attachments=attachments,
            revision=revision,
            options=options or WatchOptions(),
        )

    def watch(
        self, name: str, after_sequence: int = 0, *, options: WatchOptions | None = None
    ) -> Stream[AnalysisEvent]:
        """An analysis's events after `after_sequence`, until its end: see `analyses.watch`."""
        return self.analyses.watch(name, after_sequence, options=options)

    def findings(self, name: str, wanted: FindingFilter | None = None) -> Stream[Finding]:
        """All findings of an analysis, streamed: see `analyses.findings`."""
        return self.analyses.findings(name, wanted)

    async def list_findings(
        self,
        name: str,
        wanted: FindingFilter | None = None,
        *,
        page_size: int = 0,
        page_token: str = "",
    ) -> ListFindingsResponse:
        """One page of an analysis's findings: see `analyses.list_findings`."""
        return await self.analyses.list_findings(
            name, wanted, page_size=page_size, page_token=page_token
        )

    async def metrics(
        self, project: str, analysis: str = "", *, branch: str = ""
    ) -> ProjectMetrics:
        """A project's figures from a branch's latest succeeded analysis, or from the one that is named."""
        return await self.metrics_over_time.get(project, analysis, branch=branch)

    async def server_info(self) -> ServerInfo:
        """What the server is: version, capabilities, limits, analyzers, formats of reports."""
        return await self.system.info()

    def report(
        self,
        project: str,
        kind: ReportKind,
        format: ReportFormat | str,  # noqa: A002  # as in the contract
        *,
        analysis: str = "",
        base_analysis: str = "",
        start_time: datetime | None = None,
        branch: str = "",
    ) -> AsyncReport:
        """A report of a project, to be iterated over or saved: see `reports.generate`."""
        return self.reports.generate(
            project,
            kind,
            format,
            analysis=analysis,
            base_analysis=base_analysis,
            start_time=start_time,
            branch=branch,
        )
