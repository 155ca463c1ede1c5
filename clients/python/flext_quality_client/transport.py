"""Makes calls on a synchronous channel: ids, deadlines, repeats, resuming, errors."""

from __future__ import annotations

import time
import uuid
from collections.abc import Generator, Iterator
from typing import Any, Protocol, TypeVar

import grpc

from flext_quality_client.cursors import Cursor
from flext_quality_client.options import ClientOptions
from flext_quality_client.patience import CallPatience, StreamPatience
from flext_quality_client.request_ids import ensure_request_id
from flext_quality_client.status import CORRELATION_ID, error_from_call

Request = TypeVar("Request")
Response = TypeVar("Response")
Item = TypeVar("Item")


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


def new_correlation_id(options: ClientOptions) -> str:
    """The id of one call, which its repeats share."""
    return options.correlation_id or uuid.uuid4().hex


class Transport:
    """Calls over one channel."""

    def __init__(self, channel: grpc.Channel, options: ClientOptions) -> None:
        self.channel = channel
        self._options = options

    def unary(
        self,
        method: grpc.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        *,
        repeatable: bool = True,
    ) -> Response:
        """The answer to one call, which is tried again while the server is UNAVAILABLE.

        Pass `repeatable=False` where a second call answers differently if the first got through, unless the
        request takes an id.

        Raises:
            QualityError: what went wrong at the last try.
        """
        correlation_id = new_correlation_id(self._options)
        repeatable = ensure_request_id(request) or repeatable
        patience = CallPatience(self._options.max_attempts if repeatable else 1)
        while True:
            try:
                return method(
                    request,
                    timeout=self._options.timeout,
                    metadata=((CORRELATION_ID, correlation_id),),
                )
            except grpc.RpcError as failed:
                delay = patience.delay_after(error_from_call(failed, correlation_id))
            time.sleep(delay)

    def pages(
        self, method: grpc.UnaryUnaryMultiCallable[PagedRequestT, PageT], request: PagedRequestT
    ) -> Iterator[PageT]:
        """All pages of a list, each fetched when it is asked for."""
        while True:
            page = self.unary(method, request)
            yield page
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def stream(
        self,
        method: grpc.UnaryStreamMultiCallable[Request, Response],
        cursor: Cursor[Request, Response, Item],
    ) -> Iterator[Item]:
        """All items after the cursor's place, across broken connections.

        Raises:
            QualityError: what went wrong, if resuming would not or did not help.
        """
        correlation_id = new_correlation_id(self._options)
        patience = StreamPatience(self._options.give_up_after)
        while True:
            call = method(cursor.request, metadata=((CORRELATION_ID, correlation_id),))
            try:
                for response in call:
                    patience.progressed()
                    yield from cursor.take(response)
            except grpc.RpcError as failed:
                if cursor.done:
                    return
                error = error_from_call(failed, correlation_id)
                delay = patience.delay_after(error)
            else:
                return
            finally:
                _end(call)
            cursor.interrupted(error)
            time.sleep(delay)


def _end(call: Any) -> None:
    # A traced call is a generator, which lets go of the call when it is closed.
    call.close() if isinstance(call, Generator) else call.cancel()
