"""The HTTP server for operators, through real sockets."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest

from flext_quality.infrastructure.http.server import (
    MAX_CONNECTIONS,
    MAX_HEAD_BYTES,
    HttpServer,
    Request,
    Response,
)
from tests.scraping import Answer, get
from tests.waiting import PATIENCE_SECONDS


async def hello(request: Request) -> Response:
    return Response(f"hello {request.headers.get('x-name', 'you')}".encode())


async def broken(_: Request) -> Response:
    raise ZeroDivisionError


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    server = HttpServer({"/hello": hello, "/broken": broken})
    yield server
    await server.stop()


@pytest.fixture
async def address(server: HttpServer) -> str:
    return await server.start("127.0.0.1", 0)


async def ask(address: str, path: str, method: str = "GET", **headers: str) -> Answer:
    return await asyncio.to_thread(get, address, path, method, **headers)


async def raw(address: str, *parts: bytes) -> bytes:
    """What the server says to these bytes until it closes the connection."""
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await reader.read()
    finally:
        writer.close()


async def test_pages_are_served_by_path(address: str) -> None:
    """Whatever the query; HEAD has the same headers and no body."""
    got = await ask(address, "/hello?x=1", **{"X-Name": "Ada"})
    assert (200, "hello Ada") == (got.status, got.text)
    head = await ask(address, "/hello", "HEAD", **{"X-Name": "Ada"})
    assert (200, "", "9") == (head.status, head.text, head.headers["content-length"])
    assert 404 == (await ask(address, "/hello/")).status
    assert 404 == (await ask(address, "/../hello")).status


async def test_a_broken_page_is_a_defect_that_tells_nothing(address: str) -> None:
    """The server goes on."""
    got = await ask(address, "/broken")
    assert (500, "Internal Server Error\n") == (got.status, got.text)
    assert 200 == (await ask(address, "/hello")).status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_nothing_can_be_changed(address: str, method: str) -> None:
    """Only GET and HEAD are allowed."""
    got = await ask(address, "/hello", method)
    assert (405, "GET, HEAD") == (got.status, got.headers["allow"])


async def test_a_connection_takes_one_request_after_the_other(address: str) -> None:
    """As Prometheus uses it; several at once come back in order."""
    head = b"GET /hello HTTP/1.1\r\nHost: x\r\nX-Name: %b\r\n\r\n"
    last = b"GET /hello HTTP/1.0\r\n\r\n"
    answer = await raw(address, head % b"a" + head % b"b", last)
    assert 3 == answer.count(b"HTTP/1.1 200 OK\r\n")
    assert answer.index(b"hello a") < answer.index(b"hello b") < answer.index(b"hello you")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
        (b"GET /hello HTTP/2\r\n\r\n", 400),
        (b"GET /hello HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET /hello HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", 400),
        (b"GET /hello HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 413),
        (b"GET /hello HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 413),
        (b"GET /hello HTTP/1.1\r\nA: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n", 431),
    ],
)
async def test_what_is_no_request_ends_the_connection(
    address: str, sent: bytes, status: int
) -> None:
    """With the reason; nothing after it is taken for another request."""
    answer = await raw(address, sent)
    assert answer.startswith(f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode())
    assert b"hello" not in answer


async def test_others_are_served_while_many_wait(address: str, server: HttpServer) -> None:
    """Connections beyond the limit are closed at once; the server can be stopped with all of them."""
    host, port = address.split(":")
    idle = [await asyncio.open_connection(host, int(port)) for _ in range(MAX_CONNECTIONS - 1)]
    assert 200 == (await ask(address, "/hello", Connection="close")).status
    idle += [await asyncio.open_connection(host, int(port)) for _ in range(2)]
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert b"" == await idle[-1][0].read()
        await server.stop()
        assert b"" == await idle[0][0].read()
    for _, writer in idle:
        writer.close()


async def test_a_client_that_goes_away_harms_nobody(address: str) -> None:
    """In the middle of its request."""
    host, port = address.split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /hel")
    writer.close()
    assert 200 == (await ask(address, "/hello")).status


async def test_answers_are_framed_as_http_wants(address: str) -> None:
    """A standard client uses one connection for several requests."""

    def talk() -> list[bytes]:
        connection = http.client.HTTPConnection(address, timeout=PATIENCE_SECONDS)
        answers = []
        for method in ("GET", "HEAD", "GET"):
            connection.request(method, "/hello")
            answers.append(connection.getresponse().read())
        connection.close()
        return answers

    assert [b"hello you", b"", b"hello you"] == await asyncio.to_thread(talk)
