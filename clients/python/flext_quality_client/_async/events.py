"""What happens to all projects."""

from __future__ import annotations

from flext.quality.v1.event_service_pb2 import EventFilter, WatchEventsResponse
from flext.quality.v1.event_service_pb2_grpc import EventServiceStub
from flext_quality_client._async.transport import AsyncTransport
from flext_quality_client._async.wire import Stream
from flext_quality_client.events import LogCursor
from flext_quality_client.options import WatchOptions


class AsyncEvents:
    """The log of everything that happens."""

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
    ) -> Stream[WatchEventsResponse]:
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
