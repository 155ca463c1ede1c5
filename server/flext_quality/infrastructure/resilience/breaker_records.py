"""What circuit breakers remember, in this process or for all servers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from flext_quality.infrastructure.redis_access import RedisAccess


@dataclass(frozen=True, slots=True)
class BreakerRecord:
    """One breaker: purgatory's name of the state, failures in a row, and when it opened (epoch seconds)."""

    state: str = "closed"
    failures: int = 0
    opened_at: float | None = None


class BreakerRecords(Protocol):
    """Remembers breakers by the dependency's name. Never fails."""

    async def load(self, name: str) -> BreakerRecord:
        """The record; a closed one, if there is none."""
        ...

    async def put_state(self, name: str, state: str, opened_at: float | None) -> None:
        """The breaker's state from now on."""
        ...

    async def count_failure(self, name: str) -> None:
        """One more failure in a row."""
        ...

    async def forget_failures(self, name: str) -> None:
        """The row of failures has ended."""
        ...


class LocalBreakerRecords:
    """Those of this process."""

    def __init__(self) -> None:
        self._records: dict[str, BreakerRecord] = {}

    async def load(self, name: str) -> BreakerRecord:
        """See the port."""
        return self._records.get(name, BreakerRecord())

    async def put_state(self, name: str, state: str, opened_at: float | None) -> None:
        """See the port."""
        self._keep(name, replace(await self.load(name), state=state, opened_at=opened_at))

    async def count_failure(self, name: str) -> None:
        """See the port."""
        record = await self.load(name)
        self._keep(name, replace(record, failures=record.failures + 1))

    async def forget_failures(self, name: str) -> None:
        """See the port."""
        self._keep(name, replace(await self.load(name), failures=0))

    def _keep(self, name: str, record: BreakerRecord) -> None:
        if record == BreakerRecord():
            self._records.pop(name, None)
        else:
            self._records[name] = record


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

    async def put_state(self, name: str, state: str, opened_at: float | None) -> None:
        """See the port."""
        await self._local.put_state(name, state, opened_at)
        opened = "" if opened_at is None else repr(opened_at)
        await self._write(name, {"state": state, "opened_at": opened})

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
    state, opened_at = values.get(b"state", b"closed").decode(), values.get(b"opened_at")
    if state == "opened" and not opened_at:
        raise ValueError("open since never would be open for ever")
    return BreakerRecord(
        state=state,
        failures=int(values.get(b"failures", b"0")),
        opened_at=float(opened_at) if opened_at else None,
    )
