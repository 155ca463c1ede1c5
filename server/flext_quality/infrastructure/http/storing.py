"""Keeps answers as RFC 9111 says, in memory or in a file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from flext_quality.infrastructure.http.harmless import are_all
from flext_quality.infrastructure.http.options import HttpOptions

if TYPE_CHECKING:
    from hishel import AsyncSqliteStorage
    from hishel.httpx import AsyncCacheTransport


def storing(transport: httpx.AsyncBaseTransport, options: HttpOptions) -> httpx.AsyncBaseTransport:
    """The transport, behind a cache that many users share: nothing private is kept in it."""
    return _Storing(transport, options) if options.cache_max_bytes else transport


class _Storing(httpx.AsyncBaseTransport):
    """Leads questions with headers that may be secret past the cache, whatever the standard allows.

    The cache is made by the first question whose answer it may keep.
    """

    def __init__(self, plain: httpx.AsyncBaseTransport, options: HttpOptions) -> None:
        self._plain = plain
        self._options = options
        self._keeping: AsyncCacheTransport | None = None
        self._making = asyncio.Lock()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method in {"GET", "HEAD"}:
            passes_by = not are_all(request.headers)
        else:
            # It goes through a cache that keeps something, which forgets what it changes.
            passes_by = self._keeping is None and self._options.cache_path is None
        if passes_by:
            return await self._plain.handle_async_request(request)
        return await (await self._made()).handle_async_request(request)

    async def aclose(self) -> None:
        await (self._keeping or self._plain).aclose()

    async def _made(self) -> AsyncCacheTransport:
        async with self._making:
            if self._keeping is None:
                self._keeping = await _cached(self._plain, self._options)
            return self._keeping


async def _cached(plain: httpx.AsyncBaseTransport, options: HttpOptions) -> AsyncCacheTransport:
    from hishel import CacheOptions
    from hishel.httpx import AsyncCacheTransport

    storage = await _storage(options)
    return AsyncCacheTransport(plain, storage=storage, rfc=CacheOptions(shared=True))


async def _storage(options: HttpOptions) -> AsyncSqliteStorage:
    import anysqlite
    from hishel import AsyncSqliteStorage

    if options.cache_path is None:
        connection = await anysqlite.connect(":memory:", isolation_level=None)
        return AsyncSqliteStorage(
            connection=connection,
            max_stream_size=options.max_answer_bytes,
            max_size=options.cache_max_bytes,
        )
    options.cache_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return AsyncSqliteStorage(
        database_path=options.cache_path,
        max_stream_size=options.max_answer_bytes,
        max_size=options.cache_max_bytes,
    )
