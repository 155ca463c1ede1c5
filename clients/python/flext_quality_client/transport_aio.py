"""Makes calls on an asyncio channel: ids, deadlines, repeats, resuming, errors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import grpc
import grpc.aio

from flext_quality_client.cursors import Cursor
from flext_quality_client.options import ClientOptions
from flext_quality_client.patience import CallPatience, StreamPatience
from flext_quality_client.request_ids import ensure_request_id
from flext_quality_client.status import CORRELATION_ID, error_from_call
from flext_quality_client.transport import (
    Item,
    PagedRequestT,
    PageT,
    Request,
    Response,
    new_correlation_id,
)


class AsyncTransport:
    """Calls over one channel."""

    def __init__(self, channel: grpc.aio.Channel, options: ClientOptions) -> None:
        self.channel = channel
        self._options = options

    async def unary(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        *,
        repeatable: bool = True,
    ) -> Response:
        """As `Transport.unary`."""
        correlation_id = new_correlation_id(self._options)
        repeatable = ensure_request_id(request) or repeatable
        patience = CallPatience(self._options.max_attempts if repeatable else 1)
        while True:
            try:
                return await method(
                    request,
                    timeout=self._options.timeout,
                    metadata=((CORRELATION_ID, correlation_id),),
                )
            except grpc.RpcError as failed:
                delay = patience.delay_after(error_from_call(failed, correlation_id))
            await asyncio.sleep(delay)

    async def pages(
        self, method: grpc.aio.UnaryUnaryMultiCallable[PagedRequestT, PageT], request: PagedRequestT
    ) -> AsyncIterator[PageT]:
        """As `Transport.pages`."""
        while True:
            page = await self.unary(method, request)
            yield page
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def stream(
        self,
        method: grpc.aio.UnaryStreamMultiCallable[Request, Response],
        cursor: Cursor[Request, Response, Item],
    ) -> AsyncIterator[Item]:
        """As `Transport.stream`."""
        correlation_id = new_correlation_id(self._options)
        patience = StreamPatience(self._options.give_up_after)
        while True:
            call = method(cursor.request, metadata=((CORRELATION_ID, correlation_id),))
            try:
                async for response in call:
                    patience.progressed()
                    for item in cursor.take(response):
                        yield item
            except grpc.RpcError as failed:
                if cursor.done:
                    return
                error = error_from_call(failed, correlation_id)
                delay = patience.delay_after(error)
            else:
                return
            finally:
                call.cancel()
            cursor.interrupted(error)
            await asyncio.sleep(delay)
