"""Keeps answers as RFC 9111 says, in memory or in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from flext_quality.infrastructure.http.harmless import are_all
from flext_quality.infrastructure.http.options import HttpOptions

if TYPE_CHECKING:
    from hishel import AsyncSqliteStorage


async def storing(
    transport: httpx.AsyncBaseTransport, options: HttpOptions
) -> httpx.AsyncBaseTransport:
    """The transport, behind a cache that many users share: nothing private is kept in it."""
    if not options.cache_max_bytes:
        return transport
    from hishel import CacheOptions
    from hishel.httpx import AsyncCacheTransport

    keeping = AsyncCacheTransport(
        transport, storage=await _storage(options), rfc=CacheOptions(shared=True)
    )
    return _Storing(keeping, transport)


class _Storing(httpx.AsyncBaseTransport):
    """Leads questions with headers that may be secret past the cache, whatever the standard allows."""

    def __init__(self, keeping: httpx.AsyncBaseTransport, plain: httpx.AsyncBaseTransport) -> None:
        self._keeping = keeping
        self._plain = plain

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # Other methods pass by the cache, so that it forgets what they change.
        if request.method in {"GET", "HEAD"} and not are_all(request.headers):
            return await self._plain.handle_async_request(request)
        return await self._keeping.handle_async_request(request)

    async def aclose(self) -> None:
        await self._keeping.aclose()


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
