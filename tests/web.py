from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes


Handler = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


def answer(status: int = 200, content: bytes = b"", **headers: str) -> Handler:
    """Answers the same each time."""

    async def handle(_: Asked, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} X", f"content-length: {len(content)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + content)

    return handle


@dataclass
class WebServer:
    """A real HTTP server on loopback; `routes` by path say what it does, byte by byte.

    Attributes:
        otherwise: what it does for other paths.
        connections: how many were made, whether anything was asked or not.
    """

    port: int = 0
    routes: dict[str, Handler] = field(default_factory=dict)
    otherwise: Handler | None = None
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Of one of its paths."""
        return f"http://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until it is closed."""
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").strip().split("\r\n")
                method, path, _ = first.split(" ")
                headers = {
                    name.lower(): value
                    for name, _, value in (line.partition(": ") for line in lines)
                }
                content = await reader.readexactly(int(headers.get("content-length", "0")))
                request = Asked(method, path, headers, content)
                self.asked.append(request)
                handle = self.routes.get(path, self.otherwise)
                assert handle is not None, path
                await handle(request, writer)
                await writer.drain()
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def web_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[WebServer]:
    """Runs within the block; speaks https if it is given how."""
    it = WebServer()
    server = await asyncio.start_server(it.serve, "127.0.0.1", 0, ssl=tls)
    it.port = server.sockets[0].getsockname()[1]
    try:
        yield it
    finally:
        server.close()
