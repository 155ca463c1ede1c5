from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import grpc
import pytest

from flext.quality.v1 import analysis_event_pb2 as event_pb
from flext.quality.v1 import analysis_pb2
from flext.quality.v1 import analysis_service_pb2 as pb
from flext.quality.v1 import analysis_service_pb2_grpc as pb_grpc
from flext_quality.domain.findings.finding import Finding, Severity
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer
from tests.live import LiveServer
from tests.rpc.calls import Calls, refused
from tests.waiting import PATIENCE_SECONDS

ABSENT = "projects/shop/analyses/00000000000000000000000000"


def findings(count: int) -> list[Finding]:
    return [Finding("fake", f"X{i}", Severity.LOW, "m", "app.py", i) for i in range(1, count + 1)]


class Gated:
    """A server whose analyzer waits in the middle until `open`."""

    def __init__(self, start_server: StartServer, batches: int = 3, **settings: object) -> None:
        self.gate = asyncio.Event()
        analyzer = FakeAnalyzer("fake", [findings(2)] * batches, gate=self.gate)
        self.server: LiveServer = start_server(analyzer, **settings)
        self.calls = Calls(self.server.address)

    def open(self) -> None:
        """Lets the analyzer go on."""

        async def set_gate() -> None:
            self.gate.set()

        self.server.run(set_gate())


def stream(calls: Calls, name: str, **fields: object):  # type: ignore[no-untyped-def]
    request = pb.WatchAnalysisRequest(name=name, **fields)  # type: ignore[arg-type]
    return calls.analyses.WatchAnalysis(request, timeout=PATIENCE_SECONDS)


def until_started(watching: object) -> list[event_pb.AnalysisEvent]:
    """The events up to the one that tells that the analyzer runs."""
    seen = []
    for response in watching:  # type: ignore[attr-defined]
        seen.append(response.analysis_event)
        if response.analysis_event.HasField("analyzer_started"):
            return seen
    raise AssertionError("the analyzer never started")


def test_the_whole_story_comes_in_order_and_ends_with_ok(
    start_server: StartServer, project_dir: Path
) -> None:
    """Sequences are 1, 2, 3 … without a gap; the last event carries the final analysis."""
    calls = Calls(start_server(FakeAnalyzer("fake", [findings(7)])).address)
    analysis = calls.start(calls.create(project_dir).name)
    watching = stream(calls, analysis.name)
    events = [
        response.analysis_event for response in watching if response.HasField("analysis_event")
    ]
    assert watching.code() is grpc.StatusCode.OK
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [event.WhichOneof("kind") for event in events] == [
        "analysis_queued",
        "attempt_started",
        "source_prepared",
        "analyzer_started",
        "findings_reported",
        "analyzer_progressed",
        "analyzer_finished",
        "issues_tracked",
        "gate_evaluated",
        "analysis_finished",
    ]
    assert all(a.time.ToDatetime() <= b.time.ToDatetime() for a, b in pairwise(events))
    final = events[-1].analysis_finished.analysis
    assert final == calls.get(analysis.name)
    assert final.finding_count == 7
    assert events[4].findings_reported.total_finding_count == 7
    assert len(events[4].findings_reported.highlights) == 5


def test_a_watcher_that_was_cut_off_misses_nothing(
    start_server: StartServer, project_dir: Path
) -> None:
    """From any sequence on, what follows is exactly the rest of the story."""
    gated = Gated(start_server)
    analysis = gated.calls.start(gated.calls.create(project_dir).name)
    first = stream(gated.calls, analysis.name)
    seen = until_started(first)
    first.cancel()
    gated.open()
    rest = gated.calls.watch(analysis.name, after=seen[-1].sequence)
    whole = gated.calls.watch(analysis.name)
    assert seen + rest == whole
    for after in range(len(whole) + 1):
        assert gated.calls.watch(analysis.name, after=after) == whole[after:]


def test_who_claims_to_know_the_future_is_told_the_present(
    live_server: LiveServer, project_dir: Path
) -> None:
    """OUT_OF_RANGE with the newest sequence, for a finished analysis too."""
    calls = Calls(live_server.address)
    analysis = calls.analyze(project_dir)
    with refused() as error:
        calls.watch(analysis.name, after=analysis.last_sequence + 1)
    assert (error.code, error.reason) == (grpc.StatusCode.OUT_OF_RANGE, "SEQUENCE_OUT_OF_RANGE")
    assert error.metadata == {
        "after_sequence": str(analysis.last_sequence + 1),
        "last_sequence": str(analysis.last_sequence),
    }


def test_an_analysis_that_is_not_there_cannot_be_watched(calls: Calls) -> None:
    """NOT_FOUND, at once."""
    with refused() as error:
        calls.watch(ABSENT)
    assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "ANALYSIS_NOT_FOUND")


def test_heartbeats_tell_what_runs(start_server: StartServer, project_dir: Path) -> None:
    """They come at the interval the watcher asked for, while nothing happens."""
    gated = Gated(start_server)
    analysis = gated.calls.start(gated.calls.create(project_dir).name)
    request = pb.WatchAnalysisRequest(name=analysis.name)
    request.heartbeat_interval.FromMilliseconds(100)
    watching = gated.calls.analyses.WatchAnalysis(request, timeout=PATIENCE_SECONDS)
    until_started(watching)
    for _ in range(2):
        heartbeat = next(watching).heartbeat
        assert heartbeat.analysis_progress.state == analysis_pb2.ANALYSIS_STATE_RUNNING
        assert list(heartbeat.analysis_progress.running_analyzers) == ["fake"]
    gated.open()
    kinds = [r.analysis_event.WhichOneof("kind") for r in watching if r.HasField("analysis_event")]
    assert kinds[-1] == "analysis_finished"


def test_heartbeats_tell_the_place_in_the_queue(
    start_server: StartServer, project_dir: Path
) -> None:
    """The one that waits knows how many are before it, by the server's own interval."""
    gated = Gated(start_server, max_concurrent_analyses=1, heartbeat_interval=0.1)
    project = gated.calls.create(project_dir).name
    running = gated.calls.start(project)
    waiting = [gated.calls.start(project), gated.calls.start(project)]
    assert [analysis.queue_position for analysis in waiting][-1] >= 1
    until_started(stream(gated.calls, running.name))
    for position, analysis in enumerate(waiting, 1):
        responses = stream(gated.calls, analysis.name)
        heartbeat = next(r.heartbeat for r in responses if r.HasField("heartbeat"))
        assert heartbeat.analysis_progress.state == analysis_pb2.ANALYSIS_STATE_PENDING
        assert heartbeat.analysis_progress.queue_position == position
        assert gated.calls.get(analysis.name).queue_position == position
        responses.cancel()
    gated.open()
    for analysis in waiting:
        assert gated.calls.watch(analysis.name)[-1].HasField("analysis_finished")


@pytest.mark.parametrize("milliseconds", [99, 300_001])
def test_an_interval_beyond_its_bounds_is_refused(calls: Calls, milliseconds: int) -> None:
    """A flood of heartbeats is not to be had."""
    request = pb.WatchAnalysisRequest(name=ABSENT)
    request.heartbeat_interval.FromMilliseconds(milliseconds)
    with refused() as error:
        list(calls.analyses.WatchAnalysis(request))
    assert error.fields == ("heartbeat_interval",)


async def test_many_watchers_get_every_event_once_and_in_order(
    start_server: StartServer, project_dir: Path
) -> None:
    """Early ones and late ones; those that vanish in the middle disturb nobody."""
    gated = Gated(start_server, batches=40)
    analysis = gated.calls.start(gated.calls.create(project_dir).name)
    request = pb.WatchAnalysisRequest(name=analysis.name)
    async with grpc.aio.insecure_channel(gated.server.address) as channel:
        stub = pb_grpc.AnalysisServiceStub(channel)

        async def sequences() -> list[int]:
            return [
                r.analysis_event.sequence
                async for r in stub.WatchAnalysis(request)
                if r.analysis_event.sequence
            ]

        async def vanish() -> None:
            call = stub.WatchAnalysis(request)
            await call.read()
            call.cancel()

        early = [asyncio.create_task(sequences()) for _ in range(60)]
        await asyncio.gather(*(vanish() for _ in range(20)))
        gated.open()
        stories = await asyncio.gather(*early, *(sequences() for _ in range(20)))
    last = gated.calls.get(analysis.name).last_sequence
    assert last > 40
    assert all(story == list(range(1, last + 1)) for story in stories)


def test_a_watcher_that_does_not_read_holds_nobody_up(
    start_server: StartServer, project_dir: Path
) -> None:
    """The analysis ends without it, and when it reads at last, it gets everything."""
    gated = Gated(start_server, batches=600)
    analysis = gated.calls.start(gated.calls.create(project_dir).name)
    slow = stream(gated.calls, analysis.name)
    gated.open()
    whole = gated.calls.watch(analysis.name)
    assert len(whole) > 600
    assert [r.analysis_event.sequence for r in slow if r.HasField("analysis_event")] == [
        e.sequence for e in whole
    ]


def test_watchers_are_sent_away_when_the_server_stops(
    start_server: StartServer, project_dir: Path
) -> None:
    """They hear that the attempt is interrupted, then UNAVAILABLE: come back."""
    gated = Gated(start_server)
    analysis = gated.calls.start(gated.calls.create(project_dir).name)
    watching = stream(gated.calls, analysis.name)
    until_started(watching)
    heard: list[event_pb.AnalysisEvent] = []
    with refused() as error:
        gated.server.stop()
        heard.extend(response.analysis_event for response in watching)
    assert (error.code, error.reason) == (grpc.StatusCode.UNAVAILABLE, "SERVER_SHUTTING_DOWN")
    assert heard[-1].HasField("attempt_interrupted")


def test_a_stopped_server_s_analysis_is_taken_up_by_the_next(
    start_server: StartServer, project_dir: Path
) -> None:
    """As a new attempt, told in the same story; nothing of the first attempt is counted."""
    gated = Gated(start_server)
    analysis = gated.calls.start(gated.calls.create(project_dir).name)
    seen = until_started(stream(gated.calls, analysis.name))
    gated.server.stop()
    calls = Calls(start_server(FakeAnalyzer("fake", [findings(3)])).address)
    rest = calls.watch(analysis.name, after=seen[-1].sequence)
    assert [e.WhichOneof("kind") for e in rest[:2]] == ["attempt_interrupted", "attempt_started"]
    assert rest[1].attempt_started.attempt == 2
    final = rest[-1].analysis_finished.analysis
    assert (final.attempt, final.finding_count) == (2, 3)
    assert [e.sequence for e in seen + rest] == list(range(1, final.last_sequence + 1))
