"""Gives every call an id that all its log lines and events carry."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from google.protobuf.message import Message

from flext_quality.application.correlation import acceptable, correlate
from flext_quality.rpc.interceptors.around import AroundCall, Context

CORRELATION_ID = "x-correlation-id"


class CorrelationInterceptor(AroundCall):
    """Takes the id from the call's metadata, or makes one, and returns it in the trailing metadata.

    An id that is not 1 to 128 printable ASCII characters is replaced.
    """

    @asynccontextmanager
    async def around(self, method: str, request: Message, context: Context) -> AsyncIterator[None]:
        """Binds the id to everything that is logged and stored within."""
        given = [v for key, v in context.invocation_metadata() or () if key == CORRELATION_ID]
        correlation_id = acceptable(given[0] if given else "")
        context.set_trailing_metadata(((CORRELATION_ID, correlation_id),))
        # For good: each call is a task of its own, and a stream may be closed by another one.
        correlate(correlation_id)
        yield
