"""Connects to the address that was checked, and to no other: a name cannot change in between."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpcore
import httpx

from flext_quality.infrastructure.http.addresses import HostRules, Resolver, checked_addresses

NO_ADDRESS = "has a name without an address"


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Resolves names itself. One address that is not allowed is enough to refuse a name."""

    def __init__(self, rules: HostRules, resolver: Resolver) -> None:
        self._rules = rules
        self._resolver = resolver
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first of the host's addresses that takes it, all within `timeout`."""
        try:
            async with asyncio.timeout(timeout):
                return await self._connect(host, port, local_address, socket_options)
        except TimeoutError:
            raise httpcore.ConnectTimeout from None

    async def _connect(
        self,
        host: str,
        port: int,
        local_address: str | None,
        options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await checked_addresses(self._rules, host, port, self._resolver)
        except OSError:
            addresses = ()
        failed: Exception = httpcore.ConnectError(NO_ADDRESS)
        for address in addresses:
            try:
                return await self._sockets.connect_tcp(
                    address, port, local_address=local_address, socket_options=options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed


class CheckedTransport(httpx.AsyncBaseTransport):
    """Over `CheckedBackend`; never through a proxy, which would resolve names by itself."""

    def __init__(self, rules: HostRules, resolver: Resolver, tls: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=CheckedBackend(rules, resolver),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, its content not yet read; raises httpcore's exceptions."""
        response = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Content(response),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._pool.aclose()


class _Content(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        stream: Any = self._response.stream
        async for part in stream:
            yield part

    async def aclose(self) -> None:
        await self._response.aclose()
