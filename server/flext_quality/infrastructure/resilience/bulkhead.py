"""Bounds how many calls of a dependency are under way, and how many wait to be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from flext_quality.domain.system.errors import BulkheadFullError
from flext_quality.infrastructure.resilience.options import PolicyOptions


class Bulkhead:
    """One dependency's places."""

    def __init__(self, dependency: str, options: PolicyOptions) -> None:
        self._dependency = dependency
        self._options = options
        self._places = asyncio.Semaphore(options.max_concurrent)
        self._waiting = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Holds a place within the block.

        Raises:
            BulkheadFullError: too many wait already, or none became free in time.
        """
        await self._enter()
        try:
            yield
        finally:
            self._places.release()

    async def _enter(self) -> None:
        if not self._places.locked():
            await self._places.acquire()
            return
        if self._waiting >= self._options.max_waiting:
            raise self._full()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._options.max_wait):
                await self._places.acquire()
        except TimeoutError:
            raise self._full() from None
        finally:
            self._waiting -= 1

    def _full(self) -> BulkheadFullError:
        return BulkheadFullError(self._dependency, self._options.max_concurrent)
