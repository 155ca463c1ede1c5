"""Events of everything to protobuf."""

from __future__ import annotations

from typing import cast

from flext.quality.v1 import event_service_pb2 as service_pb
from flext.quality.v1 import quality_event_pb2 as pb
from flext_quality.application.events.watch_events import WantedEvents, WatchedEvent
from flext_quality.domain.event import AggregateType
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.domain.identifiers import ProjectName
from flext_quality.rpc.analyses.event_mapping import event_to_proto
from flext_quality.rpc.event_payload import with_payload
from flext_quality.rpc.values_mapping import heartbeat


def quality_event_to_proto(event: AnyEvent) -> pb.QualityEvent:
    """The message of any event."""
    message = pb.QualityEvent(
        id=event.id,
        subject=event.subject,
        aggregate_type=cast("pb.AggregateType", event.aggregate_type),
    )
    match event.aggregate_type:
        case AggregateType.ANALYSIS:
            message.analysis_event.CopyFrom(event_to_proto(event))
        case AggregateType.PROJECT:
            message.project_event.CopyFrom(project_event_to_proto(event))
        case AggregateType.DEPENDENCY:
            message.dependency_event.CopyFrom(_dependency_event(event))
    return message


def project_event_to_proto(event: AnyEvent) -> pb.ProjectEvent:
    """The message of a project's event."""
    message = cast("pb.ProjectEvent", with_payload(pb.ProjectEvent, event.payload))
    message.sequence = event.sequence
    message.time.FromDatetime(event.time)
    return message


def _dependency_event(event: AnyEvent) -> pb.DependencyEvent:
    message = cast("pb.DependencyEvent", with_payload(pb.DependencyEvent, event.payload))
    message.sequence = event.sequence
    message.time.FromDatetime(event.time)
    return message


def wanted_from_proto(request: service_pb.WatchEventsRequest) -> WantedEvents:
    """What a request asks for.

    Raises:
        InvalidFieldError: it names an unknown type of event, or its parent is no project's name.
    """
    if request.parent:
        ProjectName.parse(request.parent, "parent")
    return WantedEvents(
        request.parent,
        frozenset(AggregateType(kind) for kind in request.filter.aggregate_types),
        frozenset(request.filter.event_types),
    )


def watched_event_to_proto(told: WatchedEvent) -> service_pb.WatchEventsResponse:
    """What a watcher is told: an event or a heartbeat."""
    if told.event is None:
        return service_pb.WatchEventsResponse(cursor=told.cursor, heartbeat=heartbeat())
    return service_pb.WatchEventsResponse(
        cursor=told.cursor, quality_event=quality_event_to_proto(told.event)
    )
