"""Runs analyses in this process: a bounded number at once, the others in order."""

from __future__ import annotations

import asyncio
import contextvars
import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from flext_quality.application.correlation import correlated
from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.infrastructure.jobs.instances import Instance

Run = Callable[[AnalysisName, asyncio.Event], Awaitable[None]]
"""Carries an analysis out; ends it as cancelled once the event is set."""

_log = structlog.get_logger(__name__)


@dataclass(order=True)
class _Waiting:
    analysis_id: str
    name: AnalysisName = field(compare=False)
    # Log lines and events of the analysis carry what those of the call that asked for it carry.
    context: contextvars.Context = field(compare=False)


class InProcessJobQueue:
    """The port `JobQueue` for one process."""

    def __init__(self, instance: Instance, max_concurrent: int) -> None:
        self._instance = instance
        self._max_concurrent = max_concurrent
        self._run: Run | None = None
        self._waiting: list[_Waiting] = []
        self._cancels: dict[AnalysisName, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def instance(self) -> str:
        """The id of this process's instance."""
        return self._instance.id

    @property
    def max_concurrent(self) -> int:
        """How many analyses run at once."""
        return self._max_concurrent

    def is_alive(self, instance: str) -> bool:
        """Whether that instance's process lives."""
        return self._instance.is_alive(instance)

    async def enqueue(self, uow: UnitOfWork, name: AnalysisName) -> None:
        """Takes the analysis in when `uow` is committed."""
        waiting = _Waiting(name.analysis_id, name, contextvars.copy_context())
        uow.after_commit(lambda: self._submit(waiting))

    def cancel(self, name: AnalysisName) -> None:
        """Tells the run of the analysis, if there is one here."""
        if name in self._cancels:
            self._cancels[name].set()

    def start(self, run: Run) -> None:
        """Begins to work with `run`; before, analyses only wait."""
        self._run = run
        self._fill()

    def resize(self, max_concurrent: int) -> None:
        """Runs so many at once from now on; what runs already goes on."""
        self._max_concurrent = max_concurrent
        self._fill()

    async def stop(self) -> None:
        """Interrupts what runs and waits until it has cleaned up; what waits goes on waiting."""
        self._run = None
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _submit(self, waiting: _Waiting) -> None:
        heapq.heappush(self._waiting, waiting)
        self._fill()

    def _fill(self) -> None:
        while self._run and self._waiting and len(self._tasks) < self._max_concurrent:
            waiting = heapq.heappop(self._waiting)
            task = asyncio.create_task(self._work(self._run, waiting.name), context=waiting.context)
            self._tasks.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._fill()

    async def _work(self, run: Run, name: AnalysisName) -> None:
        cancel = self._cancels[name] = asyncio.Event()
        try:
            with correlated(), structlog.contextvars.bound_contextvars(analysis=str(name)):
                await run(name, cancel)
        except Exception:  # noqa: BLE001  # a bug in one run must not stop the others
            await _log.aexception("analysis run broke off", analysis=str(name))
        finally:
            del self._cancels[name]
