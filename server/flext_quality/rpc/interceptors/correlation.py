"""Gives every call an id that all its log lines carry."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from google.protobuf.message import Message

from flext_quality.rpc.interceptors.around import AroundCall, Context

CORRELATION_ID = "x-correlation-id"
_ACCEPTABLE = re.compile(r"[!-~]{1,128}")


class CorrelationInterceptor(AroundCall):
    """Takes the id from the call's metadata, or makes one, and returns it in the trailing metadata.

    An id that is not 1 to 128 printable ASCII characters is replaced.
    """

    @asynccontextmanager
    async def around(self, method: str, request: Message, context: Context) -> AsyncIterator[None]:
        """Binds the id to everything that is logged within."""
        correlation_id = _given(context) or uuid.uuid4().hex
        context.set_trailing_metadata(((CORRELATION_ID, correlation_id),))
        structlog.contextvars.bind_contextvars(correlation_id=correlation_id)
        yield


def _given(context: Context) -> str:
    for key, value in context.invocation_metadata() or ():
        if key == CORRELATION_ID and isinstance(value, str) and _ACCEPTABLE.fullmatch(value):
            return value
    return ""
