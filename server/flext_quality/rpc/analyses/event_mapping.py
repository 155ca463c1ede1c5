"""Events of analyses to protobuf."""

from __future__ import annotations

from collections import OrderedDict
from typing import cast

from flext.quality.v1 import analysis_event_pb2 as pb
from flext.quality.v1 import analysis_pb2, heartbeat_pb2
from flext.quality.v1 import analysis_service_pb2 as service_pb
from flext_quality.application.analyses.watch_analysis import Heartbeat
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.rpc.event_payload import with_payload
from flext_quality.rpc.values_mapping import heartbeat


def event_to_proto(event: AnyEvent) -> pb.AnalysisEvent:
    """The message of an analysis's event."""
    message = cast("pb.AnalysisEvent", with_payload(pb.AnalysisEvent, event.payload))
    message.sequence = event.sequence
    message.time.FromDatetime(event.time)
    return message


def heartbeat_to_proto(told: Heartbeat) -> service_pb.WatchAnalysisResponse:
    """The message of a heartbeat."""
    progress = heartbeat_pb2.AnalysisProgress(
        state=cast("analysis_pb2.AnalysisState", told.state),
        queue_position=told.queue_position,
        running_analyzers=told.running_analyzers,
    )
    return service_pb.WatchAnalysisResponse(heartbeat=heartbeat(progress))


class EventEncoder:
    """Encodes each event once, however many watchers it goes to.

    Keeps the last `capacity` encoded events: events never change once they are stored.
    """

    def __init__(self, capacity: int = 256) -> None:
        self._capacity = capacity
        self._encoded: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    def encode(self, event: AnyEvent) -> bytes:
        """The bytes of the WatchAnalysisResponse that tells the event."""
        key = (event.subject, event.sequence)
        encoded = self._encoded.get(key)
        if encoded is None:
            response = service_pb.WatchAnalysisResponse(analysis_event=event_to_proto(event))
            encoded = self._encoded[key] = response.SerializeToString()
            if len(self._encoded) > self._capacity:
                self._encoded.popitem(last=False)
        return encoded
