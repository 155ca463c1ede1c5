"""Which events are wanted, and where a stream of them stands."""

from __future__ import annotations

from collections.abc import Iterable

from flext.quality.v1.event_service_pb2 import EventFilter, WatchEventsRequest, WatchEventsResponse
from flext.quality.v1.quality_event_pb2 import AggregateType
from flext_quality_client.calls.cursors import heartbeat_interval, tell
from flext_quality_client.errors import QualityError
from flext_quality_client.options import WatchOptions


def event_filter(
    *,
    aggregate_types: Iterable[AggregateType] = (),
    event_types: Iterable[str] = (),
) -> EventFilter:
    """Which events are wanted: those that everything given here lets pass."""
    return EventFilter(aggregate_types=aggregate_types, event_types=event_types)


class LogCursor:
    """A place in the log of everything that happens.

    Attributes:
        cursor: everything wanted up to it was given out; None before the server has told where it begins.
    """

    def __init__(
        self,
        after: int | None,
        wanted: EventFilter | None,
        options: WatchOptions,
        *,
        project: str,
        until_now: bool,
        heartbeats: bool,
    ) -> None:
        self._project = project
        self._wanted = wanted
        self._options = options
        self._until_now = until_now
        self._heartbeats = heartbeats
        self.cursor = after
        self.done = False

    @property
    def request(self) -> WatchEventsRequest:
        """Asks for what comes after the last message."""
        return WatchEventsRequest(
            parent=self._project,
            after_cursor=self.cursor,
            filter=self._wanted,
            until_now=self._until_now,
            heartbeat_interval=heartbeat_interval(self._options),
        )

    def take(self, response: WatchEventsResponse) -> Iterable[WatchEventsResponse]:
        """The message, if it has an event that was not given out before, or heartbeats are wanted."""
        is_new = self.cursor is None or response.cursor > self.cursor
        self.cursor = max(self.cursor or 0, response.cursor)
        match response.WhichOneof("kind"):
            case "quality_event" if is_new:
                return (response,)
            case "heartbeat" if self._heartbeats:
                return (response,)
            case _:
                return ()

    def interrupted(self, error: QualityError) -> None:
        """Tells the watcher."""
        tell(self._options.on_interruption, error)
