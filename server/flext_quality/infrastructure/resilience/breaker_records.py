"""What circuit breakers remember, in this process. `redis/breaker_records.py` has one for all servers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from flext_quality.domain.events.dependencies import BreakerState


@dataclass(frozen=True, slots=True)
class BreakerRecord:
    """One breaker: its state, failures in a row, and when it opened.

    Attributes:
        opened_at: seconds since 1970; None unless it is open.
    """

    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    opened_at: float | None = None


class BreakerRecords(Protocol):
    """Remembers breakers by the dependency's name. Never fails."""

    async def load(self, name: str) -> BreakerRecord:
        """The record; a closed one, if there is none."""
        ...

    async def put_state(self, name: str, state: BreakerState, opened_at: float | None) -> None:
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

    async def put_state(self, name: str, state: BreakerState, opened_at: float | None) -> None:
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
