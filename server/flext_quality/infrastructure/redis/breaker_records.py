"""What circuit breakers of all servers remember, in Redis."""

from __future__ import annotations

from flext_quality.domain.events.dependencies import BreakerState
from flext_quality.infrastructure.redis.access import RedisAccess
from flext_quality.infrastructure.resilience.breaker_records import (
    BreakerRecord,
    LocalBreakerRecords,
)


class SharedBreakerRecords:
    """Those of all servers that use the same Redis; those of this process while it is away.

    Hashes `{key prefix}breaker:{dependency}`. They expire, so that nothing stays of dependencies that are no
    longer used; what expires is a closed circuit.
    """

    def __init__(self, access: RedisAccess, keep_seconds: float = 86_400.0) -> None:
        self._access = access
        self._keep_ms = int(keep_seconds * 1000)
        self._local = LocalBreakerRecords()

    async def load(self, name: str) -> BreakerRecord:
        """See the port."""
        found = await self._access.attempt(lambda redis: redis.hgetall(self._key(name)))
        if not found.is_success:
            return await self._local.load(name)
        try:
            return _record(found.unwrap())
        except ValueError:  # nothing that we wrote
            return BreakerRecord()

    async def put_state(self, name: str, state: BreakerState, opened_at: float | None) -> None:
        """See the port."""
        await self._local.put_state(name, state, opened_at)
        opened = "" if opened_at is None else repr(opened_at)
        await self._write(name, {"state": state.value, "opened_at": opened})

    async def count_failure(self, name: str) -> None:
        """See the port."""
        await self._local.count_failure(name)
        await self._write(name, {}, failures=1)

    async def forget_failures(self, name: str) -> None:
        """See the port."""
        await self._local.forget_failures(name)
        await self._write(name, {"failures": "0"})

    def _key(self, name: str) -> str:
        return self._access.key(f"breaker:{name}")

    async def _write(self, name: str, values: dict[str, str], failures: int = 0) -> None:
        key = self._key(name)

        async def write(redis: object) -> None:
            async with redis.pipeline(transaction=True) as pipe:  # type: ignore[attr-defined]
                if values:
                    pipe.hset(key, mapping=values)
                if failures:
                    pipe.hincrby(key, "failures", failures)
                pipe.pexpire(key, self._keep_ms)
                await pipe.execute()

        await self._access.attempt(write)


def _record(values: dict[bytes, bytes]) -> BreakerRecord:
    state = BreakerState(values.get(b"state", b"closed").decode())
    opened_at = values.get(b"opened_at")
    if state is BreakerState.OPEN and not opened_at:
        raise ValueError("open since never would be open for ever")
    return BreakerRecord(
        state=state,
        failures=int(values.get(b"failures", b"0")),
        opened_at=float(opened_at) if opened_at else None,
    )
