"""A circuit breaker: purgatory's state machine over our records and our clock."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from flext_quality.application.ports.resilience import BreakerChange, BreakerListener
from flext_quality.domain.events.dependencies import BreakerState
from flext_quality.domain.system.errors import CircuitOpenError
from flext_quality.infrastructure.resilience.breaker_records import BreakerRecords
from flext_quality.infrastructure.resilience.options import PolicyOptions

if TYPE_CHECKING:
    from purgatory.domain.model import Context

_STATES = {
    "closed": BreakerState.CLOSED,
    "opened": BreakerState.OPEN,
    "half-opened": BreakerState.HALF_OPEN,
}


class CircuitBreaker:
    """One dependency's breaker.

    Closed: everyone may ask. After `breaker_failures` failures in a row it opens: nobody asks for
    `breaker_seconds`. Then one caller of each process tries (half-open): success closes it, failure opens it
    again. What is neither (the caller went away) leaves everything as it was.
    """

    def __init__(
        self,
        dependency: str,
        options: PolicyOptions,
        records: BreakerRecords,
        listener: BreakerListener,
        clock: Callable[[], float],
    ) -> None:
        self._dependency = dependency
        self._options = options
        self._records = records
        self._listener = listener
        self._clock = clock
        self._seen = BreakerState.CLOSED
        self._trying = False

    @asynccontextmanager
    async def watch(self, is_failure: Callable[[Exception], bool]) -> AsyncIterator[None]:
        """Judges what happens in the block.

        Raises:
            CircuitOpenError: the dependency is to be left alone; the block does not run.
        """
        trial = await self._enter()
        try:
            yield
        except Exception as error:
            await self._settle(error if is_failure(error) else None)
            raise
        else:
            await self._settle(None)
        finally:
            if trial:
                self._trying = False

    async def _enter(self) -> bool:
        """Whether the caller is the one who tries."""
        from purgatory.domain.model import OpenedState

        context = await self._load()
        if self._trying and context.state != "closed":
            raise CircuitOpenError(self._dependency, self._options.breaker_seconds)
        try:
            context.handle_new_request()
        except OpenedState as opened:
            left = opened.opened_at + self._options.breaker_seconds - time.time()
            raise CircuitOpenError(self._dependency, max(left, 0.0)) from None
        trial = context.state == "half-opened"
        self._trying = self._trying or trial
        try:
            await self._store(context)
        except BaseException:
            self._trying = self._trying and not trial
            raise
        return trial

    async def _settle(self, failure: Exception | None) -> None:
        # Loaded again: others may have failed, or opened it, meanwhile.
        context = await self._load()
        if failure is not None:
            context.handle_exception(failure)
        else:
            context.handle_end_request()
        await self._store(context)

    async def _load(self) -> Context:
        from purgatory.domain.model import Context

        record = await self._records.load(self._dependency)
        self._tell(record.state, is_known=True)
        opened_at = record.opened_at
        if opened_at is not None:
            # purgatory reads the system's clock only.
            opened_at += time.time() - self._clock()
        return Context(
            self._dependency,
            self._options.breaker_failures,
            self._options.breaker_seconds,
            state=record.state if record.state in _STATES else "closed",  # type: ignore[arg-type]
            failure_count=record.failures,
            opened_at=opened_at,
        )

    async def _store(self, context: Context) -> None:
        from purgatory.domain.messages.events import (
            CircuitBreakerFailed,
            CircuitBreakerRecovered,
            ContextChanged,
        )

        while context.messages:
            message = context.messages.pop(0)
            if isinstance(message, ContextChanged):
                opened_at = None if message.opened_at is None else self._clock()
                await self._records.put_state(self._dependency, message.state, opened_at)
                self._tell(message.state, is_known=False)
            elif isinstance(message, CircuitBreakerFailed):
                await self._records.count_failure(self._dependency)
            elif isinstance(message, CircuitBreakerRecovered):
                await self._records.forget_failures(self._dependency)

    def _tell(self, name: str, *, is_known: bool) -> None:
        state = _STATES.get(name, BreakerState.CLOSED)
        if state is not self._seen:
            change = BreakerChange(self._dependency, self._seen, state, is_known)
            self._seen = state
            self._listener.breaker_changed(change)
