from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest

from flext.quality.v1 import quality_event_pb2 as pb
from flext_quality.domain.analyses.events import AttemptStarted
from flext_quality.domain.event import AggregateType, Event
from flext_quality.domain.events.dependencies import BreakerState, CircuitBreakerChanged
from flext_quality.domain.gates.events import QualityGateChanged, ThresholdViolated
from flext_quality.domain.gates.quality_gate import (
    GateCondition,
    GateOperator,
    GateScope,
    GateStatus,
)
from flext_quality.domain.identifiers import AnalysisName, IssueName
from flext_quality.domain.issues.issue import IssueStatus
from flext_quality.domain.projects.events import (
    IssuesTriaged,
    NotificationChannelDisabled,
    ProjectCreated,
    ProjectDeleted,
    ProjectEventPayload,
    ProjectUpdated,
    QualityGateUpdated,
)
from flext_quality.rpc.events.mapping import project_event_to_proto, quality_event_to_proto

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
NAME = AnalysisName("shop", "0" * 26)
CONDITION = GateCondition("coverage", GateOperator.AT_LEAST, 80.0, GateScope.OVERALL)
SAMPLES: dict[type[ProjectEventPayload], ProjectEventPayload] = {
    type(what): what
    for what in (
        ProjectCreated("Shop"),
        ProjectUpdated(("display_name",)),
        ProjectDeleted(),
        QualityGateUpdated(True),
        QualityGateChanged(NAME, "b", GateStatus.PASSED, GateStatus.FAILED, "worse"),
        ThresholdViolated(NAME, "b", CONDITION, 79.5, "too little"),
        IssuesTriaged(IssueStatus.ACCEPTED, 1, "ada", "known", (IssueName("shop", "1" * 26),)),
        NotificationChannelDisabled("projects/shop/channels/" + "2" * 26, "team", "it answers 500"),
    )
}

BREAKER = CircuitBreakerChanged("redis", BreakerState.CLOSED, BreakerState.OPEN, "3" * 26)


def test_a_dependency_s_event_has_its_message() -> None:
    """No field of it is lost on the way to a client."""
    whole = quality_event_to_proto(Event("dependencies/redis", 2, NOW, BREAKER))
    assert (whole.id, whole.subject) == ("dependencies/redis/2", "dependencies/redis")
    assert whole.aggregate_type == pb.AGGREGATE_TYPE_DEPENDENCY
    message = whole.dependency_event
    assert (message.sequence, message.time.ToDatetime(UTC)) == (2, NOW)
    assert message.circuit_breaker_changed == pb.CircuitBreakerChanged(
        dependency="redis",
        before=pb.CIRCUIT_STATE_CLOSED,
        after=pb.CIRCUIT_STATE_OPEN,
        server="3" * 26,
    )
    with pytest.raises(TypeError, match="has no kind"):
        quality_event_to_proto(Event("dependencies/redis", 1, NOW, ProjectDeleted()))


@pytest.mark.parametrize("kind", get_args(ProjectEventPayload), ids=lambda k: k.__name__)
def test_every_event_of_a_project_has_its_message(kind: type[ProjectEventPayload]) -> None:
    """No field of an event is lost on the way to a client."""
    whole = quality_event_to_proto(Event("projects/shop", 7, NOW, SAMPLES[kind]))
    assert (whole.id, whole.subject) == ("projects/shop/7", "projects/shop")
    assert whole.aggregate_type == pb.AGGREGATE_TYPE_PROJECT
    message = whole.project_event
    assert message.sequence == 7
    assert message.time.ToDatetime(UTC) == NOW
    field = message.WhichOneof("kind")
    assert field is not None
    told = getattr(message, field)
    assert type(told).__name__ == kind.__name__
    public = {"channel": "notification_channel"}
    expected = {public.get(name, name) for name in kind.__slots__}
    assert expected == {f.name for f, _ in told.ListFields()}


def test_the_contract_has_no_event_that_the_domain_lacks() -> None:
    """The two lists are the same."""
    fields = pb.ProjectEvent.DESCRIPTOR.oneofs_by_name["kind"].fields
    kinds = {field.message_type.name for field in fields if field.message_type}
    assert kinds == {kind.__name__ for kind in get_args(ProjectEventPayload)}


def test_a_branch_s_first_gate_had_no_status_before() -> None:
    """It is UNSPECIFIED."""
    first = QualityGateChanged(NAME, "", None, GateStatus.PASSED, "good")
    message = project_event_to_proto(Event("projects/shop", 1, NOW, first))
    assert message.quality_gate_changed.before == 0


def test_an_event_of_an_analysis_is_none_of_a_project() -> None:
    """It would be a bug, and is told as one."""
    with pytest.raises(TypeError, match="has no kind"):
        project_event_to_proto(Event("projects/shop", 1, NOW, AttemptStarted(1)))


def test_the_kinds_of_things_have_the_contract_s_numbers() -> None:
    """They are sent by number."""
    expected = {name: number for name, number in pb.AggregateType.items() if number}
    assert {f"AGGREGATE_TYPE_{kind.name}": kind.value for kind in AggregateType} == expected
