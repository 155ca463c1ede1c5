"""Opaque tokens that lead to the next page, and tell when they are used with another list."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json

from google.protobuf.message import Message

from flext_quality.domain.errors import InvalidPageTokenError

_NOT_PART_OF_THE_LIST = ("page_size", "page_token", "resume_token")


def make_token(request: Message, cursor: str) -> str:
    """The token for what follows `cursor` in the list that `request` asks for; empty for no cursor."""
    if not cursor:
        return ""
    text = json.dumps([cursor, _seal(request, cursor)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_token(request: Message, field: str) -> str:
    """The cursor in the token that the request's `field` holds; empty for an empty token.

    Raises:
        InvalidPageTokenError: it is not a token that `make_token` made for this list.
    """
    token: str = getattr(request, field)
    if not token:
        return ""
    try:
        cursor, seal = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError, binascii.Error):
        raise InvalidPageTokenError(field) from None
    if not isinstance(cursor, str) or seal != _seal(request, cursor):
        raise InvalidPageTokenError(field)
    return cursor


def _seal(request: Message, cursor: str) -> str:
    """A digest of the list and the cursor. It finds mix-ups; it is no secret."""
    asked = type(request)()
    asked.CopyFrom(request)
    for name in _NOT_PART_OF_THE_LIST:
        if name in asked.DESCRIPTOR.fields_by_name:
            asked.ClearField(name)
    text = asked.DESCRIPTOR.full_name.encode() + asked.SerializeToString(deterministic=True)
    return hashlib.sha256(text + b"\0" + cursor.encode()).hexdigest()[:16]
