"""Short forms for calling a live server through the generated stubs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from grpc_status import rpc_status

from flext.quality.v1 import analysis_event_pb2 as event_pb
from flext.quality.v1 import (
    analysis_pb2,
    analysis_service_pb2_grpc,
    event_service_pb2_grpc,
    issue_service_pb2_grpc,
    metrics_service_pb2,
    metrics_service_pb2_grpc,
    notification_service_pb2_grpc,
    project_pb2,
    project_service_pb2_grpc,
    quality_gate_service_pb2_grpc,
    report_service_pb2_grpc,
)
from flext.quality.v1 import analysis_service_pb2 as analysis_pb
from flext.quality.v1 import project_service_pb2 as project_pb
from flext.quality.v1.revision_pb2 import Revision
from tests.waiting import PATIENCE_SECONDS


class Calls:
    """The stubs of all services on one channel."""

    def __init__(self, address: str) -> None:
        self.channel = grpc.insecure_channel(address)
        self.projects = project_service_pb2_grpc.ProjectServiceStub(self.channel)
        self.analyses = analysis_service_pb2_grpc.AnalysisServiceStub(self.channel)
        self.issues = issue_service_pb2_grpc.IssueServiceStub(self.channel)
        self.metrics = metrics_service_pb2_grpc.MetricsServiceStub(self.channel)
        self.reports = report_service_pb2_grpc.ReportServiceStub(self.channel)
        self.events = event_service_pb2_grpc.EventServiceStub(self.channel)
        self.channels = notification_service_pb2_grpc.NotificationServiceStub(self.channel)
        self.gates = quality_gate_service_pb2_grpc.QualityGateServiceStub(self.channel)

    def create(self, path: Path | str, **fields: Any) -> project_pb2.Project:
        """Registers the path; `fields` are those of the request."""
        source = project_pb2.Source(local_path=project_pb2.LocalPath(path=str(path)))
        name = fields.pop("display_name", "")
        request = project_pb.CreateProjectRequest(
            project=project_pb2.Project(display_name=name, source=source), **fields
        )
        return self.projects.CreateProject(request).project

    def start(self, parent: str, **fields: Any) -> analysis_pb2.Analysis:
        """Starts an analysis; `branch` is that of its revision."""
        if branch := fields.pop("branch", ""):
            fields["revision"] = Revision(branch=branch)
        request = analysis_pb.StartAnalysisRequest(parent=parent, **fields)
        return self.analyses.StartAnalysis(request).analysis

    def get(self, name: str) -> analysis_pb2.Analysis:
        """The analysis as it stands."""
        return self.analyses.GetAnalysis(analysis_pb.GetAnalysisRequest(name=name)).analysis

    def watch(self, name: str, after: int = 0) -> list[event_pb.AnalysisEvent]:
        """The events after sequence `after`, to the end."""
        request = analysis_pb.WatchAnalysisRequest(name=name, after_sequence=after)
        stream = self.analyses.WatchAnalysis(request, timeout=PATIENCE_SECONDS)
        return [
            response.analysis_event for response in stream if response.HasField("analysis_event")
        ]

    def analyze(self, path: Path | str, **fields: Any) -> analysis_pb2.Analysis:
        """Registers the path, analyses it and waits for the end."""
        analysis = self.start(self.create(path).name, **fields)
        return self.watch(analysis.name)[-1].analysis_finished.analysis


def next_snapshot(
    watching: Iterator[metrics_service_pb2.WatchMetricsResponse],
) -> metrics_service_pb2.MetricsSnapshot:
    """The next metrics that a watcher gets, whatever heartbeats come before."""
    return next(told.snapshot for told in watching if told.HasField("snapshot"))


@dataclass
class Refused:
    """A call's error, once the block is left."""

    code: grpc.StatusCode = grpc.StatusCode.OK
    message: str = ""
    reason: str = ""
    metadata: dict[str, str] | None = None
    violations: tuple[tuple[str, str], ...] = ()
    trailing: dict[str, str | bytes] | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are wrong."""
        return tuple(field for field, _ in self.violations)


@contextmanager
def refused() -> Iterator[Refused]:
    """Expects the block's call to be refused, and reads the error as a client would."""
    error = Refused()
    with pytest.raises(grpc.RpcError) as raised:
        yield error
    call: Any = raised.value
    error.code, error.message = call.code(), call.details()
    error.trailing = dict(call.trailing_metadata())
    status = rpc_status.from_call(call)
    for detail in status.details if status else ():
        if detail.Is(ErrorInfo.DESCRIPTOR):
            info = ErrorInfo.FromString(detail.value)
            assert info.domain == "quality.flext"
            error.reason, error.metadata = info.reason, dict(info.metadata)
        elif detail.Is(BadRequest.DESCRIPTOR):
            violations = BadRequest.FromString(detail.value).field_violations
            error.violations = tuple((v.field, v.description) for v in violations)
