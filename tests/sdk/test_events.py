"""The log of everything, as clients follow it."""

from __future__ import annotations

from collections.abc import AsyncIterable
from contextlib import aclosing
from pathlib import Path

import pytest

from flext.quality.v1.event_service_pb2 import WatchEventsResponse
from flext.quality.v1.quality_event_pb2 import AGGREGATE_TYPE_PROJECT
from flext_quality_client import InvalidArgumentError, QualityError, WatchOptions, event_filter
from flext_quality_client.cursors import LogCursor
from tests.conftest import StartServer
from tests.live import LiveServer
from tests.sdk.flavours import Connect


async def collect(told: AsyncIterable[WatchEventsResponse]) -> list[WatchEventsResponse]:
    return [one async for one in told]


async def test_what_happened_can_be_read(
    connect: Connect, live_server: LiveServer, project_dir: Path
) -> None:
    """All of it, or after a cursor, or what a filter lets pass; wrong filters are errors."""
    client = connect(live_server.address)
    run = client.analyze(project_dir)
    analysis = await run.wait()
    told = await collect(client.events.watch(0, until_now=True))
    assert told[0].quality_event.project_event.HasField("project_created")
    assert told[-1].quality_event.subject == analysis.name
    assert all(one.HasField("quality_event") for one in told)
    assert told[3:] == await collect(client.events.watch(told[2].cursor, until_now=True))
    project = analysis.name.partition("/analyses/")[0]
    wanted = event_filter(aggregate_types=[AGGREGATE_TYPE_PROJECT])
    watch = client.events.watch(0, wanted, project=project, until_now=True, heartbeats=True)
    own = await collect(watch)
    assert own[0] == told[0]
    assert own[-1].HasField("heartbeat")
    assert own[-1].cursor == told[-1].cursor
    with pytest.raises(InvalidArgumentError):
        await collect(client.events.watch(0, event_filter(event_types=["Nothing"])))


async def test_a_watch_outlives_its_server(
    connect: Connect, start_server: StartServer, project_dir: Path, tmp_path: Path
) -> None:
    """It goes on with the next one at the address: every event once, also those of the time between."""
    socket = tmp_path / "quality.sock"
    first = start_server(api_socket=socket)
    client = connect(first.address)
    broken: list[QualityError] = []
    told = client.events.watch(options=WatchOptions(on_interruption=broken.append), heartbeats=True)
    seen = []
    async with aclosing(told.__aiter__()) as watching:
        assert (await anext(watching)).HasField("heartbeat")
        for number in range(3):
            made = await connect(first.address).projects.create(
                project_dir, project_id=f"p{number}"
            )
            while not (response := await anext(watching)).HasField("quality_event"):
                pass
            seen.append((made.name, response.quality_event.subject, response.cursor))
            first.stop()
            first = start_server(api_socket=socket)
    assert [("projects/p0",) * 2, ("projects/p1",) * 2, ("projects/p2",) * 2] == [
        one[:2] for one in seen
    ]
    assert [1, 2, 3] == [cursor for *_, cursor in seen]
    assert broken


def test_a_message_that_came_before_is_passed_over() -> None:
    """A server that begins a bit too early does no harm; the request goes on behind what is known."""
    cursor = LogCursor(None, None, WatchOptions(), project="", until_now=False, heartbeats=False)
    assert not cursor.request.HasField("after_cursor")
    beat = WatchEventsResponse(cursor=4)
    beat.heartbeat.SetInParent()
    assert cursor.take(beat) == ()
    assert cursor.request.after_cursor == 4
    for number, is_new in ((5, True), (5, False), (4, False), (7, True)):
        response = WatchEventsResponse(cursor=number)
        response.quality_event.id = str(number)
        assert tuple(cursor.take(response)) == (response,) * is_new
    assert cursor.request.after_cursor == 7


def test_the_heartbeat_interval_is_asked_for() -> None:
    """To the nanosecond."""
    options = WatchOptions(heartbeat_interval=0.25)
    cursor = LogCursor(0, None, options, project="", until_now=False, heartbeats=True)
    assert cursor.request.heartbeat_interval.nanos == 250_000_000
