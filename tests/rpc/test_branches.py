"""Branches over a real channel: what is listed, picked and removed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from flext.quality.v1 import (
    analysis_pb2,
    branch_pb2,
    event_service_pb2,
    issue_pb2,
    quality_gate_pb2,
    quality_gate_service_pb2,
    report_pb2,
    report_service_pb2,
)
from flext.quality.v1 import analysis_service_pb2 as analysis_pb
from flext.quality.v1 import issue_service_pb2 as issues_pb
from flext.quality.v1 import metrics_service_pb2 as metrics_pb
from flext.quality.v1 import project_service_pb2 as pb
from flext.quality.v1.metrics_pb2 import GRANULARITY_RAW
from flext_quality.domain.errors import ToolFailedError
from flext_quality.domain.findings.finding import Finding, Severity
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer
from tests.rpc.calls import Calls, next_snapshot, refused

MISSING = "feature/none"
OPEN = issue_pb2.ISSUE_STATUS_OPEN


def finding(number: int) -> Finding:
    """What ruff says about line 1: a rule for each number."""
    return Finding("ruff", f"F82{number}", Severity.LOW, f"message {number}", "app.py", 1)


@dataclass
class Shop:
    """A project whose analyses find what they are told."""

    calls: Calls
    project: str
    ruff: FakeAnalyzer
    broken: FakeAnalyzer = field(default_factory=lambda: FakeAnalyzer("broken"))

    def analyze(self, branch: str, *numbers: int, **fields: Any) -> analysis_pb2.Analysis:
        """An analysis of a branch by ruff that finds these."""
        self.ruff.findings = [[finding(number) for number in numbers]]
        fields = {"analyzers": ["ruff"], **fields}
        name = self.calls.start(self.project, branch=branch, **fields).name
        return self.calls.watch(name)[-1].analysis_finished.analysis

    def fail(self, branch: str) -> analysis_pb2.Analysis:
        """An analysis of a branch that fails."""
        return self.analyze(branch, analyzers=["broken"])

    def branches(self, **fields: Any) -> list[branch_pb2.Branch]:
        """A page of branches."""
        request = pb.ListBranchesRequest(parent=self.project, **fields)
        return list(self.calls.projects.ListBranches(request).branches)

    def names(self) -> list[str]:
        """The names of all branches."""
        return [branch.branch_name for branch in self.branches()]

    def issues(self, **fields: Any) -> dict[str, str]:
        """The branch on which each issue that a filter lets pass is told, by rule."""
        wanted = issues_pb.IssueFilter(**fields)
        listed = self.calls.issues.ListIssues(
            issues_pb.ListIssuesRequest(parent=self.project, filter=wanted)
        )
        exported = self.calls.issues.ExportIssues(
            issues_pb.ExportIssuesRequest(parent=self.project, filter=wanted)
        )
        every = [issue for batch in exported for issue in batch.issues]
        assert sorted(i.name for i in every) == sorted(i.name for i in listed.issues)
        assert len(every) == listed.total_size
        return {issue.finding.rule: issue.branch for issue in every}

    def history(self, rule: str) -> issues_pb.ListIssueHistoryResponse:
        """What happened to the issue of a rule."""
        listing = issues_pb.ListIssuesRequest(parent=self.project)
        issues = self.calls.issues.ListIssues(listing).issues
        (name,) = (issue.name for issue in issues if issue.finding.rule == rule)
        request = issues_pb.ListIssueHistoryRequest(parent=name)
        return self.calls.issues.ListIssueHistory(request)

    def delete(self, branch: str) -> None:
        """Removes a branch."""
        self.calls.projects.DeleteBranch(pb.DeleteBranchRequest(parent=self.project, branch=branch))

    def delete_analysis(self, name: str) -> None:
        """Removes an analysis."""
        self.calls.analyses.DeleteAnalysis(analysis_pb.DeleteAnalysisRequest(name=name))

    def told(self) -> list[Any]:
        """What happened to the project, oldest first."""
        request = event_service_pb2.WatchEventsRequest(
            parent=self.project, after_cursor=0, until_now=True
        )
        events = [
            response.quality_event.project_event
            for response in self.calls.events.WatchEvents(request)
            if response.quality_event.HasField("project_event")
        ]
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        return [getattr(event, event.WhichOneof("kind") or "") for event in events]

    def set_old_code(self, analysis: str) -> None:
        """Makes the gate compare with an analysis."""
        gate = quality_gate_pb2.QualityGate(
            name=f"{self.project}/qualityGate",
            new_code=quality_gate_pb2.NewCode(analysis=analysis),
        )
        self.calls.gates.UpdateQualityGate(
            quality_gate_service_pb2.UpdateQualityGateRequest(
                quality_gate=gate, update_mask=FieldMask(paths=["new_code"])
            )
        )


@pytest.fixture
def shop(start_server: StartServer, project_dir: Path) -> Shop:
    """A project without analyses."""
    ruff = FakeAnalyzer("ruff")
    broken = FakeAnalyzer("broken", error=ToolFailedError("broken", 1, ""))
    calls = Calls(start_server(ruff, broken).address)
    return Shop(calls, calls.create(project_dir).name, ruff, broken)


# --- ListBranches -------------------------------------------------------------------------------


def test_branches_are_listed_with_how_they_stand(shop: Shop) -> None:
    """The main line first, then by name; one that no analysis succeeded on has neither score nor gate."""
    assert [] == shop.branches()
    first = shop.analyze("fix/b", 1)
    latest = shop.analyze("fix/b", 1, 2)
    failed = shop.fail("fix/b")
    main = shop.analyze("", 1)
    lost = shop.fail("Fix/a")
    branches = shop.branches()
    assert ["", "Fix/a", "fix/b"] == [branch.branch_name for branch in branches]
    assert [1, 1, 3] == [branch.analysis_count for branch in branches]
    names = [(branch.latest_analysis, branch.latest_succeeded_analysis) for branch in branches]
    assert [(main.name, main.name), (lost.name, ""), (failed.name, latest.name)] == names
    for branch, analysis in ((branches[0], main), (branches[2], latest)):
        assert (branch.score, branch.issue_counts) == (analysis.score, analysis.issue_counts)
        assert branch.gate_status == analysis.gate.status != 0
    assert not branches[1].HasField("score")
    assert not branches[1].HasField("issue_counts")
    assert branches[1].gate_status == 0
    assert branches[2].create_time == first.create_time
    assert branches[2].update_time == failed.create_time


def test_branches_are_paged(shop: Shop) -> None:
    """A page for each, the main line's too; a token is of its list only."""
    for branch in ("b", "", "a"):
        shop.fail(branch)
    found: list[str] = []
    request = pb.ListBranchesRequest(parent=shop.project, page_size=1)
    while True:
        page = shop.calls.projects.ListBranches(request)
        found += [branch.branch_name for branch in page.branches]
        request.page_token = page.next_page_token
        if not page.next_page_token:
            break
    assert ["", "a", "b"] == found
    with refused() as error:
        shop.branches(page_token="made-up")
    assert error.reason == "INVALID_PAGE_TOKEN"
    with refused() as error:
        shop.calls.projects.ListBranches(pb.ListBranchesRequest(parent="projects/nobody"))
    assert error.reason == "PROJECT_NOT_FOUND"


# --- picking a branch ---------------------------------------------------------------------------


def picking(shop: Shop) -> dict[str, Callable[..., Any]]:
    """A call of every RPC that takes an analysis or a branch; it tells the analysis it was about."""
    calls, parent = shop.calls, shop.project

    def metrics(**which: Any) -> str:
        request = metrics_pb.GetProjectMetricsRequest(parent=parent, **which)
        found = calls.metrics.GetProjectMetrics(request).metrics
        assert found.branch == calls.get(found.analysis).revision.branch
        return found.analysis

    def paths(**which: Any) -> str:
        request = metrics_pb.ListPathMeasuresRequest(parent=parent, **which)
        return calls.metrics.ListPathMeasures(request).analysis

    def check(**which: Any) -> str:
        request = quality_gate_service_pb2.CheckQualityGateRequest(parent=parent, **which)
        return calls.gates.CheckQualityGate(request).analysis

    def report(**which: Any) -> str:
        request = report_service_pb2.GenerateReportRequest(
            parent=parent,
            kind=report_pb2.REPORT_KIND_TECHNICAL,
            format=report_pb2.REPORT_FORMAT_JSON,
            **which,
        )
        pieces = calls.reports.GenerateReport(request, timeout=60)
        return str(json.loads(b"".join(piece.chunk for piece in pieces))["analysis"]["name"])

    return {"metrics": metrics, "paths": paths, "check": check, "report": report}


@pytest.mark.parametrize("what", ["metrics", "paths", "check", "report"])
def test_a_branch_s_latest_analysis_is_picked(shop: Shop, what: str) -> None:
    """The main line's unless a branch is named; what is not there, or does not fit, is told."""
    pick = picking(shop)[what]
    with refused() as error:
        pick()
    assert (error.reason, error.metadata) == (
        "NO_FINISHED_ANALYSIS",
        {"project": shop.project, "branch": ""},
    )
    main, dev = shop.analyze("", 1), shop.analyze("dev", 1, 2)
    shop.fail("dev")
    assert (pick(), pick(branch="dev")) == (main.name, dev.name)
    with refused() as error:
        pick(branch=MISSING)
    assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "BRANCH_NOT_FOUND")
    assert error.metadata == {"project": shop.project, "branch": MISSING}
    shop.fail("lost")
    with refused() as error:
        pick(branch="lost")
    assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "NO_FINISHED_ANALYSIS")
    assert error.metadata == {"project": shop.project, "branch": "lost"}
    with refused() as error:
        pick(branch="dev", analysis=main.name)
    assert (error.reason, error.fields) == ("INVALID_FIELD", ("branch",))


def test_metrics_over_time_are_of_a_branch(shop: Shop) -> None:
    """Queries, trends, trend reports and paths over time; the main line's unless a branch is named."""
    calls, project = shop.calls, shop.project
    for numbers in ([1], [1, 2, 3]):
        shop.analyze("dev", *numbers)
    shop.analyze("", 1, 2)

    def values(**fields: Any) -> list[float]:
        request = metrics_pb.QueryMetricsRequest(
            parent=project, **{"metrics": ["issues"], **fields}
        )
        (series,) = calls.metrics.QueryMetrics(request).series
        return [point.value for point in series.points]

    def count(**fields: Any) -> tuple[int, float]:
        request = metrics_pb.GetTrendsRequest(parent=project, metrics=["issues"], **fields)
        (trend,) = calls.metrics.GetTrends(request).trends
        return trend.count, trend.last

    assert [2] == values(granularity=GRANULARITY_RAW)
    assert [1, 3] == values(granularity=GRANULARITY_RAW, branch="dev")
    assert [3] == values(branch="dev")
    assert ((1, 2), (1, 3)) == (count(), count(branch="dev"))
    path: dict[str, Any] = {
        "metrics": ["lines_of_code"],
        "path": "app.py",
        "granularity": GRANULARITY_RAW,
    }
    assert (1, 2) == (len(values(**path)), len(values(**path, branch="dev")))
    for ask in (values, count):
        with refused() as error:
            ask(branch=MISSING)
        assert (error.reason, error.metadata) == (
            "BRANCH_NOT_FOUND",
            {"project": project, "branch": MISSING},
        )
    request = report_service_pb2.GenerateReportRequest(
        parent=project,
        kind=report_pb2.REPORT_KIND_TREND,
        format=report_pb2.REPORT_FORMAT_MARKDOWN,
        branch="dev",
    )
    text = b"".join(piece.chunk for piece in calls.reports.GenerateReport(request)).decode()
    assert ", dev\n" in text
    assert "main line" not in text


def test_a_branch_that_is_to_come_can_be_watched(shop: Shop) -> None:
    """Its metrics come with its analyses; those of other branches do not, nor does its removal end it."""
    request = metrics_pb.WatchMetricsRequest(parent=shop.project, metrics=["issues"], branch="dev")
    watching = shop.calls.metrics.WatchMetrics(request, timeout=60)
    shop.analyze("", 1)
    for numbers in ([1, 2], [1, 2, 3]):
        analysis = shop.analyze("dev", *numbers)
        snapshot = next_snapshot(watching)
        assert (snapshot.analysis, snapshot.measures[0].value) == (analysis.name, len(numbers))
    shop.delete("dev")
    again = shop.analyze("dev", 1)
    assert next_snapshot(watching).analysis == again.name
    watching.cancel()


# --- issues ----------------------------------------------------------------------------------------


def test_issues_are_those_of_a_branch_or_of_any(shop: Shop) -> None:
    """On any branch each comes once: where it is seen, the main line first."""
    shop.analyze("", 1, 2)
    shop.analyze("dev", 2, 3)
    shop.analyze("", 1)
    assert {"F821": "", "F822": ""} == shop.issues(branch="")
    assert {"F822": "dev", "F823": "dev"} == shop.issues(branch="dev")
    assert {} == shop.issues(branch=MISSING)
    assert {"F821": "", "F822": "dev", "F823": "dev"} == shop.issues()
    assert {"F821": "", "F822": "dev", "F823": "dev"} == shop.issues(statuses=[OPEN])
    assert {"F821": ""} == shop.issues(statuses=[OPEN], branch="")
    with refused() as error:
        shop.issues(branch="", analysis=f"{shop.project}/analyses/{'0' * 26}")
    assert error.fields == ("filter.branch",)


def test_what_is_seen_on_any_branch_is_triaged_together(shop: Shop) -> None:
    """A filter without a branch reaches what the main line no longer sees."""
    shop.analyze("", 1, 2)
    shop.analyze("dev", 2)
    shop.analyze("", 1)

    def triage(**fields: Any) -> int:
        request = issues_pb.BatchTriageIssuesRequest(
            parent=shop.project,
            filter=issues_pb.IssueFilter(**fields),
            decision=issues_pb.TriageDecision(
                status=issue_pb2.ISSUE_STATUS_ACKNOWLEDGED, author="ann"
            ),
        )
        return shop.calls.issues.BatchTriageIssues(request).triaged_count

    assert (triage(branch=""), triage()) == (1, 2)


# --- DeleteAnalysis --------------------------------------------------------------------------------


def test_a_deleted_analysis_is_gone_and_its_issues_are_not(shop: Shop) -> None:
    """Nor are its points over time; what later analyses found the same is theirs."""
    calls = shop.calls
    first, second = shop.analyze("", 1, 2, request_id="a"), shop.analyze("", 1, 2)
    third = shop.analyze("", 1)
    found = calls.analyses.ListFindings(analysis_pb.ListFindingsRequest(parent=second.name))
    history = shop.history("F822")
    assert [first.name, third.name] == [change.analysis for change in history.changes]
    shop.delete_analysis(first.name)
    for ask in (
        lambda: calls.get(first.name),
        lambda: calls.watch(first.name),
        lambda: calls.analyses.ListFindings(analysis_pb.ListFindingsRequest(parent=first.name)),
        lambda: shop.delete_analysis(first.name),
        lambda: shop.analyze("", request_id="a"),
    ):
        with refused() as error:
            ask()
        assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "ANALYSIS_NOT_FOUND")
    request = analysis_pb.ListFindingsRequest(parent=second.name)
    assert found == calls.analyses.ListFindings(request)
    assert {"F821": "", "F822": ""} == shop.issues()
    assert history == shop.history("F822")
    query = metrics_pb.QueryMetricsRequest(
        parent=shop.project, metrics=["issues"], granularity=GRANULARITY_RAW
    )
    (series,) = calls.metrics.QueryMetrics(query).series
    assert [2, 2, 1] == [point.value for point in series.points]
    (deleted,) = (e for e in shop.told() if e.DESCRIPTOR.name == "AnalysisDeleted")
    assert (deleted.analysis, deleted.branch) == (first.name, "")


def test_new_code_is_compared_with_what_is_left(shop: Shop) -> None:
    """The analysis before a deleted one takes its place."""
    first, second = shop.analyze("", 1), shop.analyze("", 1, 2)
    third = shop.analyze("", 1, 2, 3)
    assert third.gate.baseline_analysis == second.name
    shop.delete_analysis(second.name)
    request = quality_gate_service_pb2.CheckQualityGateRequest(parent=shop.project)
    assert shop.calls.gates.CheckQualityGate(request).result.baseline_analysis == first.name
    fourth = shop.analyze("", 1)
    assert fourth.previous_analysis == third.name


def test_an_analysis_that_is_needed_is_not_deleted(shop: Shop) -> None:
    """The latest succeeded one of each branch, and the gate's old code; failed ones are needed by nobody."""
    old, main = shop.analyze("", 1), shop.analyze("", 1)
    dev, failed = shop.analyze("dev", 1), shop.fail("dev")
    shop.set_old_code(old.name)
    for analysis, why in ((main, "latest"), (dev, "latest"), (old, "quality_gate")):
        with refused() as error:
            shop.delete_analysis(analysis.name)
        assert (error.code, error.reason) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "ANALYSIS_IN_USE",
        )
        assert error.metadata == {"analysis": analysis.name, "why": why}
        assert shop.calls.get(analysis.name).name == analysis.name
    shop.delete_analysis(failed.name)
    assert [("", 2), ("dev", 1)] == [(b.branch_name, b.analysis_count) for b in shop.branches()]


def test_an_analysis_that_runs_is_not_deleted(shop: Shop) -> None:
    """Nor is its branch: both are told what is in the way."""
    shop.analyze("", 1)
    shop.ruff.gate = asyncio.Event()
    running = shop.calls.start(shop.project, branch="dev", analyzers=["ruff"])
    watching = shop.calls.analyses.WatchAnalysis(
        analysis_pb.WatchAnalysisRequest(name=running.name), timeout=60
    )
    next(told for told in watching if told.analysis_event.HasField("analyzer_started"))
    with refused() as error:
        shop.delete_analysis(running.name)
    assert (error.code, error.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "ANALYSIS_NOT_FINISHED",
    )
    assert error.metadata == {"analysis": running.name, "state": "RUNNING"}
    assert "cancel it" in error.message
    with refused() as error:
        shop.delete("dev")
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "BRANCH_BUSY")
    assert error.metadata == {"project": shop.project, "branch": "dev", "analysis": running.name}
    shop.calls.analyses.CancelAnalysis(analysis_pb.CancelAnalysisRequest(name=running.name))
    assert [*watching][-1].analysis_event.HasField("analysis_finished")
    shop.delete("dev")
    assert [""] == shop.names()


# --- DeleteBranch ----------------------------------------------------------------------------------


def test_a_deleted_branch_leaves_what_others_know(shop: Shop) -> None:
    """Its own issues go, and its metrics; what was decided about the others' stays, and all is told."""
    main = shop.analyze("", 1, 2)
    gone = [shop.analyze("dev", 2, 3), shop.analyze("dev", 2, 3), shop.fail("dev")]
    fix = shop.analyze("fix", 2, 3, 4)
    findings = analysis_pb.ListFindingsRequest(parent=fix.name)
    found = shop.calls.analyses.ListFindings(findings)
    shop.delete("dev")
    assert ["", "fix"] == shop.names()
    assert {"F821": "", "F822": ""} == shop.issues(branch="")
    assert {"F822": "fix", "F823": "fix", "F824": "fix"} == shop.issues(branch="fix")
    assert {"F821": "", "F822": "", "F823": "fix", "F824": "fix"} == shop.issues()
    assert found == shop.calls.analyses.ListFindings(findings)
    for analysis in gone:
        with refused() as error:
            shop.calls.get(analysis.name)
        assert error.reason == "ANALYSIS_NOT_FOUND"
    query = metrics_pb.QueryMetricsRequest(parent=shop.project, metrics=["issues"], branch="dev")
    for ask in (lambda: shop.delete("dev"), lambda: shop.calls.metrics.QueryMetrics(query)):
        with refused() as error:
            ask()
        assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "BRANCH_NOT_FOUND")
    (deleted,) = (e for e in shop.told() if e.DESCRIPTOR.name == "BranchDeleted")
    assert (deleted.branch, deleted.analysis_count) == ("dev", 3)
    assert not [e for e in shop.told() if e.DESCRIPTOR.name == "AnalysisDeleted"]
    # One of the same name begins anew, from what the main line sees.
    again = shop.analyze("dev", 2)
    assert again.previous_analysis == ""
    assert shop.analyze("", 1).previous_analysis == main.name


def test_the_main_line_and_the_old_code_are_not_removed(shop: Shop) -> None:
    """A branch that has the analysis that the gate names is needed."""
    with refused() as error:
        shop.delete("")
    assert (error.code, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("branch",))
    with refused() as error:
        shop.delete(MISSING)
    assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "BRANCH_NOT_FOUND")
    with refused() as error:
        request = pb.DeleteBranchRequest(parent="projects/nobody", branch="dev")
        shop.calls.projects.DeleteBranch(request)
    assert error.reason == "PROJECT_NOT_FOUND"
    old = shop.analyze("dev", 1)
    shop.set_old_code(old.name)
    with refused() as error:
        shop.delete("dev")
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ANALYSIS_IN_USE")
    assert error.metadata == {"analysis": old.name, "why": "quality_gate"}
    assert {"F821": "dev"} == shop.issues(branch="dev")
