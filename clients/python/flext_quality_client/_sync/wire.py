"""What makes this half synchronous: its channel, its streams, its sleep. `_async` has the same names."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any, ParamSpec, TypeAlias, TypeVar

import grpc

from flext_quality_client.options import ClientOptions, channel_arguments

Request = TypeVar("Request")
Response = TypeVar("Response")
Item = TypeVar("Item")
Arguments = ParamSpec("Arguments")

Stream: TypeAlias = Generator[Item, None, None]
"""Items as they come. Whoever leaves a loop over them early may close it, which ends the call."""

Channel: TypeAlias = grpc.Channel
UnaryMethod: TypeAlias = "grpc.UnaryUnaryMultiCallable[Request, Response]"
StreamMethod: TypeAlias = "grpc.UnaryStreamMultiCallable[Request, Response]"

sleep = time.sleep


def in_thread(
    blocking: Callable[Arguments, Response], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Response:
    """Runs what blocks where it is called from, which is this half's own thread."""
    return blocking(*args, **kwargs)


def open_channel(
    target: str, credentials: grpc.ChannelCredentials | None, options: ClientOptions
) -> Channel:
    """A channel to `target`: in plain text without credentials, its calls spans if tracing is wanted."""
    arguments = channel_arguments(target)
    if credentials is None:
        channel = grpc.insecure_channel(target, arguments)
    else:
        channel = grpc.secure_channel(target, credentials, arguments)
    return _traced(channel) if options.tracing else channel


def end(call: Any) -> None:
    """Ends a stream's call, whether or not it has ended by itself."""
    # A traced call is a generator, which lets go of the call when it is closed.
    call.close() if isinstance(call, Generator) else call.cancel()


def _traced(channel: grpc.Channel) -> grpc.Channel:
    from opentelemetry.instrumentation.grpc import client_interceptor  # noqa: PLC0415  # the extra
    from opentelemetry.instrumentation.grpc.grpcext import intercept_channel  # noqa: PLC0415

    make: Any = client_interceptor  # they have no types
    intercept: Any = intercept_channel
    intercepted: grpc.Channel = intercept(channel, make())
    return intercepted
