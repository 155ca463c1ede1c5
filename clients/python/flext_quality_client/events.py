"""What happens to all projects."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator

from flext.quality.v1.event_service_pb2 import EventFilter, WatchEventsResponse
from flext.quality.v1.event_service_pb2_grpc import EventServiceStub
from flext.quality.v1.quality_event_pb2 import AggregateType
from flext_quality_client.cursors import LogCursor
from flext_quality_client.options import WatchOptions
from flext_quality_client.transport import Transport
from flext_quality_client.transport_aio import AsyncTransport


def event_filter(
    *,
    aggregate_types: Iterable[AggregateType] = (),
    event_types: Iterable[str] = (),
) -> EventFilter:
    """Which events are wanted: those that everything given here lets pass."""
    return EventFilter(aggregate_types=aggregate_types, event_types=event_types)


class Events:
    """The log of everything that happens."""

    def __init__(self, transport: Transport) -> None:
        self._calls = transport
        self._stub = EventServiceStub(transport.channel)

    def watch(
        self,
        after: int | None = None,
        wanted: EventFilter | None = None,
        *,
        project: str = "",
        until_now: bool = False,
        heartbeats: bool = False,
        options: WatchOptions | None = None,
    ) -> Iterator[WatchEventsResponse]:
        """The events after a cursor, each once and in order, with the cursor to go on from.

        After 0 all of them; after None those from now on; with a project, "projects/{project}", its own
        alone. It goes on until `until_now` says that it shall end with what has happened already. A broken
        connection is resumed where it broke, until nothing has come for `ClientOptions.give_up_after`
        seconds. With `heartbeats` there are messages without an event too, whose cursor goes on while
        nothing happens that is wanted.
        """
        cursor = LogCursor(
            after,
            wanted,
            options or WatchOptions(),
            project=project,
            until_now=until_now,
            heartbeats=heartbeats,
        )
        return self._calls.stream(self._stub.WatchEvents, cursor)


class AsyncEvents:
    """As `Events`, for asyncio."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._calls = transport
        self._stub = EventServiceStub(transport.channel)

    def watch(
        self,
        after: int | None = None,
        wanted: EventFilter | None = None,
        *,
        project: str = "",
        until_now: bool = False,
        heartbeats: bool = False,
        options: WatchOptions | None = None,
    ) -> AsyncIterator[WatchEventsResponse]:
        """As `Events.watch`."""
        cursor = LogCursor(
            after,
            wanted,
            options or WatchOptions(),
            project=project,
            until_now=until_now,
            heartbeats=heartbeats,
        )
        return self._calls.stream(self._stub.WatchEvents, cursor)
