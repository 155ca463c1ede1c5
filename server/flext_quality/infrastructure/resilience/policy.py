"""The policy of one dependency: retry around bulkhead around circuit breaker around timeout."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import TypeVar

import structlog

from flext_quality.application.ports.resilience import BreakerListener
from flext_quality.domain.system.errors import ExternalServiceTimedOutError
from flext_quality.infrastructure.resilience.breaker import CircuitBreaker
from flext_quality.infrastructure.resilience.breaker_records import (
    BreakerRecords,
    LocalBreakerRecords,
)
from flext_quality.infrastructure.resilience.bulkhead import Bulkhead
from flext_quality.infrastructure.resilience.cancellation import cancellation_kept
from flext_quality.infrastructure.resilience.listeners import LoggingListener
from flext_quality.infrastructure.resilience.options import PolicyOptions

T = TypeVar("T")

_log = structlog.get_logger(__name__)

_MAX_STRANGERS = 1024
"""Of so many the state is remembered; the least recently used one is forgotten first."""


class TransientError(Exception):
    """An operation failed in a way that may be over soon. `retry_after`: seconds that were asked for."""

    def __init__(self, message: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


def is_transient(error: Exception) -> bool:
    """Whether asking again may help: the network, a timeout, or what an operation calls transient."""
    return isinstance(
        error,
        ConnectionError
        | TimeoutError
        | socket.gaierror
        | TransientError
        | ExternalServiceTimedOutError,
    )


@cache
def _stamina() -> ModuleType:
    """Loaded by the first use. Its own log lines would hold what drivers say."""
    import stamina
    from stamina.instrumentation import set_on_retry_hooks

    set_on_retry_hooks([])
    return stamina


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What policies need of the world; tests put their own time in."""

    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    uniform: Callable[[float, float], float] = random.uniform


class ResiliencePolicy:
    """How one dependency is asked. All who ask it share one object."""

    def __init__(
        self,
        dependency: str,
        options: PolicyOptions | None = None,
        *,
        records: BreakerRecords | None = None,
        listener: BreakerListener | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.dependency = dependency
        self.options = options or PolicyOptions()
        self._world = surroundings or Surroundings()
        self._bulkhead = Bulkhead(dependency, self.options)
        self._breaker = CircuitBreaker(
            dependency,
            self.options,
            LocalBreakerRecords() if records is None else records,
            LoggingListener() if listener is None else listener,
            self._world.clock,
        )

    async def call(
        self,
        operation: Callable[[], Awaitable[T]],
        *,
        retry: bool = True,
        transient: Callable[[Exception], bool] = is_transient,
        failure: Callable[[Exception], bool] | None = None,
    ) -> T:
        """What the operation answers, at the first attempt that succeeds.

        Errors that `transient` calls so are followed by another attempt, if `retry`; others end the call.
        Those that `failure` calls so (by default the transient ones, and attempts that take too long) are
        failures of the dependency; others show that it is there.

        Raises:
            CircuitOpenError: it failed too often, here or on another server, or does so now.
            BulkheadFullError: too many ask it at once.
            ExternalServiceTimedOutError: the last attempt took too long.
            Exception: what the last attempt raised.
        """
        stamina = _stamina()
        options, pause = self.options, 0.0
        asked_for: float | None = None

        def again(error: Exception) -> bool | float:
            nonlocal asked_for
            asked_for = getattr(error, "retry_after", None)
            if asked_for is not None and asked_for > options.backoff_max:
                return False  # coming back sooner is what it asked us not to do
            # stamina counts and says how long; the pause is made here, by the clock of `surroundings`.
            return 0.0 if transient(error) else False

        async for attempt in stamina.retry_context(
            on=again,
            attempts=options.attempts if retry else 1,
            timeout=None,
            wait_initial=options.backoff_initial,
            wait_max=options.backoff_max,
            wait_jitter=0.0,
        ):
            if pause:
                pause = max(pause, asked_for or 0.0)
                _log.info(
                    "asking again",
                    dependency=self.dependency,
                    attempt=attempt.num,
                    pause_seconds=round(pause, 3),
                )
                await self._world.sleep(pause)
            jitter = self._world.uniform(0.0, options.backoff_jitter)
            pause = min(options.backoff_max, attempt.next_wait + jitter)
            with attempt:
                return await self._once(operation, failure or _or_timed_out(transient))
        raise AssertionError  # the last attempt answers or raises

    async def _once(
        self, operation: Callable[[], Awaitable[T]], is_failure: Callable[[Exception], bool]
    ) -> T:
        seconds = self.options.timeout
        async with self._bulkhead.place(), self._breaker.watch(is_failure):
            ours = asyncio.timeout(seconds)
            try:
                async with ours:
                    with cancellation_kept():
                        return await operation()
            except TimeoutError:
                if not ours.expired():
                    raise
                raise ExternalServiceTimedOutError(self.dependency, seconds) from None


def _or_timed_out(transient: Callable[[Exception], bool]) -> Callable[[Exception], bool]:
    return lambda error: isinstance(error, ExternalServiceTimedOutError) or transient(error)


class ResiliencePolicies:
    """One policy for each dependency, made when it is first asked for.

    Args:
        options_of: A dependency's options.
        records: Where breakers remember that are shared; in this process by default.
        own: The names of dependencies that each server has for itself, such as an agent beside it: their
            breakers are not shared.
    """

    def __init__(
        self,
        options_of: Callable[[str], PolicyOptions],
        *,
        records: BreakerRecords | None = None,
        own: Collection[str] = (),
        listener: BreakerListener | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self._options_of = options_of
        self._records = records
        self._own = frozenset(own)
        self._listener = listener
        self._surroundings = surroundings
        self._policies: dict[str, ResiliencePolicy] = {}
        self._strangers: OrderedDict[str, ResiliencePolicy] = OrderedDict()

    def of(self, dependency: str) -> ResiliencePolicy:
        """The policy of a dependency that the settings know."""
        policy = self._policies.get(dependency)
        if policy is None:
            policy = self._policies[dependency] = ResiliencePolicy(
                dependency,
                self._options_of(dependency),
                records=None if dependency in self._own else self._records,
                listener=self._listener,
                surroundings=self._surroundings,
            )
        return policy

    def of_stranger(self, name: str, kind: str) -> ResiliencePolicy:
        """The policy of something that a client named, such as a webhook's host, with its kind's options.

        There may be any number of them, so this server alone remembers their breakers, the most recently
        asked 1,024, and the log alone tells of changes.
        """
        policy = self._strangers.get(name)
        if policy is None:
            policy = self._strangers[name] = ResiliencePolicy(
                name, self._options_of(kind), surroundings=self._surroundings
            )
            if len(self._strangers) > _MAX_STRANGERS:
                self._strangers.popitem(last=False)
        self._strangers.move_to_end(name)
        return policy
