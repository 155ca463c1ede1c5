"""HTTP/1.1 for a handful of pages without input: GET and HEAD, and nothing that a request could bring.

It is for monitoring within a trusted network. Requests are limited in size, time and number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import structlog

MAX_HEAD_BYTES = 8 * 1024
"""Of a request's line and headers."""
MAX_CONNECTIONS = 64
"""More are closed at once."""
HEAD_SECONDS = 10.0
"""How long a request may take to arrive, and its connection may have nothing to do before that."""
WRITE_SECONDS = 30.0
"""How long a client may take to read an answer."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """A request. Names of headers are in lower case."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer."""

    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK


Page = Callable[[Request], Awaitable[Response]]


class _BadRequestError(Exception):
    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class HttpServer:
    """Serves each path of `pages` by its function; what that raises is answered as a defect."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self._pages = pages
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> str:
        """Listens; port 0: any free one. The address, "host:port".

        Raises:
            OSError: it cannot be listened on.
        """
        self._server = await asyncio.start_server(
            self._connected, host or None, port, limit=MAX_HEAD_BYTES
        )
        bound = self._server.sockets[0].getsockname()[1]
        return f"[{host}]:{bound}" if ":" in host else f"{host}:{bound}"

    async def stop(self) -> None:
        """Ends all connections. Does nothing if it never listened."""
        if self._server is None:
            return
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._connections) >= MAX_CONNECTIONS:
            writer.close()
            return
        self._connections.add(task)
        try:
            while await self._answered(reader, writer):
                pass
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass  # the client is gone, or too slow
        except asyncio.CancelledError:
            # The server stops. As this task is the stream's own, nobody else would hear of it.
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; whether the connection can take another."""
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            method, request, stays = _parse(head)
            response = await self._page(request)
        except asyncio.LimitOverrunError:
            method, stays = "GET", False
            response = _plain(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        except _BadRequestError as error:
            method, stays, response = "GET", False, _plain(error.status)
        writer.write(_head(response, stays=stays))
        if method != "HEAD":
            writer.write(response.body)
        async with asyncio.timeout(WRITE_SECONDS):
            await writer.drain()
        return stays

    async def _page(self, request: Request) -> Response:
        page = self._pages.get(request.path)
        if page is None:
            return _plain(HTTPStatus.NOT_FOUND)
        try:
            return await page(request)
        except Exception:  # noqa: BLE001  # a bug in a page must not end the connection unanswered
            await _log.aexception("page broke off", path=request.path)
            return _plain(HTTPStatus.INTERNAL_SERVER_ERROR)


def _parse(head: bytes) -> tuple[str, Request, bool]:
    """Method, request, and whether the client would like to keep the connection.

    Raises:
        _BadRequestError: it is no request that is served here.
    """
    line, *fields = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    match line.split(" "):
        case [method, target, ("HTTP/1.0" | "HTTP/1.1") as version]:
            pass
        case _:
            raise _BadRequestError(HTTPStatus.BAD_REQUEST)
    headers: dict[str, str] = {}
    for each in fields:
        name, colon, value = each.partition(":")
        if not colon or not name or name != name.strip():
            raise _BadRequestError(HTTPStatus.BAD_REQUEST)
        headers[name.lower()] = value.strip()
    if method not in {"GET", "HEAD"}:
        raise _BadRequestError(HTTPStatus.METHOD_NOT_ALLOWED)
    # A body would be taken for the next request.
    if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
        raise _BadRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    path = target.partition("?")[0]
    decision = headers.get("connection", "").lower()
    stays = decision != "close" if version == "HTTP/1.1" else decision == "keep-alive"
    return method, Request(path, headers), stays


def _head(response: Response, *, stays: bool) -> bytes:
    lines = [
        f"HTTP/1.1 {response.status} {response.status.phrase}",
        f"Content-Type: {response.content_type}",
        f"Content-Length: {len(response.body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        f"Connection: {'keep-alive' if stays else 'close'}",
    ]
    if response.status is HTTPStatus.METHOD_NOT_ALLOWED:
        lines.append("Allow: GET, HEAD")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _plain(status: HTTPStatus) -> Response:
    return Response(f"{status.phrase}\n".encode(), status=status)
