"""Publishes events as CloudEvents 1.0.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md, in the structured mode of
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from flext_quality.application.ports.events import PublicEvent
from flext_quality.infrastructure.events.broker import Broker, Message

_HEADROOM = 1024
"""Bytes of a message that a broker may want for itself."""


def cloud_event(event: PublicEvent, source: str, *, with_data: bool = True) -> bytes:
    """The event as JSON.

    Without its data it says where they are: see
    https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/dataref.md.
    """
    attributes: dict[str, Any] = {
        "id": event.id,
        "source": source,
        "type": event.type,
        "specversion": "1.0",
        "subject": event.subject,
        "time": event.time,
        "datacontenttype": "application/json",
        "dataschema": event.schema,
        # https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/sequence.md: as text, and of
        # a width that sorts.
        "sequence": f"{event.sequence:019}",
        # Whoever splits a topic keeps a subject's events together by it.
        "partitionkey": event.subject,
    }
    if event.correlation_id:
        # https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/correlation.md
        attributes["correlationid"] = event.correlation_id
    if event.traceparent:
        attributes["traceparent"] = event.traceparent
    if not with_data:
        attributes["dataref"] = f"{event.subject}#{event.sequence}"
    return JSONFormat().write(CloudEvent(attributes, dict(event.data) if with_data else None))


class EventPublisherAdapter:
    """The port `EventPublisher` on a broker: each kind of aggregate has a topic, `{prefix}.{kind}`."""

    def __init__(self, broker: Broker, *, prefix: str, source: str) -> None:
        self._broker = broker
        self._prefix = prefix
        self._source = source

    async def publish(self, events: Sequence[PublicEvent], seconds: float) -> int:
        """Publishes; how many are confirmed. One that is too long for the broker goes without its data."""
        longest = await self._broker.max_bytes()
        messages = [self._message(event, longest) for event in events]
        return await self._broker.send(messages, seconds)

    async def close(self) -> None:
        """Ends the connection."""
        await self._broker.close()

    def _message(self, event: PublicEvent, longest: int | None) -> Message:
        body = cloud_event(event, self._source)
        if longest is not None and len(body) > longest - _HEADROOM:
            body = cloud_event(event, self._source, with_data=False)
        return Message(f"{self._prefix}.{event.aggregate}", event.id, body)
