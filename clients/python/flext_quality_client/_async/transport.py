"""Makes calls: ids, deadlines, repeats, pages, resuming, errors."""

from __future__ import annotations

import uuid
from typing import Protocol, TypeVar

import grpc

from flext_quality_client._async.wire import (
    Channel,
    Item,
    Request,
    Response,
    Stream,
    StreamMethod,
    UnaryMethod,
    end,
    sleep,
)
from flext_quality_client.calls.cursors import Cursor
from flext_quality_client.calls.patience import CallPatience, StreamPatience
from flext_quality_client.calls.request_ids import ensure_request_id
from flext_quality_client.calls.status import CORRELATION_ID, error_from_call
from flext_quality_client.options import ClientOptions


class PagedRequest(Protocol):
    """The request of a list, page by page."""

    page_token: str


class Page(Protocol):
    """A page of a list."""

    @property
    def next_page_token(self) -> str:
        """Asks for the next page; empty on the last one."""
        ...


PagedRequestT = TypeVar("PagedRequestT", bound=PagedRequest)
PageT = TypeVar("PageT", bound=Page)


class AsyncTransport:
    """Calls over one channel."""

    def __init__(self, channel: Channel, options: ClientOptions) -> None:
        self.channel = channel
        self._options = options

    async def unary(
        self, method: UnaryMethod[Request, Response], request: Request, *, repeatable: bool = True
    ) -> Response:
        """The answer to one call, which is tried again while the server is UNAVAILABLE.

        Pass `repeatable=False` where a second call answers differently if the first got through, unless the
        request takes an id.

        Raises:
            QualityError: what went wrong at the last try.
        """
        correlation_id = self._new_correlation_id()
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
            await sleep(delay)

    async def pages(
        self, method: UnaryMethod[PagedRequestT, PageT], request: PagedRequestT
    ) -> Stream[PageT]:
        """All pages of a list, each fetched when it is asked for."""
        while True:
            page = await self.unary(method, request)
            yield page
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def stream(
        self, method: StreamMethod[Request, Response], cursor: Cursor[Request, Response, Item]
    ) -> Stream[Item]:
        """All items after the cursor's place, across broken connections.

        Raises:
            QualityError: what went wrong, if resuming would not or did not help.
        """
        correlation_id = self._new_correlation_id()
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
                end(call)
            cursor.interrupted(error)
            await sleep(delay)

    def _new_correlation_id(self) -> str:
        """The id of one call, which its repeats share."""
        return self._options.correlation_id or uuid.uuid4().hex
