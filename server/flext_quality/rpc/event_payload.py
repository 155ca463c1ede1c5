"""What an event says, to protobuf: by the names of its fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import IntEnum
from functools import cache
from typing import Any

from google.protobuf.message import Message

from flext.quality.v1 import quality_event_pb2
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.events.dependencies import BreakerState
from flext_quality.domain.findings.finding import Finding, SeverityCounts
from flext_quality.domain.findings.outcome import AnalyzerOutcome
from flext_quality.domain.gates.quality_gate import GateCondition, GateResult
from flext_quality.domain.identifiers import AnalysisName, IssueName
from flext_quality.domain.issues.issue import IssueCounts
from flext_quality.domain.metrics.score import Score
from flext_quality.domain.projects.events import NotificationChannelDisabled
from flext_quality.rpc.analyses.mapping import analysis_to_proto, outcome_to_proto
from flext_quality.rpc.findings.mapping import finding_to_proto
from flext_quality.rpc.gates.mapping import condition_to_proto, gate_result_to_proto
from flext_quality.rpc.issues.mapping import issue_counts_to_proto
from flext_quality.rpc.metrics.score_mapping import score_to_proto
from flext_quality.rpc.values_mapping import severity_counts

_CIRCUIT_STATES = {
    BreakerState.CLOSED: quality_event_pb2.CIRCUIT_STATE_CLOSED,
    BreakerState.OPEN: quality_event_pb2.CIRCUIT_STATE_OPEN,
    BreakerState.HALF_OPEN: quality_event_pb2.CIRCUIT_STATE_HALF_OPEN,
}

_CONVERTERS: Mapping[type, Callable[[Any], object]] = {
    Analysis: analysis_to_proto,
    AnalysisName: str,
    AnalyzerOutcome: outcome_to_proto,
    BreakerState: _CIRCUIT_STATES.__getitem__,
    Finding: finding_to_proto,
    GateCondition: condition_to_proto,
    GateResult: gate_result_to_proto,
    IssueCounts: issue_counts_to_proto,
    IssueName: str,
    Score: score_to_proto,
    SeverityCounts: severity_counts,
}
"""How values that protobuf does not know become those of the contract."""


_PUBLIC_NAMES: Mapping[tuple[type, str], str] = {
    (NotificationChannelDisabled, "channel"): "notification_channel",
}
"""Fields that the contract calls otherwise than what is stored of the event."""


def with_payload(message: type[Message], payload: object) -> Message:
    """An event message that holds only what happened: the kind that is called like the payload's class.

    Raises:
        TypeError: the message has no such kind.
    """
    name = _snake(type(payload).__name__)
    kind = message.DESCRIPTOR.fields_by_name.get(name)
    if kind is None or kind.message_type is None:
        raise TypeError(f"{message.DESCRIPTOR.name} has no kind for {payload!r}")
    event = message()
    told = getattr(event, name)
    told.SetInParent()
    for field in fields(payload):  # type: ignore[arg-type]  # payloads are dataclasses
        public = _PUBLIC_NAMES.get((type(payload), field.name), field.name)
        _put(told, public, _value(getattr(payload, field.name)))
    return event


def _put(message: Message, name: str, value: object) -> None:
    if isinstance(value, Message):
        getattr(message, name).CopyFrom(value)
    elif isinstance(value, list):
        getattr(message, name).extend(value)
    elif value is not None:
        setattr(message, name, value)


def _value(value: object) -> object:
    if isinstance(value, tuple):
        return [_value(each) for each in value]
    convert = _CONVERTERS.get(type(value))
    if convert is not None:
        return convert(value)
    return int(value) if isinstance(value, IntEnum) else value


@cache
def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
