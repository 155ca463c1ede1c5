"""The frame of our interceptors: something to do around every call, unary or streaming."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

import grpc
from google.protobuf.message import Message

# In quotes: these classes are generic in their stubs only.
Context: TypeAlias = "grpc.aio.ServicerContext[Message, Message]"
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


_OURS = "/flext.quality."


def is_ours(method: str) -> bool:
    """Whether "/package.Service/Method" is of our contract; health and reflection come from gRPC itself."""
    return method.startswith(_OURS)


class AroundCall(grpc.aio.ServerInterceptor):
    """Wraps the handler of each method of our services once and keeps it."""

    def __init__(self) -> None:
        self._wrapped: dict[str, Handler] = {}

    @abstractmethod
    def around(
        self, method: str, request: Message, context: Context
    ) -> AbstractAsyncContextManager[None]:
        """What is done before and after a call, and about its exceptions.

        `method` is "/package.Service/Method".
        """

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        """The wrapped handler; none for a method that nobody serves."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        if handler is None or not is_ours(method):
            return handler
        wrapped = self._wrapped.get(method)
        if wrapped is None:
            wrapped = self._wrapped[method] = self._wrap(method, handler)
        return wrapped

    def _wrap(self, method: str, handler: Handler) -> Handler:
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                self._stream(method, handler.unary_stream),
                request_deserializer=handler.request_deserializer,
                response_serializer=handler.response_serializer,
            )
        return grpc.unary_unary_rpc_method_handler(
            self._unary(method, handler.unary_unary),
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )

    def _unary(self, method: str, behavior: Any) -> Any:
        async def call(request: Message, context: Context) -> Any:
            async with self.around(method, request, context):
                return await behavior(request, context)

        return call

    def _stream(self, method: str, behavior: Any) -> Any:
        async def call(request: Message, context: Context) -> AsyncIterator[Any]:
            async with self.around(method, request, context):
                async for response in behavior(request, context):
                    yield response

        return call
