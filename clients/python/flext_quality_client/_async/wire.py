"""What makes this half asynchronous: its channel, its streams, its sleep. `_sync` has the same names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any, TypeAlias, TypeVar

import grpc
import grpc.aio

from flext_quality_client.options import ClientOptions, channel_arguments

Request = TypeVar("Request")
Response = TypeVar("Response")
Item = TypeVar("Item")

Stream: TypeAlias = AsyncGenerator[Item, None]
"""Items as they come. Whoever leaves a loop over them early closes it with `contextlib.aclosing`."""

Channel: TypeAlias = grpc.aio.Channel
UnaryMethod: TypeAlias = "grpc.aio.UnaryUnaryMultiCallable[Request, Response]"
StreamMethod: TypeAlias = "grpc.aio.UnaryStreamMultiCallable[Request, Response]"

sleep = asyncio.sleep
in_thread = asyncio.to_thread
"""Runs what blocks, such as writing a file."""


def open_channel(
    target: str, credentials: grpc.ChannelCredentials | None, options: ClientOptions
) -> Channel:
    """A channel to `target`: in plain text without credentials, its calls spans if tracing is wanted."""
    arguments = channel_arguments(target)
    spans = _tracing_interceptors() if options.tracing else None
    if credentials is None:
        return grpc.aio.insecure_channel(target, arguments, interceptors=spans)
    return grpc.aio.secure_channel(target, credentials, arguments, interceptors=spans)


def end(call: grpc.aio.UnaryStreamCall[Any, Any]) -> None:
    """Ends a stream's call, whether or not it has ended by itself."""
    call.cancel()


def _tracing_interceptors() -> Sequence[grpc.aio.ClientInterceptor]:
    from opentelemetry.instrumentation.grpc import aio_client_interceptors  # noqa: PLC0415  # the extra

    make: Any = aio_client_interceptors  # it has no types
    interceptors: Sequence[grpc.aio.ClientInterceptor] = make()
    return interceptors
