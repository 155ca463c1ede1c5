from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from flext.quality.v1 import analysis_pb2, issue_pb2, quality_gate_pb2
from flext.quality.v1 import issue_service_pb2 as issues_pb
from flext.quality.v1 import metrics_service_pb2 as metrics_pb
from flext.quality.v1 import quality_gate_service_pb2 as pb
from flext_quality.domain.errors import ToolFailedError
from flext_quality.domain.findings.finding import Finding, Severity
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.domain.sources.measures import FileMeasures
from flext_quality.infrastructure.events.in_process_signal import InProcessSignal
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer
from tests.live import LiveServer
from tests.rpc.calls import Calls, refused

PASSED, FAILED, ERROR = (
    quality_gate_pb2.GATE_STATUS_PASSED,
    quality_gate_pb2.GATE_STATUS_FAILED,
    quality_gate_pb2.GATE_STATUS_ERROR,
)
AT_MOST = quality_gate_pb2.GATE_COMPARISON_AT_MOST
AT_LEAST = quality_gate_pb2.GATE_COMPARISON_AT_LEAST
OVERALL = quality_gate_pb2.GATE_SCOPE_OVERALL
NEW_CODE = quality_gate_pb2.GATE_SCOPE_NEW_CODE


def condition(
    metric: str,
    operator: quality_gate_pb2.GateComparison,
    threshold: float,
    scope: quality_gate_pb2.GateScope = OVERALL,
) -> quality_gate_pb2.GateCondition:
    return quality_gate_pb2.GateCondition(
        metric=metric, comparison=operator, threshold=threshold, scope=scope
    )


def gate(
    project: str, *conditions: quality_gate_pb2.GateCondition, **fields: Any
) -> quality_gate_pb2.QualityGate:
    return quality_gate_pb2.QualityGate(
        name=f"{project}/qualityGate", conditions=conditions, **fields
    )


def get(calls: Calls, project: str) -> quality_gate_pb2.QualityGate:
    request = pb.GetQualityGateRequest(name=f"{project}/qualityGate")
    return calls.gates.GetQualityGate(request).quality_gate


def update(calls: Calls, wanted: quality_gate_pb2.QualityGate) -> quality_gate_pb2.QualityGate:
    return calls.gates.UpdateQualityGate(
        pb.UpdateQualityGateRequest(quality_gate=wanted, update_mask=FieldMask(paths=["*"]))
    ).quality_gate


def check(
    calls: Calls,
    parent: str,
    analysis: str = "",
    wanted: quality_gate_pb2.QualityGate | None = None,
) -> pb.CheckQualityGateResponse:
    request = pb.CheckQualityGateRequest(parent=parent, analysis=analysis, quality_gate=wanted)
    return calls.gates.CheckQualityGate(request)


def analyze(calls: Calls, project: str, **fields: Any) -> analysis_pb2.Analysis:
    name = calls.start(project, **fields).name
    return calls.watch(name)[-1].analysis_finished.analysis


def finding(number: int, severity: Severity = Severity.LOW, line: int = 1) -> Finding:
    return Finding("ruff", f"F82{number}", severity, f"message {number}", "app.py", line)


def expire(server: LiveServer, *analyses: str) -> None:
    """Retention removes the details of analyses."""

    async def forget() -> None:
        database = Database(DatabaseOptions(server.settings.effective_database_url))
        make = SqlUnitOfWorkFactory(database, InProcessSignal(), ProtobufIssueCodec())
        async with make() as uow:
            for name in map(AnalysisName.parse, analyses):
                await uow.retention.forget_details(name.project, [name.analysis_id])
            await uow.commit()
        await database.close()

    asyncio.run(forget())


def test_a_project_has_the_default_gate(calls: Calls, project_dir: Path) -> None:
    """Documented, with its name and an etag, and marked as the default."""
    project = calls.create(project_dir).name
    found = get(calls, project)
    assert (found.name, found.is_default, found.min_new_lines) == (
        f"{project}/qualityGate",
        True,
        20,
    )
    assert [one.metric for one in found.conditions] == [
        "issues_critical",
        "new_issues_high",
        "new_line_coverage",
        "new_duplication",
    ]
    assert found.new_code.WhichOneof("since") == "previous_analysis"
    assert found.etag


def test_a_gate_is_kept_as_it_was_sent(calls: Calls, project_dir: Path) -> None:
    """With any definition of new code; a repeated update changes nothing; the default can come back."""
    analysis = calls.analyze(project_dir)
    project = analysis.name.partition("/analyses")[0]
    for new_code in (
        quality_gate_pb2.NewCode(previous_analysis=quality_gate_pb2.PreviousAnalysis()),
        quality_gate_pb2.NewCode(analysis=analysis.name),
        quality_gate_pb2.NewCode(days=30),
        quality_gate_pb2.NewCode(base_branch="main"),
        quality_gate_pb2.NewCode(base_branch=""),
    ):
        wanted = gate(
            project,
            condition("score", AT_LEAST, 70.5),
            condition("issues", AT_MOST, 0, NEW_CODE),
            new_code=new_code,
            required_analyzers=["fake"],
            min_new_lines=5,
        )
        changed = update(calls, wanted)
        assert changed == get(calls, project) == update(calls, wanted)
        wanted.etag = changed.etag
        assert wanted == changed
    reset = pb.ResetQualityGateRequest(name=f"{project}/qualityGate")
    assert calls.gates.ResetQualityGate(reset).quality_gate.is_default
    assert get(calls, project).is_default


def test_a_gate_that_somebody_changed_is_not_overwritten(calls: Calls, project_dir: Path) -> None:
    """A stale etag is refused and the current one told, with what it is of."""
    project = calls.create(project_dir).name
    stale = get(calls, project).etag
    current = update(calls, gate(project, condition("score", AT_LEAST, 1), etag=stale)).etag
    with refused() as error:
        update(calls, gate(project, condition("score", AT_LEAST, 2), etag=stale))
    assert (error.code, error.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert error.metadata == {"quality_gate": f"{project}/qualityGate", "current": current}
    assert get(calls, project).conditions[0].threshold == 1


def test_a_wrong_gate_is_refused_with_each_wrong_field(calls: Calls, project_dir: Path) -> None:
    """By an update and by a trial alike; nothing is changed."""
    project = calls.create(project_dir).name
    wrong = gate(
        project,
        condition("covrage", AT_LEAST, 80),
        condition("score", AT_LEAST, 80, NEW_CODE),
        condition("score", AT_LEAST, 70, OVERALL),
        condition("score", AT_LEAST, 60, OVERALL),
        required_analyzers=["nobody"],
        new_code=quality_gate_pb2.NewCode(analysis=f"{project}/analyses/{'0' * 26}"),
    )
    fields = (
        "quality_gate.conditions[0].metric",
        "quality_gate.conditions[1].metric",
        "quality_gate.conditions[3]",
        "quality_gate.required_analyzers[0]",
        "quality_gate.new_code.analysis",
    )
    with refused() as error:
        update(calls, wrong)
    assert (error.code, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, fields)
    assert "did you mean 'coverage'?" in error.message
    with refused() as error:
        check(calls, project, wanted=wrong)
    assert error.fields == fields
    assert get(calls, project).is_default
    with refused() as error:
        update(calls, quality_gate_pb2.QualityGate(name="projects/shop"))
    assert error.fields == ("quality_gate.name",)


def test_new_code_is_compared_with_an_analysis_of_the_project_only(
    start_server: StartServer, project_dir: Path
) -> None:
    """That has SUCCEEDED."""
    failing = FakeAnalyzer("failing", error=ToolFailedError("failing", 1, ""))
    calls = Calls(start_server(FakeAnalyzer("fake"), failing).address)
    project = calls.create(project_dir).name
    failed = analyze(calls, project, analyzers=["failing"])
    other = calls.analyze(project_dir, analyzers=["fake"])
    for analysis in (failed, other):
        new_code = quality_gate_pb2.NewCode(analysis=analysis.name)
        with refused() as error:
            update(calls, gate(project, new_code=new_code))
        assert error.fields == ("quality_gate.new_code.analysis",)


def test_a_changed_gate_judges_the_latest_analysis_at_once(
    start_server: StartServer, project_dir: Path
) -> None:
    """Of every branch, and no earlier one, without analysing again."""
    calls = Calls(start_server(FakeAnalyzer("ruff", [[finding(1)]])).address)
    project = calls.create(project_dir).name
    first, second = analyze(calls, project), analyze(calls, project)
    branch = analyze(calls, project, branch="dev")
    assert [PASSED] * 3 == [one.gate.status for one in (first, second, branch)]
    assert calls.get(second.name).gate.status == PASSED
    update(calls, gate(project, condition("issues", AT_MOST, 0)))
    found = [calls.get(one.name).gate for one in (first, second, branch)]
    assert [PASSED, FAILED, FAILED] == [one.status for one in found]
    (result,) = found[1].conditions
    assert (result.value, result.message) == (1, "Issues: 1; at most 0 allowed")
    assert found[1].message == "1 of 1 conditions does not hold: Issues: 1; at most 0 allowed."


def test_triage_changes_the_gate_the_score_and_the_measures_at_once(
    start_server: StartServer, project_dir: Path
) -> None:
    """A false positive counts no more; taken back, it counts again."""
    calls = Calls(start_server(FakeAnalyzer("ruff", [[finding(1, Severity.CRITICAL)]])).address)
    analysis = calls.analyze(project_dir)
    project = analysis.name.partition("/analyses")[0]
    assert (analysis.gate.status, analysis.issue_counts.open_count) == (FAILED, 1)
    (issue,) = calls.issues.ListIssues(issues_pb.ListIssuesRequest(parent=project)).issues
    for status, gate_status, open_count, false_positives in (
        (issue_pb2.ISSUE_STATUS_FALSE_POSITIVE, PASSED, 0, 1),
        (issue_pb2.ISSUE_STATUS_OPEN, FAILED, 1, 0),
    ):
        decision = issues_pb.TriageDecision(status=status, author="ann", reason="looked at it")
        calls.issues.TriageIssue(issues_pb.TriageIssueRequest(name=issue.name, decision=decision))
        now = calls.get(analysis.name)
        assert now.gate.status == gate_status
        counts = now.issue_counts
        assert (counts.open_count, counts.false_positive_count, counts.new_count) == (
            open_count,
            false_positives,
            1,
        )
        assert (now.score.overall == 100) is (open_count == 0)
        request = metrics_pb.GetProjectMetricsRequest(parent=project)
        metrics = calls.metrics.GetProjectMetrics(request).metrics
        assert metrics.score == now.score
        measures = {one.metric: one.value for one in metrics.measures}
        assert (measures["issues"], measures["score"]) == (open_count, now.score.overall)


def test_any_past_analysis_can_be_held_against_any_gate(
    start_server: StartServer, project_dir: Path
) -> None:
    """By the issues that it saw, those fixed since too; nothing changes."""
    analyzer = FakeAnalyzer("ruff", [[finding(1), finding(2)]])
    calls = Calls(start_server(analyzer).address)
    project = calls.create(project_dir).name
    past = analyze(calls, project)
    analyzer.findings = [[finding(1)]]
    latest = analyze(calls, project)
    trial = gate(project, condition("issues", AT_MOST, 1))
    assert check(calls, project, past.name, trial).result.status == FAILED
    assert check(calls, project, past.name, trial).result.conditions[0].value == 2
    answer = check(calls, project, wanted=trial)
    assert (answer.analysis, answer.result.status) == (latest.name, PASSED)
    assert check(calls, project).result == latest.gate
    assert calls.get(past.name) == past
    assert get(calls, project).is_default


def test_new_code_is_held_against_its_conditions(
    start_server: StartServer, project_dir: Path
) -> None:
    """Its issues and lines are those that the analysis before had not, which is named."""
    ruff = FakeAnalyzer("ruff", [[finding(1)]])
    coverage = FakeAnalyzer("coverage")
    calls = Calls(start_server(ruff, coverage).address)
    project = calls.create(project_dir).name
    trial = gate(
        project,
        condition("issues", AT_MOST, 0, NEW_CODE),
        condition("line_coverage", AT_LEAST, 50, NEW_CODE),
        condition("new_lines", AT_MOST, 3, NEW_CODE),
    )
    first = analyze(calls, project)
    result = check(calls, project, wanted=trial).result
    not_measured = quality_gate_pb2.CONDITION_STATE_NOT_MEASURED
    assert [not_measured] * 3 == [one.state for one in result.conditions]
    assert result.status == PASSED

    (project_dir / "app.py").write_text("answer = 42\nnew = 1\n\nother = 2\nthird = 3\n")
    ruff.findings = [[finding(1), finding(2, line=2), finding(3, line=4)]]
    values = {"lines_to_cover": 4.0, "covered_lines": 2.0}
    coverage.measured = [FileMeasures("app.py", values, frozenset({1, 2}), frozenset({4, 5}))]
    analyze(calls, project)
    result = check(calls, project, wanted=trial).result
    assert [2, pytest.approx(100 / 3), 3] == [one.value for one in result.conditions]
    assert (result.status, result.baseline_analysis) == (FAILED, first.name)

    third = analyze(calls, project)
    result = check(calls, project, wanted=trial).result
    assert [0, 0, 0] == [one.value for one in result.conditions]
    since_first = quality_gate_pb2.NewCode(analysis=first.name)
    trial.new_code.CopyFrom(since_first)
    assert check(calls, project, third.name, trial).result.conditions[0].value == 2
    branch = analyze(calls, project, branch="dev")
    trial.new_code.CopyFrom(quality_gate_pb2.NewCode(base_branch=""))
    result = check(calls, project, branch.name, trial).result
    assert (result.baseline_analysis, result.conditions[0].value) == (third.name, 0)
    trial.new_code.CopyFrom(quality_gate_pb2.NewCode(days=1))
    assert check(calls, project, wanted=trial).result.baseline_analysis == ""


def test_without_a_required_analyzer_nothing_passes(
    start_server: StartServer, project_dir: Path
) -> None:
    """Whether it failed or was not asked for."""
    failing = FakeAnalyzer("bandit", error=ToolFailedError("bandit", 1, ""))
    calls = Calls(start_server(FakeAnalyzer("ruff"), failing).address)
    project = calls.create(project_dir).name
    update(calls, gate(project, required_analyzers=["bandit", "ruff"]))
    for analyzers in ([], ["ruff"]):
        result = analyze(calls, project, analyzers=analyzers).gate
        assert result.status == ERROR
        assert "bandit" in result.message


def test_what_cannot_be_checked_is_refused(start_server: StartServer, project_dir: Path) -> None:
    """Unknown projects and analyses, those that have not succeeded, and those of other projects."""
    calls = Calls(start_server(FakeAnalyzer("fake", gate=asyncio.Event())).address)
    project, other = calls.create(project_dir).name, calls.create(project_dir).name
    running = calls.start(project).name
    unknown = f"{project}/analyses/{'0' * 26}"
    for parent, analysis, reason in (
        ("projects/nobody", "", "PROJECT_NOT_FOUND"),
        (project, "", "NO_FINISHED_ANALYSIS"),
        (project, unknown, "ANALYSIS_NOT_FOUND"),
        (project, running, "ANALYSIS_NOT_FINISHED"),
        (other, running, "INVALID_FIELD"),
    ):
        with refused() as error:
            check(calls, parent, analysis)
        assert error.reason == reason
    with refused() as error:
        get(calls, "projects/nobody")
    assert error.reason == "PROJECT_NOT_FOUND"
    with refused() as error:
        update(calls, gate("projects/nobody"))
    assert error.reason == "PROJECT_NOT_FOUND"


def test_expired_details_are_told(start_server: StartServer, project_dir: Path) -> None:
    """With the nearest later analysis whose details are kept; as a baseline they are not measured."""
    server = start_server(FakeAnalyzer("ruff", [[finding(1)]]))
    calls = Calls(server.address)
    project = calls.create(project_dir).name
    first, second, third = (analyze(calls, project).name for _ in range(3))
    expire(server, first, second)
    with refused() as error:
        check(calls, project, first)
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "DATA_EXPIRED")
    assert error.metadata == {"analysis": first, "kept": third}
    trial = gate(
        project,
        condition("issues", AT_MOST, 0, NEW_CODE),
        condition("new_lines", AT_MOST, 0, NEW_CODE),
    )
    result = check(calls, project, third, trial).result
    assert result.baseline_analysis == second
    assert [one.HasField("value") for one in result.conditions] == [True, False]
