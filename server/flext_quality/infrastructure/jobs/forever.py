"""Does something again and again, whatever happens."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

from flext_quality.application.correlation import correlated
from flext_quality.domain.errors import QualityError, ServerShuttingDownError

_log = structlog.get_logger(__name__)

_FIRST_DELAY = 0.2
_MAX_DELAY = 30.0
"""Seconds to wait after a failure. Delays double from the first up to this one, each with jitter."""
_JITTER = 0.5


class Forever:
    """Takes one step after the other; after one that failed it waits, ever longer until one succeeds.

    Each step has a correlation id of its own.
    """

    def __init__(
        self, name: str, step: Callable[[], Awaitable[None]], *, max_delay: float = _MAX_DELAY
    ) -> None:
        self._name = name
        self._step = step
        self._max_delay = max_delay
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins in the background."""
        self._task = asyncio.create_task(self._go_on())

    async def stop(self) -> None:
        """Ends it, in the middle of a step if need be, and waits until it has ended."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _go_on(self) -> None:
        delay = _FIRST_DELAY
        while True:
            try:
                with correlated():
                    await self._step()
            except ServerShuttingDownError:
                return
            except QualityError as error:
                await _log.awarning("step failed", job=self._name, reason=error.message)
            except Exception:  # noqa: BLE001  # a bug in one step must not end those to come
                await _log.aexception("step broke off", job=self._name)
            else:
                delay = _FIRST_DELAY
                continue
            await asyncio.sleep(delay * (1 - _JITTER * random.random()))  # noqa: S311  # no secret
            delay = min(2 * delay, self._max_delay)
