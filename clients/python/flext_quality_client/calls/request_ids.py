"""Ids of requests, by which the server knows a repeated call again."""

from __future__ import annotations

import uuid

from google.protobuf.message import Message


def ensure_request_id(request: object) -> bool:
    """Gives the request a new id if it takes one and has none; whether it may be sent twice for that."""
    if not isinstance(request, Message) or "request_id" not in request.DESCRIPTOR.fields_by_name:
        return False
    if not getattr(request, "request_id"):  # noqa: B009  # only some messages have it
        setattr(request, "request_id", str(uuid.uuid4()))  # noqa: B010
    return True
