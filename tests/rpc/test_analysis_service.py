from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import grpc
import pytest

from flext.quality.v1 import analysis_event_pb2 as event_pb
from flext.quality.v1 import analysis_pb2, error_reason_pb2, finding_pb2
from flext.quality.v1 import analysis_service_pb2 as pb
from flext_quality.application.analyses.finding_sink import MAX_BATCH_BYTES
from flext_quality.domain.errors import NothingToAnalyzeError, ToolFailedError, ToolTimedOutError
from flext_quality.domain.findings.finding import Confidence, Edit, Finding, Fix, Severity
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer
from tests.rpc.calls import Calls, refused

ABSENT = "projects/shop/analyses/00000000000000000000000000"


def findings(analyzer: str, count: int) -> list[Finding]:
    severities = list(Severity)
    return [
        Finding(
            analyzer,
            f"X{i % 3}",
            severities[i % 5],
            f"message {i}",
            f"src/{'app' if i % 2 else 'apple'}/m{i % 4}.py",
            line=i + 1,
            column=2,
            documentation_url="https://example.org/X",
            confidence=Confidence.HIGH,
            fix=Fix("Mend it", edits=(Edit(1, 2, 3, 4, "new"),)) if i % 7 == 0 else None,
        )
        for i in range(count)
    ]


def listed(calls: Calls, name: str, page_size: int, **wanted: Any) -> list[finding_pb2.Finding]:
    found: list[finding_pb2.Finding] = []
    token = ""
    while True:
        page = calls.analyses.ListFindings(
            pb.ListFindingsRequest(
                parent=name,
                page_size=page_size,
                page_token=token,
                filter=pb.FindingFilter(**wanted),
            )
        )
        assert len(page.findings) <= page_size
        found += page.findings
        token = page.next_page_token
        if not token:
            return found


def streamed(
    calls: Calls, name: str, resume_token: str = "", **wanted: Any
) -> list[pb.StreamFindingsResponse]:
    request = pb.StreamFindingsRequest(
        parent=name,
        resume_token=resume_token,
        filter=pb.FindingFilter(**wanted),
    )
    return list(calls.analyses.StreamFindings(request))


def flat(batches: list[pb.StreamFindingsResponse]) -> list[finding_pb2.Finding]:
    return [finding for batch in batches for finding in batch.findings]


def cancel(calls: Calls, name: str) -> analysis_pb2.Analysis:
    return calls.analyses.CancelAnalysis(pb.CancelAnalysisRequest(name=name)).analysis


def test_an_analysis_has_one_exact_outcome_for_each_analyzer(
    start_server: StartServer, project_dir: Path
) -> None:
    """Version, state, counts and duration of each, and the sums over all."""
    server = start_server(
        FakeAnalyzer("one", [findings("one", 10)], tool_version="1.2"),
        FakeAnalyzer("two", [findings("two", 5), findings("two", 2)]),
    )
    analysis = Calls(server.address).analyze(project_dir)
    assert analysis.state == analysis_pb2.ANALYSIS_STATE_SUCCEEDED
    assert [outcome.analyzer for outcome in analysis.outcomes] == ["one", "two"]
    assert [outcome.finding_count for outcome in analysis.outcomes] == [10, 7]
    assert analysis.outcomes[0].version == "1.2"
    assert all(o.state == analysis_pb2.ANALYZER_STATE_SUCCEEDED for o in analysis.outcomes)
    assert all(o.HasField("duration") and o.config_digest for o in analysis.outcomes)
    assert analysis.finding_count == 17
    assert analysis.severity_counts.critical == 4
    assert (analysis.file_count, analysis.lines_of_code) == (1, 1)
    assert analysis.HasField("start_time")
    assert analysis.HasField("end_time")


def test_a_failing_analyzer_hides_no_other(start_server: StartServer, project_dir: Path) -> None:
    """The analysis succeeds, and says which part failed, why, and what it had found before."""
    server = start_server(
        FakeAnalyzer("fine", [findings("fine", 3)]),
        FakeAnalyzer("idle", error=NothingToAnalyzeError("idle")),
        FakeAnalyzer("slow", error=ToolTimedOutError("slow", 5)),
        FakeAnalyzer("sick", [findings("sick", 2)], ToolFailedError("sick", 3, "it broke")),
    )
    analysis = Calls(server.address).analyze(project_dir)
    outcomes = {outcome.analyzer: outcome for outcome in analysis.outcomes}
    assert analysis.state == analysis_pb2.ANALYSIS_STATE_SUCCEEDED
    assert outcomes["fine"].state == analysis_pb2.ANALYZER_STATE_SUCCEEDED
    assert outcomes["idle"].state == analysis_pb2.ANALYZER_STATE_SKIPPED
    assert outcomes["slow"].state == analysis_pb2.ANALYZER_STATE_TIMED_OUT
    assert outcomes["slow"].error.reason == error_reason_pb2.ERROR_REASON_TOOL_TIMED_OUT
    assert outcomes["sick"].state == analysis_pb2.ANALYZER_STATE_FAILED
    assert outcomes["sick"].error.message == "sick failed with exit code 3: it broke"
    assert outcomes["sick"].finding_count == 2
    assert analysis.finding_count == 5


def test_a_bug_in_an_analyzer_hides_no_other(start_server: StartServer, project_dir: Path) -> None:
    """Even an exception that nobody foresaw fails only its own analyzer, without telling internals."""

    class Buggy(FakeAnalyzer):
        async def run(self, *_: object) -> None:  # type: ignore[override]
            raise ZeroDivisionError("secret detail")

    server = start_server(FakeAnalyzer("fine", [findings("fine", 3)]), Buggy("buggy"))
    analysis = Calls(server.address).analyze(project_dir)
    assert analysis.state == analysis_pb2.ANALYSIS_STATE_SUCCEEDED
    buggy = analysis.outcomes[0]
    assert buggy.state == analysis_pb2.ANALYZER_STATE_FAILED
    assert buggy.error.reason == error_reason_pb2.ERROR_REASON_INTERNAL
    assert "secret" not in buggy.error.message


def test_an_analysis_fails_if_no_analyzer_did_its_work(
    start_server: StartServer, project_dir: Path
) -> None:
    """With a reason, and the outcomes say why."""
    server = start_server(FakeAnalyzer("sick", error=ToolFailedError("sick", 3, "it broke")))
    analysis = Calls(server.address).analyze(project_dir)
    assert analysis.state == analysis_pb2.ANALYSIS_STATE_FAILED
    assert analysis.error.reason == error_reason_pb2.ERROR_REASON_NO_ANALYZER_SUCCEEDED


def test_an_analysis_whose_source_is_gone_fails_with_that_reason(
    calls: Calls, project_dir: Path
) -> None:
    """What was there at registration may be gone later."""
    (project_dir / "part").mkdir()
    project = calls.create(project_dir / "part").name
    (project_dir / "part").rmdir()
    final = calls.watch(calls.start(project).name)[-1].analysis_finished.analysis
    assert final.state == analysis_pb2.ANALYSIS_STATE_FAILED
    assert final.error.reason == error_reason_pb2.ERROR_REASON_SOURCE_NOT_FOUND
    assert {o.state for o in final.outcomes} == {analysis_pb2.ANALYZER_STATE_FAILED}


def test_only_the_asked_analyzers_run(start_server: StartServer, project_dir: Path) -> None:
    """And one that the server does not have is refused, naming those it has."""
    calls = Calls(start_server(FakeAnalyzer("one"), FakeAnalyzer("two")).address)
    assert [o.analyzer for o in calls.analyze(project_dir, analyzers=["two"]).outcomes] == ["two"]
    with refused() as error:
        calls.analyze(project_dir, analyzers=["two", "tow"])
    assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "UNKNOWN_ANALYZER")
    assert error.metadata == {"analyzer": "tow", "available": "one,two"}
    with refused() as error:
        calls.analyze(project_dir, analyzers=["two", "two"])
    assert error.fields == ("analyzers",)


def test_a_repeated_start_gives_the_same_analysis(calls: Calls, project_dir: Path) -> None:
    """A lost answer does not cost a second analysis; other content under the id is refused."""
    project = calls.create(project_dir).name
    first = calls.start(project, request_id="s-1")
    calls.watch(first.name)
    assert calls.start(project, request_id="s-1").name == first.name
    with refused() as error:
        calls.start(project, request_id="s-1", analyzers=["fake"])
    assert error.reason == "REQUEST_ID_REUSED"


def test_an_unknown_project_cannot_be_analyzed(calls: Calls) -> None:
    """NOT_FOUND; and a malformed name is INVALID_ARGUMENT."""
    with refused() as error:
        calls.start("projects/nobody")
    assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "PROJECT_NOT_FOUND")
    with refused() as error:
        calls.start("nobody")
    assert (error.code, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("parent",))


def test_analyses_are_listed_newest_first(calls: Calls, project_dir: Path) -> None:
    """Page by page, by state if wanted."""
    project = calls.create(project_dir).name
    names = [
        calls.watch(calls.start(project).name)[-1].analysis_finished.analysis.name for _ in range(5)
    ]
    found: list[str] = []
    token = ""
    while True:
        page = calls.analyses.ListAnalyses(
            pb.ListAnalysesRequest(parent=project, page_size=2, page_token=token)
        )
        found += [analysis.name for analysis in page.analyses]
        token = page.next_page_token
        if not token:
            break
    assert found == names[::-1]
    failed = pb.ListAnalysesRequest(parent=project, states=[analysis_pb2.ANALYSIS_STATE_FAILED])
    assert not calls.analyses.ListAnalyses(failed).analyses
    with refused() as error:
        calls.analyses.ListAnalyses(pb.ListAnalysesRequest(parent="projects/nobody"))
    assert error.reason == "PROJECT_NOT_FOUND"


def test_at_most_so_many_run_at_once_and_the_others_wait_in_order(
    start_server: StartServer, project_dir: Path
) -> None:
    """Each waiting one knows its place; a full queue says so."""
    gate = asyncio.Event()
    server = start_server(
        FakeAnalyzer("slow", gate=gate), max_concurrent_analyses=2, max_queued_analyses=2
    )
    calls = Calls(server.address)
    project = calls.create(project_dir).name
    running = [calls.start(project), calls.start(project)]
    for analysis in running:
        for response in calls.analyses.WatchAnalysis(pb.WatchAnalysisRequest(name=analysis.name)):
            if response.analysis_event.HasField("analyzer_started"):
                break
    waiting = [calls.start(project), calls.start(project)]
    assert [calls.get(a.name).queue_position for a in running + waiting] == [0, 0, 1, 2]
    with refused() as error:
        calls.start(project)
    assert (error.code, error.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "QUEUE_FULL")
    assert error.metadata == {"limit": "2"}
    cancel(calls, waiting[0].name)
    assert calls.get(waiting[1].name).queue_position == 1
    server.run(_set(gate))
    finished = calls.watch(waiting[1].name)[-1].analysis_finished.analysis
    assert finished.state == analysis_pb2.ANALYSIS_STATE_SUCCEEDED


def test_a_running_analysis_can_be_cancelled(start_server: StartServer, project_dir: Path) -> None:
    """Its tools are stopped, what was found stays, and cancelling again changes nothing."""
    slow = FakeAnalyzer("slow", gate=asyncio.Event())
    calls = Calls(start_server(slow, FakeAnalyzer("quick", [findings("quick", 3)])).address)
    analysis = calls.start(calls.create(project_dir).name)
    watching = calls.analyses.WatchAnalysis(pb.WatchAnalysisRequest(name=analysis.name))
    for response in watching:
        if response.analysis_event.analyzer_finished.outcome.analyzer == "quick":
            break
    assert cancel(calls, analysis.name).state == analysis_pb2.ANALYSIS_STATE_RUNNING
    final = [response.analysis_event for response in watching][-1].analysis_finished.analysis
    assert final.state == analysis_pb2.ANALYSIS_STATE_CANCELLED
    states = {outcome.analyzer: outcome.state for outcome in final.outcomes}
    assert states == {
        "quick": analysis_pb2.ANALYZER_STATE_SUCCEEDED,
        "slow": analysis_pb2.ANALYZER_STATE_CANCELLED,
    }
    assert slow.was_cancelled
    assert len(flat(streamed(calls, analysis.name))) == final.finding_count == 3
    assert cancel(calls, analysis.name) == final


def test_a_finished_analysis_cannot_be_cancelled(calls: Calls, project_dir: Path) -> None:
    """The answer says what it is."""
    analysis = calls.analyze(project_dir)
    with refused() as error:
        cancel(calls, analysis.name)
    assert (error.code, error.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "ANALYSIS_FINISHED",
    )
    assert error.metadata == {"analysis": analysis.name, "state": "SUCCEEDED"}
    with refused() as error:
        cancel(calls, ABSENT)
    assert error.reason == "ANALYSIS_NOT_FOUND"


def test_all_findings_come_whole_in_both_ways(start_server: StartServer, project_dir: Path) -> None:
    """Stream and pages of any size give the same findings in the same order, nothing capped."""
    given = findings("fake", 2500)
    calls = Calls(start_server(FakeAnalyzer("fake", [given])).address)
    analysis = calls.analyze(project_dir)
    whole = flat(streamed(calls, analysis.name))
    assert [f.line for f in whole] == [f.line for f in given]
    first = whole[0]
    assert (first.analyzer, first.rule, first.message) == ("fake", "X0", "message 0")
    assert first.severity == 1
    assert first.confidence == finding_pb2.CONFIDENCE_HIGH
    assert first.fix.edits[0].content == "new"
    assert not whole[1].HasField("fix")
    for page_size in (7, 999, 1000):
        assert listed(calls, analysis.name, page_size) == whole
    default = calls.analyses.ListFindings(pb.ListFindingsRequest(parent=analysis.name))
    assert len(default.findings) == 100
    clamped = calls.analyses.ListFindings(
        pb.ListFindingsRequest(parent=analysis.name, page_size=5000)
    )
    assert len(clamped.findings) == 1000


def test_filters_pick_exactly_what_they_say(start_server: StartServer, project_dir: Path) -> None:
    """By analyzer, severity, rule and path, alone and together, in both ways."""
    calls = Calls(
        start_server(
            FakeAnalyzer("one", [findings("one", 1200)]), FakeAnalyzer("two", [findings("two", 50)])
        ).address
    )
    name = calls.analyze(project_dir).name
    whole = flat(streamed(calls, name))
    cases: list[tuple[dict[str, Any], Any]] = [
        ({"analyzers": ["two"]}, lambda f: f.analyzer == "two"),
        ({"severities": [1, 4]}, lambda f: f.severity in (1, 4)),
        ({"rules": ["X2"]}, lambda f: f.rule == "X2"),
        ({"path_prefix": "src/app"}, lambda f: f.path.startswith("src/app/")),
        ({"path_prefix": "src/app/m1.py"}, lambda f: f.path == "src/app/m1.py"),
        (
            {"analyzers": ["one"], "severities": [2], "rules": ["X1"], "path_prefix": "src"},
            lambda f: f.analyzer == "one" and f.severity == 2 and f.rule == "X1",
        ),
        ({"rules": ["none"]}, lambda f: False),
    ]
    for wanted, holds in cases:
        expected = [f for f in whole if holds(f)]
        assert listed(calls, name, 33, **wanted) == expected
        batches = streamed(calls, name, **wanted)
        assert flat(batches) == expected
        assert all(batch.findings for batch in batches)
    with refused() as error:
        listed(calls, name, 10, severities=[0])
    assert error.fields == ("filter.severities[0]",)


def test_a_broken_stream_goes_on_where_it_broke(
    start_server: StartServer, project_dir: Path
) -> None:
    """Each batch carries a token; resuming after any of them gives exactly the rest."""
    calls = Calls(start_server(FakeAnalyzer("fake", [findings("fake", 3500)])).address)
    name = calls.analyze(project_dir).name
    batches = streamed(calls, name)
    assert len(batches) == 4
    for seen, batch in enumerate(batches, 1):
        assert streamed(calls, name, resume_token=batch.resume_token) == batches[seen:]
    with refused() as error:
        streamed(calls, name, resume_token=batches[0].resume_token, rules=["X1"])
    assert (error.reason, error.metadata) == ("INVALID_PAGE_TOKEN", {"field": "resume_token"})


def test_no_batch_is_too_large_for_a_client(start_server: StartServer, project_dir: Path) -> None:
    """Long messages make smaller batches, which clients take with gRPC's default limits."""
    large = [Finding("fake", "X", Severity.LOW, "long " * 10_000, "app.py", i) for i in range(100)]
    calls = Calls(start_server(FakeAnalyzer("fake", [large])).address)
    batches = streamed(calls, calls.analyze(project_dir).name)
    assert sum(len(batch.findings) for batch in batches) == 100
    assert all(batch.ByteSize() < MAX_BATCH_BYTES + 1000 for batch in batches)


def test_findings_of_an_unknown_analysis(calls: Calls) -> None:
    """NOT_FOUND in both ways."""
    for call in (lambda: listed(calls, ABSENT, 10), lambda: streamed(calls, ABSENT)):
        with refused() as error:
            call()
        assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "ANALYSIS_NOT_FOUND")


@pytest.mark.parametrize("cursor", ["made-up", ""])
def test_a_page_token_of_another_list_is_refused(
    start_server: StartServer, project_dir: Path, cursor: str
) -> None:
    """A token of the unfiltered list does not fit the filtered one."""
    calls = Calls(start_server(FakeAnalyzer("fake", [findings("fake", 20)])).address)
    name = calls.analyze(project_dir).name
    page = calls.analyses.ListFindings(pb.ListFindingsRequest(parent=name, page_size=5))
    with refused() as error:
        calls.analyses.ListFindings(
            pb.ListFindingsRequest(
                parent=name,
                page_token=cursor or page.next_page_token,
                filter=pb.FindingFilter(rules=["X1"]),
            )
        )
    assert error.reason == "INVALID_PAGE_TOKEN"


def test_what_is_skipped_is_told_file_by_file(calls: Calls, project_dir: Path) -> None:
    """A link that leads out is named in an event and counted in the analysis."""
    (project_dir / "out.py").symlink_to("/etc/hostname")
    analysis = calls.analyze(project_dir)
    assert analysis.skipped_file_count == 1
    skipped = [e.files_skipped for e in calls.watch(analysis.name) if e.HasField("files_skipped")]
    assert Counter((s.reason, *s.paths) for s in skipped) == {
        (event_pb.SKIP_REASON_LINK, "out.py"): 1
    }


async def _set(gate: asyncio.Event) -> None:
    gate.set()
