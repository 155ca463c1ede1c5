"""Spans for a client's calls. Needs the extra "tracing"; imported by who asks for it only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import grpc
import grpc.aio


def traced(channel: grpc.Channel) -> grpc.Channel:
    """The channel, whose calls are spans of the current trace and tell the server of it."""
    from opentelemetry.instrumentation.grpc import client_interceptor  # noqa: PLC0415  # the extra
    from opentelemetry.instrumentation.grpc.grpcext import intercept_channel  # noqa: PLC0415

    make: Any = client_interceptor  # they have no types
    intercept: Any = intercept_channel
    intercepted: grpc.Channel = intercept(channel, make())
    return intercepted


def tracing_interceptors() -> Sequence[grpc.aio.ClientInterceptor]:
    """Interceptors that do the same with an asyncio channel."""
    from opentelemetry.instrumentation.grpc import aio_client_interceptors  # noqa: PLC0415

    make: Any = aio_client_interceptors
    interceptors: Sequence[grpc.aio.ClientInterceptor] = make()
    return interceptors
