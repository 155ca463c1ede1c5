from __future__ import annotations

from pathlib import Path

from flext.quality.v1 import issue_pb2
from flext.quality.v1 import issue_service_pb2 as issue_pb
from flext.quality.v1 import metrics_pb2 as messages
from flext.quality.v1 import metrics_service_pb2 as pb
from flext_quality.domain.findings.finding import Finding, Severity
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer
from tests.rpc.calls import Calls, next_snapshot
from tests.waiting import PATIENCE_SECONDS

FOUND = [Finding("fake", "X1", Severity.LOW, "m", "app.py", line=1)]


def test_an_analysis_is_measured_and_watched(start_server: StartServer, project_dir: Path) -> None:
    """What it measured is there when it has ended, and watchers of the project hear of it.

    A branch's analyses are no part of it, and what was not measured has no point.
    """
    calls = Calls(start_server(FakeAnalyzer("fake", [FOUND])).address)
    project = calls.create(project_dir).name
    wanted = pb.WatchMetricsRequest(parent=project, metrics=["issues", "lines_of_code"])
    watching = calls.metrics.WatchMetrics(wanted, timeout=PATIENCE_SECONDS)
    first = calls.watch(calls.start(project).name)[-1].analysis_finished.analysis
    told = next_snapshot(watching)
    assert (told.analysis, told.time) == (first.name, first.end_time)
    assert {"issues": 1, "lines_of_code": 1} == {m.metric: m.value for m in told.measures}
    calls.watch(calls.start(project, branch="feature").name)
    second = calls.watch(calls.start(project).name)[-1].analysis_finished.analysis
    assert next_snapshot(watching).analysis == second.name
    request = pb.QueryMetricsRequest(
        parent=project, metrics=["issues", "score"], granularity=messages.GRANULARITY_RAW
    )
    issues, score = calls.metrics.QueryMetrics(request).series
    expected = [(first.end_time, 1), (second.end_time, 1)]
    assert expected == [(point.time, point.value) for point in issues.points]
    assert not score.points
    of_file = pb.QueryMetricsRequest(parent=project, metrics=["lines_of_code"], path="app.py")
    (lines,) = calls.metrics.QueryMetrics(of_file).series
    assert [(1, 2)] == [(point.value, point.count) for point in lines.points]


def test_a_triage_changes_the_latest_measures(start_server: StartServer, project_dir: Path) -> None:
    """Watchers hear of it with the time of the triage; the analysis still counts once."""
    calls = Calls(start_server(FakeAnalyzer("fake", [FOUND])).address)
    project = calls.create(project_dir).name
    ended = calls.watch(calls.start(project).name)[-1].analysis_finished.analysis
    wanted = pb.WatchMetricsRequest(parent=project, metrics=["issues"])
    watching = calls.metrics.WatchMetrics(wanted, timeout=PATIENCE_SECONDS)
    assert [1] == [one.value for one in next_snapshot(watching).measures]
    (issue,) = calls.issues.ListIssues(issue_pb.ListIssuesRequest(parent=project)).issues
    decision = issue_pb.TriageDecision(
        status=issue_pb2.ISSUE_STATUS_ACCEPTED, author="ann", reason="known"
    )
    calls.issues.TriageIssue(issue_pb.TriageIssueRequest(name=issue.name, decision=decision))
    told = next_snapshot(watching)
    assert (told.analysis, [0]) == (ended.name, [one.value for one in told.measures])
    assert told.time.ToNanoseconds() > ended.end_time.ToNanoseconds()
    (series,) = calls.metrics.QueryMetrics(
        pb.QueryMetricsRequest(parent=project, metrics=["issues"])
    ).series
    assert [(0, 1)] == [(point.value, point.count) for point in series.points]
