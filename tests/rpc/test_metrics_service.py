from __future__ import annotations

import asyncio
from pathlib import Path

import grpc
import pytest

from flext.quality.v1 import metrics_pb2
from flext.quality.v1 import metrics_service_pb2 as pb
from flext_quality.domain.errors import ToolFailedError
from flext_quality.domain.findings.finding import Finding, Severity
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer
from tests.rpc.calls import Calls, refused


def metrics(calls: Calls, project: str, analysis: str = "") -> metrics_pb2.ProjectMetrics:
    request = pb.GetProjectMetricsRequest(parent=project, analysis=analysis)
    return calls.metrics.GetProjectMetrics(request).metrics


def findings(count: int) -> list[Finding]:
    return [Finding("fake", "X1", Severity.LOW, "m", "app.py")] * count


def test_figures_are_those_of_the_latest_succeeded_analysis(
    start_server: StartServer, project_dir: Path
) -> None:
    """Or of the one that is named; with counts by analyzer and density."""
    (project_dir / "more.py").write_text("x = 1\n\n# only a comment\ny = 2\n")
    calls = Calls(start_server(FakeAnalyzer("fake", [findings(6)])).address)
    project = calls.create(project_dir).name
    first = calls.watch(calls.start(project).name)[-1].analysis_finished.analysis
    second = calls.watch(calls.start(project).name)[-1].analysis_finished.analysis
    latest = metrics(calls, project)
    assert (latest.project, latest.analysis) == (project, second.name)
    assert latest.time == second.end_time
    assert (latest.file_count, latest.lines_of_code) == (2, 3)
    assert (latest.finding_count, latest.severity_counts.low) == (6, 6)
    assert latest.findings_per_thousand_lines == pytest.approx(2000)
    assert [(a.analyzer, a.finding_count) for a in latest.analyzers] == [("fake", 6)]
    assert metrics(calls, project, first.name).analysis == first.name


def test_without_code_there_is_no_density(start_server: StartServer, project_dir: Path) -> None:
    """The field is unset: not measured is not zero."""
    (project_dir / "app.py").write_text("")
    calls = Calls(start_server().address)
    project = calls.analyze(project_dir).name.partition("/analyses")[0]
    assert not metrics(calls, project).HasField("findings_per_thousand_lines")


def test_without_a_succeeded_analysis_there_are_no_figures(
    start_server: StartServer, project_dir: Path
) -> None:
    """Whether none was made, or all failed, or the named one still runs."""
    failing = FakeAnalyzer("fake", error=ToolFailedError("fake", 1, ""))
    calls = Calls(start_server(failing, FakeAnalyzer("slow", gate=asyncio.Event())).address)
    project = calls.create(project_dir).name
    with refused() as error:
        metrics(calls, project)
    assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "NO_FINISHED_ANALYSIS")
    failed = calls.watch(calls.start(project, analyzers=["fake"]).name)[-1]
    with refused() as error:
        metrics(calls, project)
    assert error.reason == "NO_FINISHED_ANALYSIS"
    name = failed.analysis_finished.analysis.name
    for analysis, state in ((name, "FAILED"), (calls.start(project).name, None)):
        with refused() as error:
            metrics(calls, project, analysis)
        assert (error.code, error.reason) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "ANALYSIS_NOT_FINISHED",
        )
        assert error.metadata is not None
        assert error.metadata["state"] in ([state] if state else ["PENDING", "RUNNING"])


def test_names_must_fit_together(calls: Calls, project_dir: Path) -> None:
    """An analysis of another project is refused, an unknown project not found."""
    analysis = calls.analyze(project_dir).name
    other = calls.create(project_dir).name
    with refused() as error:
        metrics(calls, other, analysis)
    assert error.fields == ("analysis",)
    with refused() as error:
        metrics(calls, "projects/nobody")
    assert error.reason == "PROJECT_NOT_FOUND"
