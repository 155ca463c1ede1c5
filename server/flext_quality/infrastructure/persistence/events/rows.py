"""Events as rows, and back."""

from __future__ import annotations

from sqlalchemy import RowMapping

from flext_quality.domain.event import Event
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.infrastructure.persistence.events import codec as event_codec
from flext_quality.infrastructure.persistence.rows import Values


def event_values(event: AnyEvent) -> Values:
    """An event's row, but for its id."""
    name, text = event_codec.encode(event.payload)
    return {
        "subject": event.subject,
        "sequence": event.sequence,
        "time": event.time,
        "type": name,
        "what": text,
        "correlation_id": event.correlation_id or None,
    }


def event_from(row: RowMapping) -> AnyEvent:
    """The event of a row."""
    what = event_codec.decode(row["type"], row["what"])
    cause = row["correlation_id"] or ""
    return Event(row["subject"], row["sequence"], row["time"], what, cause)
