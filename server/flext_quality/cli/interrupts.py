"""Ctrl-C and SIGTERM: the first asks for an orderly end, the second ends the command."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self

from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import InterruptedCommandError


class Interrupts:
    """Listens for SIGINT and SIGTERM within its block, and acts for the task that made it.

    The block ends with `InterruptedCommandError` if a signal ended the task.

    Attributes:
        on_first: begins the orderly end; None where there is nothing to put in order. May be set while
            the block runs.
        code: what the command ends with if a signal came; None before.
    """

    def __init__(self) -> None:
        self.on_first: Callable[[], Coroutine[Any, Any, None]] | None = None
        self.code: ExitCode | None = None
        self._task = asyncio.current_task()
        self._ending: asyncio.Task[None] | None = None
        self._count = 0

    def __enter__(self) -> Self:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._received, ExitCode.INTERRUPTED)
        loop.add_signal_handler(signal.SIGTERM, self._received, ExitCode.TERMINATED)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._ending is not None:
            self._ending.cancel()
        if self.code is not None and kind is asyncio.CancelledError:
            raise InterruptedCommandError(self.code) from None

    def _received(self, code: ExitCode) -> None:
        self.code = code
        self._count += 1
        if self._count == 1 and self.on_first is not None:
            self._ending = asyncio.ensure_future(self.on_first())
        elif self._count <= 2 and self._task is not None:  # noqa: PLR2004  # the second signal
            self._task.cancel()
        else:
            # Not even the end came to an end.
            os._exit(code)
