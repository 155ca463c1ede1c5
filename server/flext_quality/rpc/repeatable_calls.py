"""Calls that clients may repeat, from their requests."""

from __future__ import annotations

import hashlib

from google.protobuf.message import Message

from flext_quality.application.idempotency import RepeatableCall
from flext_quality.domain.identifiers import ProjectName


def call_of(request: Message, request_id: str, parent: ProjectName) -> RepeatableCall:
    """The call that a request is, of the method that the request is named after.

    Raises:
        InvalidFieldError: the id is none.
    """
    rest = type(request)()
    rest.CopyFrom(request)
    rest.ClearField("request_id")
    asked = hashlib.sha256(rest.SerializeToString(deterministic=True)).hexdigest()
    method = type(request).__name__.removesuffix("Request")
    return RepeatableCall(method, parent, request_id, asked)
