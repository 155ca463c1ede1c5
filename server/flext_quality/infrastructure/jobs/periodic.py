"""Does something from time to time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from flext_quality.application.correlation import correlated
from flext_quality.domain.errors import StorageUnavailableError

_log = structlog.get_logger(__name__)


class Periodic:
    """Does a job when it is started, and again `seconds` after each end; a failure is told in the log.

    Each run has a correlation id of its own.
    """

    def __init__(self, name: str, job: Callable[[], Awaitable[object]], seconds: float) -> None:
        self._name = name
        self._job = job
        self._seconds = seconds
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins in the background."""
        self._task = asyncio.create_task(self._go_on())

    async def stop(self) -> None:
        """Ends it, in the middle of the job if need be, and waits until it has ended."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _go_on(self) -> None:
        while True:
            with correlated():
                await self._run()
            await asyncio.sleep(self._seconds)

    async def _run(self) -> None:
        try:
            await _log.adebug("job done", job=self._name, outcome=str(await self._job()))
        except StorageUnavailableError:
            await _log.awarning("job not done, the database is away", job=self._name)
        except Exception:  # noqa: BLE001  # a bug in one run must not end those to come
            await _log.aexception("job broke off", job=self._name)
