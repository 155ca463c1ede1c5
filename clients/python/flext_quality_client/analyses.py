"""Where the watch of an analysis stands."""

from __future__ import annotations

from collections.abc import Iterable

from flext.quality.v1.analysis_event_pb2 import AnalysisEvent
from flext.quality.v1.analysis_service_pb2 import WatchAnalysisRequest, WatchAnalysisResponse
from flext_quality_client.calls.cursors import heartbeat_interval, tell
from flext_quality_client.errors import ProtocolError, QualityError
from flext_quality_client.options import WatchOptions


class EventCursor:
    """A place in an analysis's events, which are numbered without a gap.

    Attributes:
        after_sequence: the sequence of the last event that was given out.
    """

    def __init__(self, name: str, after_sequence: int, options: WatchOptions) -> None:
        self._name = name
        self._options = options
        self.after_sequence = after_sequence
        self.done = False

    @property
    def request(self) -> WatchAnalysisRequest:
        """Asks for the events after the last one, with heartbeats."""
        return WatchAnalysisRequest(
            name=self._name,
            after_sequence=self.after_sequence,
            heartbeat_interval=heartbeat_interval(self._options),
        )

    def take(self, response: WatchAnalysisResponse) -> Iterable[AnalysisEvent]:
        """The message's event, if it has one that was not given out before."""
        match response.WhichOneof("kind"):
            case "heartbeat":
                tell(self._options.on_heartbeat, response.heartbeat)
            case "analysis_event" if response.analysis_event.sequence > self.after_sequence:
                return (self._next(response.analysis_event),)
            case _:
                # An event that came before, or a kind of message that is newer than this client.
                pass
        return ()

    def interrupted(self, error: QualityError) -> None:
        """Tells the watcher."""
        tell(self._options.on_interruption, error)

    def _next(self, event: AnalysisEvent) -> AnalysisEvent:
        expected = self.after_sequence + 1
        if event.sequence != expected:
            raise ProtocolError(
                f"the events of {self._name} have a gap: {event.sequence} came, not {expected}"
            )
        self.after_sequence = expected
        self.done = event.WhichOneof("kind") == "analysis_finished"
        return event
