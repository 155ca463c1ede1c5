"""A real gRPC server that says what a test tells it to, and fails where a test wants it to."""
# ruff: noqa: N802  # methods are named after their RPCs

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from flext.quality.v1 import analysis_service_pb2 as analysis_rpc
from flext.quality.v1 import issue_service_pb2 as issue_rpc
from flext.quality.v1 import metrics_service_pb2 as metrics_rpc
from flext.quality.v1 import project_service_pb2 as project_rpc
from flext.quality.v1.analysis_event_pb2 import (
    AnalysisEvent,
    AnalysisFinished,
    AnalysisQueued,
    AnalyzerProgressed,
)
from flext.quality.v1.analysis_pb2 import Analysis, AnalysisState
from flext.quality.v1.analysis_service_pb2_grpc import (
    AnalysisServiceServicer,
    add_AnalysisServiceServicer_to_server,
)
from flext.quality.v1.finding_pb2 import Finding
from flext.quality.v1.heartbeat_pb2 import Heartbeat
from flext.quality.v1.issue_pb2 import Issue
from flext.quality.v1.issue_service_pb2_grpc import (
    IssueServiceServicer,
    add_IssueServiceServicer_to_server,
)
from flext.quality.v1.metrics_pb2 import ProjectMetrics
from flext.quality.v1.metrics_service_pb2_grpc import (
    MetricsServiceServicer,
    add_MetricsServiceServicer_to_server,
)
from flext.quality.v1.project_pb2 import LocalPath, Project, Source
from flext.quality.v1.project_service_pb2_grpc import (
    ProjectServiceServicer,
    add_ProjectServiceServicer_to_server,
)

PROJECT = "projects/shop"
ANALYSIS = f"{PROJECT}/analyses/01kagf0000000000000000000a"
Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True)
class Fault:
    """Ends a call with this error: a stream after `after` messages, any other call at once."""

    code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE
    after: int = 0
    message: str = "scripted"
    details: Sequence[Message] = ()

    async def end(self, context: Context) -> None:
        """Ends the call."""
        packed = []
        for detail in self.details:
            packed.append(AnyMessage())
            packed[-1].Pack(detail)
        status = Status(code=self.code.value[0], message=self.message, details=packed)
        await context.abort_with_status(rpc_status.to_status(status))


def refusal(
    code: grpc.StatusCode, reason: str, metadata: dict[str, str], *fields: tuple[str, str]
) -> Fault:
    """A fault as the service words it: ErrorInfo and, for `fields`, a BadRequest."""
    details: list[Message] = [ErrorInfo(reason=reason, domain="quality.flext", metadata=metadata)]
    if fields:
        violations = [BadRequest.FieldViolation(field=f, description=d) for f, d in fields]
        details.append(BadRequest(field_violations=violations))
    return Fault(code, message=f"told why: {reason}", details=details)


def story(length: int, state: AnalysisState = AnalysisState.ANALYSIS_STATE_SUCCEEDED) -> Any:
    """The events of an analysis with `length` of them, the last being its end."""
    final = Analysis(name=ANALYSIS, state=state, last_sequence=length)
    middle = [
        AnalysisEvent(sequence=i, analyzer_progressed=AnalyzerProgressed(analyzer="ruff"))
        for i in range(2, length)
    ]
    return [
        AnalysisEvent(sequence=1, analysis_queued=AnalysisQueued(analyzers=["ruff"])),
        *middle,
        AnalysisEvent(sequence=length, analysis_finished=AnalysisFinished(analysis=final)),
    ]


@dataclass
class Script:
    """What the server knows and what it was asked.

    Attributes:
        faults: by RPC, one for each of its next calls; calls after the last fault succeed.
        events: what watchers get; those that are added later are sent when they are there.
        metrics: what watchers of metrics get, one after the other, a new one first what came last.
        created: by request id, the projects that were made.
        asked: by RPC, every request in order; `ids` the correlation ids that came with them.
        watcher_left: is set when a watcher goes away before the end.
    """

    events: list[AnalysisEvent] = field(default_factory=list)
    findings: list[list[Finding]] = field(default_factory=list)
    issues: list[list[Issue]] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    created: dict[str, Project] = field(default_factory=dict)
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    asked: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    timeouts: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    metrics: list[metrics_rpc.WatchMetricsResponse] = field(default_factory=list)
    metrics_known: int = 0
    heartbeat: Heartbeat | None = None
    watcher_left: asyncio.Event = field(default_factory=asyncio.Event)

    async def begin(self, rpc: str, request: Message, context: Context) -> int | None:
        """Notes the call. Ends it here if it is to fail at once; else says after how many messages."""
        self.asked[rpc].append(request)
        metadata = dict(context.invocation_metadata() or ())
        self.ids[rpc].append(str(metadata.get("x-correlation-id", "")))
        self.timeouts[rpc].append(context.time_remaining() or -1.0)
        if not self.faults[rpc]:
            return None
        fault = self.faults[rpc][0]
        if fault.after == 0:
            await self.faults[rpc].popleft().end(context)
        return fault.after

    async def fail(self, rpc: str, context: Context) -> None:
        """Ends the call with its next fault."""
        await self.faults[rpc].popleft().end(context)


class _Projects(ProjectServiceServicer):
    def __init__(self, script: Script) -> None:
        self._script = script

    async def CreateProject(self, request: Any, context: Context) -> Any:
        await self._script.begin("CreateProject", request, context)
        if request.request_id not in self._script.created:
            project = Project(name=PROJECT, source=request.project.source, etag="1")
            self._script.created[request.request_id] = project
            self._script.projects.append(project)
        return project_rpc.CreateProjectResponse(project=self._script.created[request.request_id])

    async def GetProject(self, request: Any, context: Context) -> Any:
        await self._script.begin("GetProject", request, context)
        return project_rpc.GetProjectResponse(project=Project(name=request.name))

    async def ListProjects(self, request: Any, context: Context) -> Any:
        await self._script.begin("ListProjects", request, context)
        wanted = [
            project
            for project in self._script.projects
            if request.local_path in ("", project.source.local_path.path)
        ]
        start, size = int(request.page_token or 0), request.page_size or 50
        end = start + size
        return project_rpc.ListProjectsResponse(
            projects=wanted[start:end], next_page_token=str(end) if end < len(wanted) else ""
        )

    async def UpdateProject(self, request: Any, context: Context) -> Any:
        await self._script.begin("UpdateProject", request, context)
        return project_rpc.UpdateProjectResponse(project=request.project)

    async def ListBranches(self, request: Any, context: Context) -> Any:
        await self._script.begin("ListBranches", request, context)
        return project_rpc.ListBranchesResponse()

    async def DeleteBranch(self, request: Any, context: Context) -> Any:
        await self._script.begin("DeleteBranch", request, context)
        return project_rpc.DeleteBranchResponse()

    async def DeleteProject(self, request: Any, context: Context) -> Any:
        await self._script.begin("DeleteProject", request, context)
        return project_rpc.DeleteProjectResponse()


class _Analyses(AnalysisServiceServicer):
    def __init__(self, script: Script) -> None:
        self._script = script

    async def StartAnalysis(self, request: Any, context: Context) -> Any:
        await self._script.begin("StartAnalysis", request, context)
        return analysis_rpc.StartAnalysisResponse(
            analysis=Analysis(name=ANALYSIS, state=AnalysisState.ANALYSIS_STATE_PENDING)
        )

    async def GetAnalysis(self, request: Any, context: Context) -> Any:
        await self._script.begin("GetAnalysis", request, context)
        return analysis_rpc.GetAnalysisResponse(analysis=Analysis(name=request.name))

    async def ListAnalyses(self, request: Any, context: Context) -> Any:
        await self._script.begin("ListAnalyses", request, context)
        return analysis_rpc.ListAnalysesResponse(analyses=[Analysis(name=ANALYSIS)])

    async def CancelAnalysis(self, request: Any, context: Context) -> Any:
        await self._script.begin("CancelAnalysis", request, context)
        state = AnalysisState.ANALYSIS_STATE_CANCELLED
        return analysis_rpc.CancelAnalysisResponse(
            analysis=Analysis(name=request.name, state=state)
        )

    async def WatchAnalysis(self, request: Any, context: Context) -> AsyncIterator[Any]:
        left = await self._script.begin("WatchAnalysis", request, context)
        sent = request.after_sequence
        try:
            while True:
                for event in self._script.events[sent:]:
                    if left == 0:
                        await self._script.fail("WatchAnalysis", context)
                    yield analysis_rpc.WatchAnalysisResponse(analysis_event=event)
                    sent, left = sent + 1, left - 1 if left is not None else None
                    if event.WhichOneof("kind") == "analysis_finished":
                        if left == 0:
                            await self._script.fail("WatchAnalysis", context)
                        return
                if self._script.heartbeat is not None:
                    yield analysis_rpc.WatchAnalysisResponse(heartbeat=self._script.heartbeat)
                await asyncio.sleep(0.01)
        except (asyncio.CancelledError, GeneratorExit):
            self._script.watcher_left.set()
            raise

    async def ListFindings(self, request: Any, context: Context) -> Any:
        await self._script.begin("ListFindings", request, context)
        findings = [finding for batch in self._script.findings for finding in batch]
        start, size = int(request.page_token or 0), request.page_size or 100
        end = start + size
        return analysis_rpc.ListFindingsResponse(
            findings=findings[start:end], next_page_token=str(end) if end < len(findings) else ""
        )

    async def StreamFindings(self, request: Any, context: Context) -> AsyncIterator[Any]:
        left = await self._script.begin("StreamFindings", request, context)
        done = int(request.resume_token or 0)
        for number, batch in enumerate(self._script.findings[done:], start=done + 1):
            if left == 0:
                await self._script.fail("StreamFindings", context)
            yield analysis_rpc.StreamFindingsResponse(findings=batch, resume_token=str(number))
            left = left - 1 if left is not None else None

    async def DeleteAnalysis(self, request: Any, context: Context) -> Any:
        await self._script.begin("DeleteAnalysis", request, context)
        return analysis_rpc.DeleteAnalysisResponse()

    async def CompareAnalyses(self, request: Any, context: Context) -> Any:
        await self._script.begin("CompareAnalyses", request, context)
        issues = [
            analysis_rpc.ComparedIssue(issue=i) for batch in self._script.issues for i in batch
        ]
        start, size = int(request.page_token or 0), request.page_size or 100
        end = start + size
        return analysis_rpc.CompareAnalysesResponse(
            new_count=len(issues),
            issues=issues[start:end],
            next_page_token=str(end) if end < len(issues) else "",
        )


class _Issues(IssueServiceServicer):
    def __init__(self, script: Script) -> None:
        self._script = script

    async def GetIssue(self, request: Any, context: Context) -> Any:
        await self._script.begin("GetIssue", request, context)
        return issue_rpc.GetIssueResponse(issue=Issue(name=request.name))

    async def ListIssues(self, request: Any, context: Context) -> Any:
        await self._script.begin("ListIssues", request, context)
        issues = [issue for batch in self._script.issues for issue in batch]
        start, size = int(request.page_token or 0), request.page_size or 100
        end = start + size
        return issue_rpc.ListIssuesResponse(
            issues=issues[start:end],
            next_page_token=str(end) if end < len(issues) else "",
            total_size=len(issues),
        )

    async def ExportIssues(self, request: Any, context: Context) -> AsyncIterator[Any]:
        left = await self._script.begin("ExportIssues", request, context)
        for batch in self._script.issues:
            if left == 0:
                await self._script.fail("ExportIssues", context)
            yield issue_rpc.ExportIssuesResponse(issues=batch)
            left = left - 1 if left is not None else None

    async def UpdateIssue(self, request: Any, context: Context) -> Any:
        await self._script.begin("UpdateIssue", request, context)
        return issue_rpc.UpdateIssueResponse(issue=request.issue)

    async def GetSourceExcerpt(self, request: Any, context: Context) -> Any:
        await self._script.begin("GetSourceExcerpt", request, context)
        return issue_rpc.GetSourceExcerptResponse()

    async def TriageIssue(self, request: Any, context: Context) -> Any:
        await self._script.begin("TriageIssue", request, context)
        issue = Issue(name=request.name, status=request.decision.status)
        return issue_rpc.TriageIssueResponse(issue=issue)

    async def BatchTriageIssues(self, request: Any, context: Context) -> Any:
        await self._script.begin("BatchTriageIssues", request, context)
        return issue_rpc.BatchTriageIssuesResponse(triaged_count=len(request.names) or 99)

    async def ListIssueHistory(self, request: Any, context: Context) -> Any:
        await self._script.begin("ListIssueHistory", request, context)
        return issue_rpc.ListIssueHistoryResponse()


class _Metrics(MetricsServiceServicer):
    def __init__(self, script: Script) -> None:
        self._script = script

    async def GetProjectMetrics(self, request: Any, context: Context) -> Any:
        await self._script.begin("GetProjectMetrics", request, context)
        return metrics_rpc.GetProjectMetricsResponse(
            metrics=ProjectMetrics(project=request.parent, analysis=request.analysis)
        )

    async def ListMetricDescriptors(self, request: Any, context: Context) -> Any:
        await self._script.begin("ListMetricDescriptors", request, context)
        return metrics_rpc.ListMetricDescriptorsResponse()

    async def ListPathMeasures(self, request: Any, context: Context) -> Any:
        await self._script.begin("ListPathMeasures", request, context)
        return metrics_rpc.ListPathMeasuresResponse()

    async def QueryMetrics(self, request: Any, context: Context) -> Any:
        await self._script.begin("QueryMetrics", request, context)
        return metrics_rpc.QueryMetricsResponse()

    async def GetTrends(self, request: Any, context: Context) -> Any:
        await self._script.begin("GetTrends", request, context)
        return metrics_rpc.GetTrendsResponse()

    async def AggregateMetrics(self, request: Any, context: Context) -> Any:
        await self._script.begin("AggregateMetrics", request, context)
        return metrics_rpc.AggregateMetricsResponse()

    async def WatchMetrics(self, request: Any, context: Context) -> AsyncIterator[Any]:
        left = await self._script.begin("WatchMetrics", request, context)
        for number in range(self._script.metrics_known, len(self._script.metrics)):
            if left == 0:
                await self._script.fail("WatchMetrics", context)
            yield self._script.metrics[number]
            self._script.metrics_known = number
            left = left - 1 if left is not None else None
        await context.abort(grpc.StatusCode.NOT_FOUND, "the end of the script")


async def start_server(script: Script, address: str) -> grpc.aio.Server:
    """A running server at `address`, which knows `script`."""
    server = grpc.aio.server()
    add_ProjectServiceServicer_to_server(_Projects(script), server)
    add_AnalysisServiceServicer_to_server(_Analyses(script), server)
    add_IssueServiceServicer_to_server(_Issues(script), server)
    add_MetricsServiceServicer_to_server(_Metrics(script), server)
    server.add_insecure_port(address)
    await server.start()
    return server


def project_at(path: str, name: str = PROJECT) -> Project:
    """A project of `path`."""
    return Project(name=name, source=Source(local_path=LocalPath(path=path)), etag="1")
