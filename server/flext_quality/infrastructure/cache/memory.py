"""The port `Cache` in this process."""

from __future__ import annotations

import random
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from flext_quality.infrastructure.cache.single_flight import SingleFlight

JITTER = 0.1
"""The part of a TTL that may be missing."""


@dataclass(slots=True)
class CacheCounts:
    """What a cache did since it was made. `failures`: how often it had to do without its store."""

    hits: int = 0
    misses: int = 0
    failures: int = 0


def jittered(ttl: float, uniform: Callable[[float, float], float]) -> float:
    """The TTL, or up to a tenth less."""
    return ttl * (1.0 - uniform(0.0, JITTER))


class MemoryCache:
    """Bounded in entries and bytes (of keys and values); what was not used for longest goes first."""

    def __init__(
        self,
        max_entries: int = 4096,
        max_bytes: int = 32 * 1024**2,
        *,
        clock: Callable[[], float] = time.monotonic,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.counts = CacheCounts()
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._clock = clock
        self._uniform = uniform
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._bytes = 0
        self._flights = SingleFlight()

    async def get(self, key: str) -> bytes | None:
        """See the port."""
        entry = self._entries.get(key)
        if entry is not None and entry[0] <= self._clock():
            self._drop(key)
            entry = None
        if entry is None:
            self.counts.misses += 1
            return None
        self._entries.move_to_end(key)
        self.counts.hits += 1
        return entry[1]

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """See the port. A value that alone is larger than the cache is not kept."""
        self._drop(key)
        size = len(key) + len(value)
        if ttl <= 0 or size > self._max_bytes:
            return
        self._entries[key] = (self._clock() + jittered(ttl, self._uniform), value)
        self._bytes += size
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    async def delete(self, key: str) -> None:
        """See the port."""
        self._drop(key)

    async def get_or_compute(
        self, key: str, ttl: float, compute: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """See the port."""
        if (known := await self.get(key)) is not None:
            return known

        async def fill() -> bytes:
            value = await compute()
            await self.set(key, value, ttl)
            return value

        return await self._flights.run(key, fill)

    async def close(self) -> None:
        """Ends computations that are under way."""
        await self._flights.close()

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= len(key) + len(entry[1])
