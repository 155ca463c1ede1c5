"""What is left when a server is killed in the middle: real processes, real tools."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from flext.quality.v1 import analysis_event_pb2 as event_pb
from flext.quality.v1 import analysis_pb2, error_reason_pb2
from flext.quality.v1 import analysis_service_pb2 as pb
from tests.rpc.calls import Calls
from tests.serving import serving
from tests.waiting import PATIENCE_SECONDS, wait_until


@pytest.fixture
def busy_project(tmp_path: Path) -> Path:
    """Enough code to keep the tools busy for some seconds."""
    project = tmp_path / "busy"
    project.mkdir()
    lines = "".join(f"def f{n}(x: int) -> str:\n    return eval(x + {n})\n\n" for n in range(400))
    for number in range(60):
        (project / f"module_{number}.py").write_text(lines)
    return project


def events_until(
    calls: Calls, name: str, kind: str, times: int = 1
) -> list[event_pb.AnalysisEvent]:
    """The events up to the first of that kind, or up to the one that is so many."""
    seen: list[event_pb.AnalysisEvent] = []
    for response in calls.analyses.WatchAnalysis(
        pb.WatchAnalysisRequest(name=name), timeout=PATIENCE_SECONDS
    ):
        if response.HasField("analysis_event"):
            seen.append(response.analysis_event)
            if sum(event.WhichOneof("kind") == kind for event in seen) == times:
                return seen
    raise AssertionError(f"no {kind} came")


def processes_below(directory: Path) -> list[str]:
    """The command lines of the processes whose current directory lies below `directory`."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if (process / "cwd").readlink().is_relative_to(directory):
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found


def wait_until_gone(directory: Path) -> None:
    """Waits until no process works below `directory`."""
    wait_until(lambda: not processes_below(directory), lambda: processes_below(directory))


def wait_until_empty(directory: Path) -> None:
    """Waits until nothing lies in `directory`: a copy is removed after its analysis has ended."""
    wait_until(lambda: not list(directory.iterdir()), lambda: list(directory.iterdir()))


def test_a_killed_server_s_analysis_is_taken_up_by_the_next(
    tmp_path: Path, busy_project: Path
) -> None:
    """Its tools die with it; the next start makes a new attempt, and the story has no gap."""
    data_dir = tmp_path / "data"
    with serving(data_dir, busy_project) as server:
        name = server.calls.start(server.calls.create(busy_project).name).name
        seen = events_until(server.calls, name, "analyzer_started")
        server.kill()
        wait_until_gone(data_dir / "work")
    with serving(data_dir, busy_project) as server:
        whole = server.calls.watch(name)
        assert [e.sequence for e in whole] == list(range(1, len(whole) + 1))
        assert whole[: len(seen)] == seen
        attempts = [e.attempt_started.attempt for e in whole if e.HasField("attempt_started")]
        assert attempts == [1, 2]
        final = whole[-1].analysis_finished.analysis
        assert final.state == analysis_pb2.ANALYSIS_STATE_SUCCEEDED
        assert final.attempt == 2
        streamed = server.calls.analyses.StreamFindings(pb.StreamFindingsRequest(parent=name))
        assert sum(len(batch.findings) for batch in streamed) == final.finding_count
        wait_until_gone(data_dir / "work")
        wait_until_empty(data_dir / "work")


def test_an_analysis_that_kills_its_server_three_times_fails(
    tmp_path: Path, busy_project: Path
) -> None:
    """With the reason; nothing stays RUNNING for ever."""
    data_dir = tmp_path / "data"
    name = ""
    for attempt in range(1, 4):
        with serving(data_dir, busy_project) as server:
            name = name or server.calls.start(server.calls.create(busy_project).name).name
            events_until(server.calls, name, "attempt_started", times=attempt)
            server.kill()
    with serving(data_dir, busy_project) as server:
        final = server.calls.watch(name)[-1].analysis_finished.analysis
        assert final.state == analysis_pb2.ANALYSIS_STATE_FAILED
        assert final.error.reason == error_reason_pb2.ERROR_REASON_ATTEMPTS_EXHAUSTED


def test_a_terminated_server_ends_in_good_order(tmp_path: Path, busy_project: Path) -> None:
    """SIGTERM: exit code 0, no process is left, and the analysis waits for the next start."""
    data_dir = tmp_path / "data"
    with serving(data_dir, busy_project) as server:
        name = server.calls.start(server.calls.create(busy_project).name).name
        events_until(server.calls, name, "analyzer_started")
        assert server.terminate() == 0
        assert processes_below(data_dir / "work") == []
        assert list((data_dir / "instances").iterdir()) == []
    with serving(data_dir, busy_project) as server:
        kinds = [event.WhichOneof("kind") for event in server.calls.watch(name)]
        assert kinds.count("attempt_interrupted") == 1
        assert kinds[-1] == "analysis_finished"


def test_cancelling_leaves_no_tool_running(tmp_path: Path, busy_project: Path) -> None:
    """The whole process groups are killed before the analysis is CANCELLED."""
    data_dir = tmp_path / "data"
    with serving(data_dir, busy_project) as server:
        name = server.calls.start(server.calls.create(busy_project).name).name
        events_until(server.calls, name, "analyzer_started")
        server.calls.analyses.CancelAnalysis(pb.CancelAnalysisRequest(name=name))
        final = server.calls.watch(name)[-1].analysis_finished.analysis
        assert final.state == analysis_pb2.ANALYSIS_STATE_CANCELLED
        assert processes_below(data_dir / "work") == []


def test_what_was_sent_along_is_there_for_the_next_attempt(
    tmp_path: Path, busy_project: Path
) -> None:
    """A killed server loses no attachment; the attempt that succeeds reads it, and then it is gone."""
    data_dir = tmp_path / "data"
    place = {"physicalLocation": {"artifactLocation": {"uri": "module_1.py"}}}
    results = [{"ruleId": "L1", "message": {"text": "m"}, "locations": [place]}]
    run = {"tool": {"driver": {"name": "lint"}}, "results": results}
    content = json.dumps({"version": "2.1.0", "runs": [run]}).encode()
    log = pb.Attachment(kind=pb.ATTACHMENT_KIND_SARIF, name="lint.sarif", content=content)
    with serving(data_dir, busy_project) as server:
        parent = server.calls.create(busy_project).name
        name = server.calls.start(parent, analyzers=["sarif", "mypy"], attachments=[log]).name
        events_until(server.calls, name, "analyzer_started")
        server.kill()
        wait_until_gone(data_dir / "work")
    with serving(data_dir, busy_project) as server:
        final = server.calls.watch(name)[-1].analysis_finished.analysis
        assert final.attempt == 2
        outcomes = {outcome.analyzer: outcome.finding_count for outcome in final.outcomes}
        assert outcomes["sarif"] == 1
    with sqlite3.connect(data_dir / "quality.db") as database:
        assert database.execute("SELECT count(*) FROM attachments").fetchone() == (0,)
