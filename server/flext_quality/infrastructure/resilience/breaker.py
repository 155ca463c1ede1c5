"""A circuit breaker over records that several servers may share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from flext_quality.application.ports.resilience import BreakerChange, BreakerListener
from flext_quality.domain.events.dependencies import BreakerState
from flext_quality.domain.system.errors import CircuitOpenError
from flext_quality.infrastructure.resilience.breaker_records import BreakerRecord, BreakerRecords
from flext_quality.infrastructure.resilience.options import PolicyOptions


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
            await self._settle(failed=is_failure(error))
            raise
        else:
            await self._settle(failed=False)
        finally:
            if trial:
                self._trying = False

    async def _enter(self) -> bool:
        """Whether the caller is the one who tries."""
        record = await self._load()
        if record.state is BreakerState.CLOSED:
            return False
        if self._trying:
            raise CircuitOpenError(self._dependency, self._options.breaker_seconds)
        if record.state is BreakerState.OPEN:
            left = (record.opened_at or 0.0) + self._options.breaker_seconds - self._clock()
            if left > 0:
                raise CircuitOpenError(self._dependency, left)
        # Before the next await, so that whoever comes meanwhile does not try too.
        self._trying = True
        try:
            if record.state is BreakerState.OPEN:
                await self._change(BreakerState.HALF_OPEN)
        except BaseException:
            self._trying = False
            raise
        return True

    async def _settle(self, *, failed: bool) -> None:
        # Loaded again: others may have failed, or opened it, meanwhile.
        record = await self._load()
        match record.state, failed:
            case BreakerState.CLOSED, True:
                await self._records.count_failure(self._dependency)
                if record.failures + 1 >= self._options.breaker_failures:
                    await self._change(BreakerState.OPEN)
            case BreakerState.CLOSED, False:
                if record.failures:
                    await self._records.forget_failures(self._dependency)
            case BreakerState.HALF_OPEN, True:
                await self._change(BreakerState.OPEN)
            case BreakerState.HALF_OPEN, False:
                await self._records.forget_failures(self._dependency)
                await self._change(BreakerState.CLOSED)

    async def _load(self) -> BreakerRecord:
        record = await self._records.load(self._dependency)
        self._tell(record.state, is_known=True)
        return record

    async def _change(self, state: BreakerState) -> None:
        opened_at = self._clock() if state is BreakerState.OPEN else None
        await self._records.put_state(self._dependency, state, opened_at)
        self._tell(state, is_known=False)

    def _tell(self, state: BreakerState, *, is_known: bool) -> None:
        if state is not self._seen:
            change = BreakerChange(self._dependency, self._seen, state, is_known)
            self._seen = state
            self._listener.breaker_changed(change)
