from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterable
from contextlib import aclosing

import grpc
import pytest

from flext.quality.v1.analysis_event_pb2 import AnalysisEvent
from flext.quality.v1.finding_pb2 import Finding
from flext.quality.v1.heartbeat_pb2 import AnalysisProgress, Heartbeat
from flext_quality_client import (
    ClientOptions,
    NotFoundError,
    ProtocolError,
    QualityError,
    UnavailableError,
    WatchOptions,
)
from tests.sdk.flavours import Connect
from tests.sdk.scripted_server import ANALYSIS, Fault, Script, refusal, start_server, story
from tests.waiting import PATIENCE_SECONDS

IMPATIENT = ClientOptions(give_up_after=0.5)


async def read(stream: AsyncIterable[AnalysisEvent], into: list[AnalysisEvent]) -> None:
    """Keeps what comes, also what came before a failure."""
    async for event in stream:
        into.append(event)  # noqa: PERF401  # extend() would keep nothing


async def test_events_come_in_order_to_the_end(
    connect: Connect, scripted: str, script: Script
) -> None:
    """A watch gives every event of the analysis and ends by itself."""
    script.events = story(7)
    events = [event async for event in connect(scripted).watch(ANALYSIS)]
    assert script.events == events


async def test_a_watch_begins_where_it_is_told_to(
    connect: Connect, scripted: str, script: Script
) -> None:
    """A client that knows the first events asks for the others only."""
    script.events = story(7)
    events = [event async for event in connect(scripted).watch(ANALYSIS, 5)]
    assert [6, 7] == [event.sequence for event in events]


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED])
async def test_a_dropped_watch_goes_on_where_it_broke(
    connect: Connect, scripted: str, script: Script, code: grpc.StatusCode
) -> None:
    """Whatever the connection does, each event comes once and in order."""
    script.events = story(30)
    script.faults["WatchAnalysis"] = deque(Fault(code, after=n) for n in (3, 1, 0, 0, 10))
    heard: list[QualityError] = []
    options = WatchOptions(on_interruption=heard.append)

    events = [event async for event in connect(scripted).watch(ANALYSIS, options=options)]

    assert list(range(1, 31)) == [event.sequence for event in events]
    assert [0, 3, 4, 4, 4, 14] == [r.after_sequence for r in script.asked["WatchAnalysis"]]
    assert [code] * 5 == [error.code for error in heard]


async def test_a_restarted_server_is_found_again(
    connect: Connect, target: str, script: Script
) -> None:
    """A watch outlives the server's restart at the same address."""
    script.events = story(6)[:3]
    server = await start_server(script, target)
    events = []
    async for event in connect(target).watch(ANALYSIS):
        events.append(event)
        if event.sequence == 3:
            await server.stop(None)
            script.events = story(6)
            server = await start_server(script, target)
    await server.stop(None)
    assert script.events == events


async def test_a_connection_that_breaks_after_the_end_is_no_failure(
    connect: Connect, scripted: str, script: Script
) -> None:
    """Nothing is missing once the last event is there, so nothing is asked again."""
    script.events = story(4)
    script.faults["WatchAnalysis"].append(Fault(after=4))
    events = [event async for event in connect(scripted).watch(ANALYSIS)]
    assert script.events == events
    assert 1 == len(script.asked["WatchAnalysis"])


async def test_a_watch_gives_up_after_its_time(
    connect: Connect, scripted: str, script: Script
) -> None:
    """A server that stays away ends the watch with the reason, within give_up_after."""
    script.events = story(5)
    script.faults["WatchAnalysis"] = deque([Fault(after=2), *[Fault()] * 1000])
    events: list[AnalysisEvent] = []
    began = time.monotonic()
    with pytest.raises(UnavailableError):
        await read(connect(scripted, IMPATIENT).watch(ANALYSIS), events)
    assert time.monotonic() - began >= 0.5
    assert script.events[:2] == events
    assert len(script.asked["WatchAnalysis"]) >= 2


async def test_an_error_that_resuming_cannot_mend_is_raised_at_once(
    connect: Connect, scripted: str, script: Script
) -> None:
    """Only broken connections are resumed: an answer such as NOT_FOUND is an answer."""
    script.faults["WatchAnalysis"].append(
        refusal(grpc.StatusCode.NOT_FOUND, "ANALYSIS_NOT_FOUND", {"analysis": ANALYSIS})
    )
    with pytest.raises(NotFoundError) as caught:
        async for _ in connect(scripted).watch(ANALYSIS):
            pass
    assert "ANALYSIS_NOT_FOUND" == caught.value.reason
    assert 1 == len(script.asked["WatchAnalysis"])


async def test_a_gap_is_never_given_out(connect: Connect, scripted: str, script: Script) -> None:
    """If the server leaves an event out, the watch fails before the event after the gap."""
    script.events = [event for event in story(6) if event.sequence != 4]
    events: list[AnalysisEvent] = []
    with pytest.raises(ProtocolError):
        await read(connect(scripted).watch(ANALYSIS), events)
    assert [1, 2, 3] == [event.sequence for event in events]


async def test_an_event_that_comes_twice_is_given_out_once(
    connect: Connect, scripted: str, script: Script
) -> None:
    """A server that repeats itself does not make the client do so."""
    script.events = sorted(story(5) * 2, key=lambda event: event.sequence)[:-1]
    events = [event async for event in connect(scripted).watch(ANALYSIS)]
    assert story(5) == events


async def test_heartbeats_go_to_who_asks_for_them(
    connect: Connect, scripted: str, script: Script
) -> None:
    """Heartbeats are told through their callback, never among the events."""
    script.heartbeat = Heartbeat(analysis_progress=AnalysisProgress(queue_position=3))
    heard: list[Heartbeat] = []

    def tell(heartbeat: Heartbeat) -> None:
        heard.append(heartbeat)
        script.events = story(2)

    options = WatchOptions(heartbeat_interval=0.25, on_heartbeat=tell)
    events = [event async for event in connect(scripted).watch(ANALYSIS, options=options)]
    assert story(2) == events
    assert script.heartbeat == heard[0]
    assert 250 == script.asked["WatchAnalysis"][0].heartbeat_interval.ToMilliseconds()


async def test_a_watcher_that_stops_early_frees_the_server(
    connect: Connect, scripted: str, script: Script
) -> None:
    """Leaving the loop ends the call on the server too."""
    script.events = story(5)[:4]
    async with aclosing(aiter(connect(scripted).watch(ANALYSIS))) as events:
        async for _ in events:
            break
    async with asyncio.timeout(PATIENCE_SECONDS):
        await script.watcher_left.wait()


async def test_all_findings_come_once_over_a_connection_that_breaks(
    connect: Connect, scripted: str, script: Script
) -> None:
    """A broken stream of findings goes on after its last batch: none is missing, none comes twice."""
    script.findings = [[Finding(line=10 * b + i) for i in range(10)] for b in range(9)]
    script.faults["StreamFindings"] = deque([Fault(after=2), Fault(), Fault(after=4)])
    findings = [finding async for finding in connect(scripted).findings(ANALYSIS)]
    assert list(range(90)) == [finding.line for finding in findings]
    assert ["", "2", "2", "6"] == [r.resume_token for r in script.asked["StreamFindings"]]
