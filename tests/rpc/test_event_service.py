from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import grpc
import pytest

from flext.quality.v1 import event_service_pb2 as pb
from flext.quality.v1 import project_service_pb2 as project_pb
from flext.quality.v1 import quality_event_pb2 as event_pb
from tests.conftest import StartServer
from tests.live import LiveServer, live_settings
from tests.rpc.calls import Calls, refused
from tests.waiting import PATIENCE_SECONDS


def watch(calls: Calls, **fields: object) -> Iterator[pb.WatchEventsResponse]:
    request = pb.WatchEventsRequest(**fields)  # type: ignore[arg-type]
    return calls.events.WatchEvents(request, timeout=PATIENCE_SECONDS)


def everything(calls: Calls, after: int = 0, **wanted: object) -> list[pb.WatchEventsResponse]:
    parent = wanted.pop("project", "")
    chosen = pb.EventFilter(**wanted)  # type: ignore[arg-type]
    return list(watch(calls, after_cursor=after, parent=parent, filter=chosen, until_now=True))


def kind_of(event: event_pb.QualityEvent) -> str:
    inner = getattr(event, event.WhichOneof("kind") or "")
    return type(getattr(inner, inner.WhichOneof("kind"))).__name__


def kinds(told: list[pb.WatchEventsResponse]) -> list[str]:
    return [kind_of(one.quality_event) for one in told if one.HasField("quality_event")]


def test_everything_that_happened_comes_in_order(calls: Calls, project_dir: Path) -> None:
    """Each event once with an ascending cursor, typed; then a heartbeat at the end of the log."""
    analysis = calls.analyze(project_dir)
    told = everything(calls)
    assert kinds(told)[0] == "ProjectCreated"
    assert {"AnalysisQueued", "IssuesTracked", "AnalysisFinished"} <= set(kinds(told))
    assert told[-1].HasField("heartbeat")
    assert told[-1].cursor == told[-2].cursor
    assert all(a.cursor < b.cursor for a, b in pairwise(told[:-1]))
    own = [one.quality_event for one in told if one.quality_event.subject == analysis.name]
    assert [event.analysis_event for event in own] == calls.watch(analysis.name)
    assert own[0].id == f"{analysis.name}/1"
    assert {event.aggregate_type for event in own} == {event_pb.AGGREGATE_TYPE_ANALYSIS}
    created = told[0].quality_event
    assert created.aggregate_type == event_pb.AGGREGATE_TYPE_PROJECT
    assert created.project_event.sequence == 1
    assert created.project_event.time.seconds > 0


def test_a_watcher_goes_on_behind_its_cursor(calls: Calls, project_dir: Path) -> None:
    """At any place: nothing is lost, nothing comes twice."""
    calls.analyze(project_dir)
    told = everything(calls)
    for at in range(len(told)):
        assert told[at + 1 : -1] == everything(calls, told[at].cursor)[:-1]


def test_filters_all_hold(calls: Calls, project_dir: Path, tmp_path: Path) -> None:
    """By project, by kind of thing and by type of event; the cursor moves over what is left out."""
    other = calls.create(project_dir, project_id="other", request_id="another").name
    analysis = calls.analyze(project_dir, branch="b")
    whole = everything(calls)
    assert kinds(everything(calls, project=other)) == ["ProjectCreated"]
    assert everything(calls, project=other)[-1].cursor == whole[-1].cursor
    of_analyses = everything(calls, aggregate_types=[event_pb.AGGREGATE_TYPE_ANALYSIS])
    assert {one.quality_event.subject for one in of_analyses[:-1]} == {analysis.name}
    typed = everything(calls, event_types=["ProjectCreated", "AnalysisFinished"])
    assert kinds(typed) == ["ProjectCreated", "ProjectCreated", "AnalysisFinished"]
    none = everything(
        calls,
        event_types=["ProjectCreated"],
        aggregate_types=[event_pb.AGGREGATE_TYPE_ANALYSIS],
    )
    assert kinds(none) == []


def test_an_unknown_type_is_refused(calls: Calls) -> None:
    """With the types that there are; a watcher for it would wait for ever."""
    with refused() as error:
        everything(calls, event_types=["AnalysisFinnished"])
    assert error.code is grpc.StatusCode.INVALID_ARGUMENT
    assert error.fields == ("filter.event_types",)


def test_a_cursor_beyond_the_end_is_refused(calls: Calls, project_dir: Path) -> None:
    """It is of another server, or the database is an older one: waiting would lose events."""
    calls.create(project_dir)
    with refused() as error:
        everything(calls, after=2)
    assert error.code is grpc.StatusCode.OUT_OF_RANGE
    assert error.reason == "CURSOR_OUT_OF_RANGE"
    assert error.metadata == {"cursor": "2", "newest": "1"}


def test_what_happens_comes_live(calls: Calls, project_dir: Path) -> None:
    """From now on: where it begins is told at once, and what was before does not come."""
    calls.create(project_dir, project_id="before")
    told = watch(calls)
    first = next(told)
    assert (first.WhichOneof("kind"), first.cursor) == ("heartbeat", 1)
    with ThreadPoolExecutor() as threads:
        threads.submit(calls.create, project_dir, project_id="after")
        event = next(told).quality_event
    assert event.subject == "projects/after"
    told.cancel()  # type: ignore[attr-defined]


def test_a_removed_project_is_told(calls: Calls, project_dir: Path) -> None:
    """Its own events stay, with the last one; those of its analyses are gone with it."""
    analysis = calls.analyze(project_dir)
    name = analysis.name.partition("/analyses/")[0]
    cursor = everything(calls)[-1].cursor
    calls.projects.DeleteProject(project_pb.DeleteProjectRequest(name=name))
    assert kinds(everything(calls, cursor)) == ["ProjectDeleted"]
    assert kinds(everything(calls))[-1] == "ProjectDeleted"
    assert {one.quality_event.subject for one in everything(calls)[:-1]} == {name}


def test_silence_brings_heartbeats(calls: Calls, project_dir: Path) -> None:
    """As often as was asked for, with the cursor; also while only unwanted things happen."""
    request = pb.WatchEventsRequest(after_cursor=0, parent="projects/no")
    request.heartbeat_interval.FromMilliseconds(100)
    told = calls.events.WatchEvents(request, timeout=PATIENCE_SECONDS)
    assert next(told).cursor == 0
    calls.create(project_dir)
    beat = next(told)
    while beat.cursor < 1:
        assert beat.HasField("heartbeat")
        beat = next(told)
    assert beat.HasField("heartbeat")
    assert (beat.cursor, beat.heartbeat.time.seconds > 0) == (1, True)
    told.cancel()


def test_events_of_another_server_on_the_same_database_come_too(
    start_server: StartServer, project_dir: Path, tmp_path: Path
) -> None:
    """A watcher need not know which server does what."""
    one = Calls(start_server().address)
    other = LiveServer(live_settings(tmp_path / "data", project_dir))
    try:
        told = watch(one, after_cursor=0)
        Calls(other.address).create(project_dir)
        assert kind_of(next(told).quality_event) == "ProjectCreated"
        told.cancel()  # type: ignore[attr-defined]
    finally:
        other.stop()


def test_watchers_are_told_when_the_server_goes_down(
    start_server: StartServer, project_dir: Path
) -> None:
    """They come back to another one with their cursor."""
    server = start_server()
    told = watch(Calls(server.address))
    next(told)
    server.stop()
    with pytest.raises(grpc.RpcError) as raised:
        list(told)
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
