"""Changes of circuit breakers become events of the log."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import datetime

from flext_quality.application.correlation import correlated, correlation_id
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.jobs import JobQueue
from flext_quality.application.ports.resilience import BreakerChange
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.event import dependency_subject
from flext_quality.domain.events.dependencies import CircuitBreakerChanged

_MOST_WAITING = 1000
"""Changes that wait for a database that is away; more push the oldest out, which only the log then has."""

_Noted = tuple[datetime, BreakerChange, str]
"""When, what, and the correlation id of what was done then."""


class RecordBreakers:
    """The port `BreakerListener`: keeps each change that this server noticed until it is stored.

    Calling it stores what was noted, or waits until something is.
    """

    def __init__(self, uow: UnitOfWorkFactory, clock: Clock, queue: JobQueue) -> None:
        self._uow = uow
        self._clock = clock
        self._server = queue.instance
        self._waiting: deque[_Noted] = deque(maxlen=_MOST_WAITING)
        self._woken = asyncio.Event()

    def breaker_changed(self, change: BreakerChange) -> None:
        """See the port."""
        if not change.is_known:
            self._waiting.append((self._clock(), change, correlation_id()))
            self._woken.set()

    async def __call__(self) -> None:
        """Stores the changes, in their order.

        Raises:
            StorageUnavailableError: call again later; none is forgotten.
        """
        await self._woken.wait()
        while self._waiting:
            noted = self._waiting[0]
            await self._store(*noted)
            # Unless others have pushed it out meanwhile.
            if self._waiting[0] is noted:
                self._waiting.popleft()
        self._woken.clear()

    async def _store(self, time: datetime, change: BreakerChange, cause: str) -> None:
        what = CircuitBreakerChanged(change.dependency, change.before, change.after, self._server)
        with correlated(cause):
            async with self._uow() as uow:
                await uow.events.append(dependency_subject(change.dependency), time, what)
                await uow.commit()
