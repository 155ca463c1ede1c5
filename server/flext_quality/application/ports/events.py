"""Events that go out to a message broker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from flext_quality.domain.events.catalog import AnyEvent


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """An event as it leaves the service.

    Attributes:
        id: no other event has it; who gets an event twice knows it by that.
        type: what happened, with the version of the contract.
        subject: to what: the resource name of a project or an analysis.
        sequence: its place among the subject's events, from 1 without a gap.
        aggregate: the kind of thing that the subject is, which is a topic of its own.
        schema: names the JSON Schema of `data`.
        data: the event's values, as JSON.
        correlation_id: of the call, or of the job's run, that caused it.
        traceparent: W3C Trace Context, of the call that asked for the analysis; else empty.
    """

    id: str
    type: str
    subject: str
    sequence: int
    aggregate: str
    time: datetime
    schema: str
    data: Mapping[str, Any]
    correlation_id: str = ""
    traceparent: str = ""


class EventRenderer(Protocol):
    """Gives events the form in which they leave the service."""

    def render(self, event: AnyEvent) -> PublicEvent:
        """The event in the contract's words; nothing in it is for the service alone."""
        ...


class EventPublisher(Protocol):
    """Hands events over to a message broker."""

    async def publish(self, events: Sequence[PublicEvent], seconds: float) -> int:
        """Publishes events in order; how many of the first the broker has confirmed, at least one.

        What was not confirmed may have been published nevertheless, but then everything before it was.
        Takes about `seconds` at most.

        Raises:
            BrokerUnavailableError: none was confirmed.
        """
        ...

    async def close(self) -> None:
        """Ends the connection."""
        ...
