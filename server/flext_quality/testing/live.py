"""A real server for tests: the product's own composition root, on a free port, in its own thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from dishka import Provider, Scope, provide

from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.ports.analyzers import Analyzer
from flext_quality.serving import RunningServer, running_server
from flext_quality.settings import FlextApiSettings, settings_of

T = TypeVar("T")

_START_SECONDS = 30


class LiveServer:
    """Starts when it is made; `stop` ends it in good order.

    It has an event loop of its own, so that synchronous and asynchronous clients can be tried alike.
    """

    def __init__(self, settings: FlextApiSettings, *overrides: Provider) -> None:
        self._ready: Future[RunningServer] = Future()
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(
            target=self._loop.run_until_complete, args=(self._serve(settings, *overrides),)
        )
        self._thread.start()
        self.settings = settings
        self.running = self._ready.result(_START_SECONDS)
        self.address = self.running.address

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` answers in the server's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_START_SECONDS)

    def stop(self) -> None:
        """Shuts the server down and waits for it. Does nothing the second time."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    async def _serve(self, settings: FlextApiSettings, *overrides: Provider) -> None:
        try:
            async with running_server(settings, *overrides) as server:
                self._ready.set_result(server)
                await self._stopping.wait()
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)


class WithAnalyzers(Provider):
    """Puts other analyzers in the place of the real ones."""

    scope = Scope.APP

    def __init__(self, *analyzers: Analyzer) -> None:
        super().__init__()
        self._analyzers = Analyzers.of(*analyzers)

    @provide(override=True)
    def analyzers(self) -> Analyzers:
        """The given ones."""
        return self._analyzers


def live_settings(data_dir: Path, *allowed: Path, **overrides: Any) -> FlextApiSettings:
    """Settings for a test server that may read `allowed`; nothing of this machine's is read."""
    values: dict[str, Any] = {
        "api_port": 0,
        "data_dir": data_dir,
        "shutdown_grace": 1.0,
        "observability": {"log_level": "error"},
        "security": {"allowed_project_paths": allowed},
    }
    return settings_of(**{**values, **overrides}).unwrap()
