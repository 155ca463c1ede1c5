"""Events of everything to protobuf."""

from __future__ import annotations

from functools import singledispatch
from typing import cast

from flext.quality.v1 import event_service_pb2 as service_pb
from flext.quality.v1 import issue_pb2, quality_gate_pb2
from flext.quality.v1 import quality_event_pb2 as pb
from flext_quality.application.events.watch_events import WantedEvents, WatchedEvent
from flext_quality.domain.event import AggregateType
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.domain.events.dependencies import BreakerState, CircuitBreakerChanged
from flext_quality.domain.gates.events import QualityGateChanged, ThresholdViolated
from flext_quality.domain.projects.events import (
    ChannelDisabled,
    IssuesTriaged,
    ProjectCreated,
    ProjectDeleted,
    ProjectUpdated,
    QualityGateUpdated,
)
from flext_quality.rpc.analyses.event_mapping import event_to_proto
from flext_quality.rpc.gates.mapping import condition_to_proto

_CIRCUIT_STATES = {
    BreakerState.CLOSED: pb.CIRCUIT_STATE_CLOSED,
    BreakerState.OPEN: pb.CIRCUIT_STATE_OPEN,
    BreakerState.HALF_OPEN: pb.CIRCUIT_STATE_HALF_OPEN,
}


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
    message = _kind(event.payload)
    message.sequence = event.sequence
    message.time.FromDatetime(event.time)
    return message


def _dependency_event(event: AnyEvent) -> pb.DependencyEvent:
    what = event.payload
    if not isinstance(what, CircuitBreakerChanged):
        raise TypeError(f"not a dependency's event: {what!r}")
    message = pb.DependencyEvent(
        sequence=event.sequence,
        circuit_breaker_changed=pb.CircuitBreakerChanged(
            dependency=what.dependency,
            before=_CIRCUIT_STATES[what.before],
            after=_CIRCUIT_STATES[what.after],
            server=what.server,
        ),
    )
    message.time.FromDatetime(event.time)
    return message


def wanted_from_proto(wanted: service_pb.EventFilter) -> WantedEvents:
    """What a filter asks for.

    Raises:
        InvalidFieldError: it names an unknown type of event.
    """
    return WantedEvents(
        wanted.project,
        frozenset(AggregateType(kind) for kind in wanted.aggregate_types),
        frozenset(wanted.event_types),
    )


def watched_event_to_proto(told: WatchedEvent) -> service_pb.WatchEventsResponse:
    """What a watcher is told; a heartbeat has the time of now."""
    response = service_pb.WatchEventsResponse(cursor=told.cursor)
    if told.event is None:
        response.heartbeat.time.GetCurrentTime()
    else:
        response.event.CopyFrom(quality_event_to_proto(told.event))
    return response


@singledispatch
def _kind(what: object) -> pb.ProjectEvent:
    """An event message that holds only what happened."""
    raise TypeError(f"not a project's event: {what!r}")


@_kind.register
def _(what: ProjectCreated) -> pb.ProjectEvent:
    return pb.ProjectEvent(project_created=pb.ProjectCreated(display_name=what.display_name))


@_kind.register
def _(what: ProjectUpdated) -> pb.ProjectEvent:
    return pb.ProjectEvent(project_updated=pb.ProjectUpdated(fields=what.fields))


@_kind.register
def _(_: ProjectDeleted) -> pb.ProjectEvent:
    return pb.ProjectEvent(project_deleted=pb.ProjectDeleted())


@_kind.register
def _(what: QualityGateUpdated) -> pb.ProjectEvent:
    return pb.ProjectEvent(quality_gate_updated=pb.QualityGateUpdated(is_default=what.is_default))


@_kind.register
def _(what: QualityGateChanged) -> pb.ProjectEvent:
    return pb.ProjectEvent(
        quality_gate_changed=pb.QualityGateChanged(
            analysis=str(what.analysis),
            branch=what.branch,
            before=cast("quality_gate_pb2.GateStatus", what.before or 0),
            after=cast("quality_gate_pb2.GateStatus", what.after),
            message=what.message,
        )
    )


@_kind.register
def _(what: ThresholdViolated) -> pb.ProjectEvent:
    return pb.ProjectEvent(
        threshold_violated=pb.ThresholdViolated(
            analysis=str(what.analysis),
            branch=what.branch,
            condition=condition_to_proto(what.condition),
            value=what.value,
            message=what.message,
        )
    )


@_kind.register
def _(what: IssuesTriaged) -> pb.ProjectEvent:
    return pb.ProjectEvent(
        issues_triaged=pb.IssuesTriaged(
            status=cast("issue_pb2.IssueStatus", what.status),
            count=what.count,
            author=what.author,
            reason=what.reason,
            issues=[str(name) for name in what.issues],
        )
    )


@_kind.register
def _(what: ChannelDisabled) -> pb.ProjectEvent:
    return pb.ProjectEvent(
        channel_disabled=pb.ChannelDisabled(
            channel=what.channel, display_name=what.display_name, reason=what.reason
        )
    )
