"""Times as they are sent."""

from __future__ import annotations

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp


def timestamp(time: datetime | None) -> Timestamp | None:
    """The time as it is sent; None stays unset.

    Raises:
        ValueError: it has no zone, so nobody knows which moment is meant.
    """
    if time is None:
        return None
    if time.tzinfo is None:
        raise ValueError(f"a time without its zone: {time.isoformat()}")
    message = Timestamp()
    message.FromDatetime(time)
    return message
