"""The port `Cache` for all servers that use the same Redis."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable

from flext_quality.infrastructure.cache.memory import CacheCounts, jittered
from flext_quality.infrastructure.cache.single_flight import SingleFlight
from flext_quality.infrastructure.redis.access import RedisAccess

_LOCK_SECONDS = 30.0
"""A computation's lock ends by itself after this, if its server dies."""

_LOOK_SECONDS = 0.05
"""How often those who wait for another server look for the value."""

_UNLOCK = """
if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end
return 0
"""
"""Only the server that locked may unlock: its lock may have ended, and be another's."""


class RedisCache:
    """Values are kept at `{key prefix}cache:{key}`, locks at `{key prefix}lock:{key}`.

    While Redis is away there is no value and everyone computes, once for each server at a time.
    """

    def __init__(
        self,
        access: RedisAccess,
        *,
        uniform: Callable[[float, float], float] = random.uniform,
        lock_seconds: float = _LOCK_SECONDS,
    ) -> None:
        self.counts = CacheCounts()
        self._access = access
        self._uniform = uniform
        self._lock_seconds = lock_seconds
        self._flights = SingleFlight()

    async def get(self, key: str) -> bytes | None:
        """See the port."""
        value = await self._look(key)
        if value is None:
            self.counts.misses += 1
        else:
            self.counts.hits += 1
        return value

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """See the port."""
        if ttl <= 0:
            await self.delete(key)
            return
        ms = max(int(jittered(ttl, self._uniform) * 1000), 1)
        await self._do(lambda redis: redis.set(self._value_key(key), value, px=ms))

    async def delete(self, key: str) -> None:
        """See the port."""
        await self._do(lambda redis: redis.delete(self._value_key(key)))

    async def get_or_compute(
        self, key: str, ttl: float, compute: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """See the port; those on other servers wait for the one computation too."""
        if (known := await self.get(key)) is not None:
            return known
        return await self._flights.run(key, lambda: self._fill(key, ttl, compute))

    async def close(self) -> None:
        """Ends computations that are under way."""
        await self._flights.close()

    async def _fill(self, key: str, ttl: float, compute: Callable[[], Awaitable[bytes]]) -> bytes:
        token = secrets.token_hex(16)
        while True:
            locked = await self._lock(key, token)
            # Whoever held the lock before may have stored the value.
            if (known := await self._look(key)) is not None:
                if locked:
                    await self._unlock(key, token)
                return known
            if locked is not False:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        try:
            value = await compute()
            await self.set(key, value, ttl)
            return value
        finally:
            if locked:
                await self._unlock(key, token)

    async def _lock(self, key: str, token: str) -> bool | None:
        """Whether the lock is ours; None if there is nobody to ask."""
        ms = int(self._lock_seconds * 1000)
        answer = await self._access.attempt(
            lambda redis: redis.set(self._lock_key(key), token, nx=True, px=ms)
        )
        return bool(answer.data) if answer.is_success else None

    async def _unlock(self, key: str, token: str) -> None:
        await self._do(lambda redis: redis.eval(_UNLOCK, 1, self._lock_key(key), token))

    async def _look(self, key: str) -> bytes | None:
        answer = await self._access.attempt(lambda redis: redis.get(self._value_key(key)))
        if not answer.is_success:
            self.counts.failures += 1
        return answer.data

    async def _do(self, operation: Callable[..., Awaitable[object]]) -> None:
        if not (await self._access.attempt(operation)).is_success:
            self.counts.failures += 1

    def _value_key(self, key: str) -> str:
        return self._access.key(f"cache:{key}")

    def _lock_key(self, key: str) -> str:
        return self._access.key(f"lock:{key}")
