"""A span for each call that is traced. Imported by who traces only."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from opentelemetry.instrumentation.grpc import aio_server_interceptor
from opentelemetry.trace import TracerProvider

from flext_quality.rpc.interceptors.around import Handler, is_ours

_TRACEPARENT = "traceparent"


class TracingInterceptor(grpc.aio.ServerInterceptor):
    """Goes on with the caller's trace, or begins one for a share of the other calls.

    The share is taken here, before the library does anything: it takes as much time for a trace that is not
    kept as for one that is. Calls of health and reflection are never traced.
    """

    def __init__(self, provider: TracerProvider, ratio: float) -> None:
        make: Any = aio_server_interceptor  # it has no types
        self._library: grpc.aio.ServerInterceptor = make(provider)
        self._ratio = ratio

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """The handler with a span around it, or as it is."""
        if not is_ours(handler_call_details.method) or not self._is_traced(handler_call_details):
            return await continuation(handler_call_details)
        work: Any = continuation
        return await self._library.intercept_service(work, handler_call_details)

    def _is_traced(self, call: grpc.HandlerCallDetails) -> bool:
        if random.random() < self._ratio:  # noqa: S311  # nothing is to be kept secret
            return True
        return any(key == _TRACEPARENT for key, _ in call.invocation_metadata)
