"""The policy of one dependency: retry around bulkhead around circuit breaker around timeout."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
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

_MAX_POLICIES = 1024
"""Of so many dependencies the state is remembered; the least recently used one is forgotten first."""


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
    ) -> T:
        """What the operation answers, at the first attempt that succeeds.

        Errors that `transient` calls so are failures of the dependency and are followed by another
        attempt, if `retry`; others show that it is there, and end the call.

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
                return await self._once(operation, transient)
        raise AssertionError  # the last attempt answers or raises

    async def _once(
        self, operation: Callable[[], Awaitable[T]], is_failure: Callable[[Exception], bool]
    ) -> T:
        seconds = self.options.timeout

        def failed(error: Exception) -> bool:
            return isinstance(error, ExternalServiceTimedOutError) or is_failure(error)

        async with self._bulkhead.place(), self._breaker.watch(failed):
            ours = asyncio.timeout(seconds)
            try:
                async with ours:
                    with cancellation_kept():
                        return await operation()
            except TimeoutError:
                if not ours.expired():
                    raise
                raise ExternalServiceTimedOutError(self.dependency, seconds) from None


class ResiliencePolicies:
    """One policy for each dependency, made when it is first asked for.

    Args:
        options_of: A dependency's options.
        records: Where breakers remember that are shared; in this process by default.
    """

    def __init__(
        self,
        options_of: Callable[[str], PolicyOptions],
        *,
        records: BreakerRecords | None = None,
        listener: BreakerListener | None = None,
        surroundings: Surroundings | None = None,
    ) -> None:
        self._options_of = options_of
        self._own_records = LocalBreakerRecords()
        self._shared_records = self._own_records if records is None else records
        self._listener = listener
        self._surroundings = surroundings
        self._policies: OrderedDict[str, ResiliencePolicy] = OrderedDict()

    def of(self, dependency: str, *, kind: str = "", is_shared: bool = True) -> ResiliencePolicy:
        """The dependency's policy; with the options of its kind, for dependencies that nobody named.

        Unless it `is_shared`, each server has one of its own, such as an agent beside it.
        """
        policy = self._policies.get(dependency)
        if policy is None:
            policy = ResiliencePolicy(
                dependency,
                self._options_of(kind or dependency),
                records=self._shared_records if is_shared else self._own_records,
                listener=self._listener,
                surroundings=self._surroundings,
            )
            self._policies[dependency] = policy
            if len(self._policies) > _MAX_POLICIES:
                self._policies.popitem(last=False)
        self._policies.move_to_end(dependency)
        return policy
