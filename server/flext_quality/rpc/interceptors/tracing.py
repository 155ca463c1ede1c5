"""A span for each call. Imported by who traces only."""

from __future__ import annotations

from typing import Any

import grpc
from opentelemetry.instrumentation.grpc import aio_server_interceptor
from opentelemetry.trace import TracerProvider

from flext_quality.rpc.interceptors.around import is_ours


def tracing_interceptor(provider: TracerProvider) -> grpc.aio.ServerInterceptor:
    """Goes on with the caller's trace; calls of health and reflection are nobody's business."""
    make: Any = aio_server_interceptor  # it has no types
    interceptor: grpc.aio.ServerInterceptor = make(
        provider, filter_=lambda call: is_ours(call.method)
    )
    return interceptor
