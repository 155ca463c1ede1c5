"""The client for ordinary, synchronous programs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from types import TracebackType
from typing import Self

import grpc

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
from flext_quality_client.analyses import Analyses
from flext_quality_client.channels import Channels
from flext_quality_client.cursors import EventCursor, FindingCursor
from flext_quality_client.events import Events
from flext_quality_client.gates import Gates
from flext_quality_client.issues import Issues
from flext_quality_client.metrics import MetricsOverTime
from flext_quality_client.options import ClientOptions, WatchOptions, channel_arguments
from flext_quality_client.projects import Projects
from flext_quality_client.reports import Report
from flext_quality_client.run import Run
from flext_quality_client.tracing import traced
from flext_quality_client.transport import Transport


class QualityClient:
    """A connection to a FLEXT Quality server. Safe to share between threads.

        with QualityClient("127.0.0.1:50051") as client:
            run = client.analyze("path/to/project")
            for event in run:
                print(event.sequence, event.WhichOneof("kind"))
            for finding in run.findings():
                print(finding.path, finding.line, finding.rule, finding.message)

    Every method raises a `QualityError` for what goes wrong. Nothing is sent before the first call.

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
        """Connects to `target`, such as "127.0.0.1:50051" or "unix:/run/quality.sock".

        Without `credentials` the connection is in plain text.
        """
        arguments = channel_arguments(target)
        channel = (
            grpc.insecure_channel(target, arguments)
            if credentials is None
            else grpc.secure_channel(target, credentials, arguments)
        )
        options = options or ClientOptions()
        if options.tracing:
            channel = traced(channel)
        self._calls = Transport(channel, options)
        self._analysis_stub = AnalysisServiceStub(channel)
        self._metrics_stub = MetricsServiceStub(channel)
        self._report_stub = ReportServiceStub(channel)
        self._system_stub = SystemServiceStub(channel)
        self.projects = Projects(self._calls)
        self.analyses = Analyses(self._calls)
        self.gates = Gates(self._calls)
        self.channels = Channels(self._calls)
        self.metrics_over_time = MetricsOverTime(self._calls)
        self.issues = Issues(self._calls)
        self.events = Events(self._calls)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection and whatever still runs over it."""
        self._calls.channel.close()

    def analyze(
        self,
        path: str | os.PathLike[str],
        analyzers: Iterable[str] = (),
        *,
        attachments: Iterable[Attachment] = (),
        branch: str = "",
        options: WatchOptions | None = None,
    ) -> AnalysisRun:
        """A fresh analysis of the code at `path` on the server's machine, to be iterated over.

        A relative path counts from here. The path's project is registered if there is none.
        `attachments` are files that analyzers read beside the code, such as a report of test coverage or
        a SARIF log; see `read_attachment`. Nothing is sent before the first step of the iteration or
        `start`.
        """
        return AnalysisRun(self, path, analyzers, attachments, branch, options or WatchOptions())

    def watch(
        self, name: str, after_sequence: int = 0, *, options: WatchOptions | None = None
    ) -> Iterator[AnalysisEvent]:
        """An analysis's events after `after_sequence`, each once and in order, until its end.

        A broken connection is resumed where it broke, until nothing has come for
        `ClientOptions.give_up_after` seconds.
        """
        cursor = EventCursor(name, after_sequence, options or WatchOptions())
        return self._calls.stream(self._analysis_stub.WatchAnalysis, cursor)

    def findings(self, name: str, wanted: FindingFilter | None = None) -> Iterator[Finding]:
        """All findings of an analysis, streamed, each once. A broken connection is resumed."""
        return self._calls.stream(self._analysis_stub.StreamFindings, FindingCursor(name, wanted))

    def list_findings(
        self,
        name: str,
        wanted: FindingFilter | None = None,
        *,
        page_size: int = 0,
        page_token: str = "",
    ) -> ListFindingsResponse:
        """One page of an analysis's findings; the last page's next_page_token is empty."""
        request = requests.list_findings(name, wanted, page_size, page_token)
        return self._calls.unary(self._analysis_stub.ListFindings, request)

    def metrics(self, project: str, analysis: str = "") -> ProjectMetrics:
        """A project's figures from its latest succeeded analysis, or from the one that is named."""
        request = GetProjectMetricsRequest(parent=project, analysis=analysis)
        return self._calls.unary(self._metrics_stub.GetProjectMetrics, request).metrics

    def server_info(self) -> ServerInfo:
        """What the server is: version, capabilities, limits, analyzers, formats of reports."""
        return self._calls.unary(
            self._system_stub.GetServerInfo, GetServerInfoRequest()
        ).server_info

    def report(
        self,
        project: str,
        kind: ReportKind,
        format: ReportFormat | str,  # noqa: A002  # as in the contract
        *,
        analysis: str = "",
        base_analysis: str = "",
        start_time: datetime | None = None,
    ) -> Report:
        """A report of a project, to be iterated over or saved. Nothing is sent before that.

        Of `analysis`, or the latest of the main line; a comparison with `base_analysis`, or the one before;
        a trend from `start_time`, or of 90 days. A format that a plugin brought has a name, which
        `server_info` lists.
        """
        request = requests.generate_report(
            project, kind, format, analysis, base_analysis, start_time
        )
        return Report(
            request, lambda cursor: self._calls.stream(self._report_stub.GenerateReport, cursor)
        )


class AnalysisRun(Run):
    """A fresh analysis.

    Iterating starts it and gives its events; iterating again goes on after them.
    """

    def __init__(
        self,
        client: QualityClient,
        path: str | os.PathLike[str],
        analyzers: Iterable[str],
        attachments: Iterable[Attachment],
        branch: str,
        options: WatchOptions,
    ) -> None:
        super().__init__(path, analyzers, attachments, branch, options)
        self._client = client

    def start(self) -> Analysis:
        """Starts the analysis unless it was started before."""
        if self._analysis is None:
            project = self._client.projects.of_path(self.path)
            self._analysis = self._client.analyses.start(
                project.name,
                self.analyzers,
                request_id=self._request_id,
                attachments=self._attachments,
                branch=self._branch,
            )
        return self._analysis

    def __iter__(self) -> Iterator[AnalysisEvent]:
        name = self.start().name
        if self._ended:
            return
        for event in self._client.watch(name, self._after_sequence, options=self._options):
            self._saw(event)
            yield event

    def wait(self) -> Analysis:
        """Follows the analysis to its end, and gives it in its final state."""
        for _ in self:
            pass
        return self.analysis

    def findings(self, wanted: FindingFilter | None = None) -> Iterator[Finding]:
        """Its findings so far, and all of them after its end."""
        return self._client.findings(self.name, wanted)

    def cancel(self) -> Analysis:
        """Ends it and kills its tools."""
        return self._client.analyses.cancel(self.name)
