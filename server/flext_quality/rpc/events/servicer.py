"""EventService."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import grpc

from flext.quality.v1 import event_service_pb2 as pb
from flext.quality.v1 import event_service_pb2_grpc as pb_grpc
from flext_quality.application.events.watch_events import WatchEvents
from flext_quality.rpc.events.mapping import wanted_from_proto, watched_event_to_proto


@dataclass(frozen=True)
class EventServicer(pb_grpc.EventServiceServicer):
    """Decodes, calls the use case, encodes."""

    watch_events: WatchEvents

    async def WatchEvents(
        self,
        request: pb.WatchEventsRequest,
        context: grpc.aio.ServicerContext[pb.WatchEventsRequest, pb.WatchEventsResponse],
    ) -> AsyncIterator[pb.WatchEventsResponse]:
        """See the contract."""
        await context.send_initial_metadata(())
        interval: timedelta | None = None
        if request.HasField("heartbeat_interval"):
            interval = request.heartbeat_interval.ToTimedelta()
        told = self.watch_events(
            wanted_from_proto(request),
            after=request.after_cursor if request.HasField("after_cursor") else None,
            heartbeat=interval,
            until_now=request.until_now,
        )
        async for one in told:
            yield watched_event_to_proto(one)
