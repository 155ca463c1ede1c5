"""Runs `flext-quality serve` as a process of its own, which can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.rpc.calls import Calls
from tests.waiting import PATIENCE_SECONDS

_LISTENING = "listening on "


@dataclass(frozen=True)
class ServerProcess:
    """A server that answers, and the stubs on it."""

    process: subprocess.Popen[str]
    calls: Calls

    def kill(self) -> None:
        """As a power cut would; returns when it has ended."""
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)

    def terminate(self) -> int:
        """Asks it to end, as an operator does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def serving(data_dir: Path, allowed: Path, **settings: str) -> Iterator[ServerProcess]:
    """A server on a free port, killed at the end of the block if it still runs.

    `settings`: further variables, without FLEXT_API_ before their names.
    """
    environment = {
        **os.environ,
        "FLEXT_API_DATA_DIR": str(data_dir),
        "FLEXT_API_SECURITY__ALLOWED_PROJECT_PATHS": str(allowed),
        "FLEXT_API_OBSERVABILITY__LOG_LEVEL": "error",
        **{f"FLEXT_API_{name}": value for name, value in settings.items()},
    }
    program = str(Path(sys.executable).with_name("flext-quality"))
    command = [program, "serve", "--address", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith(_LISTENING)
            calls = Calls(line.removeprefix(_LISTENING).strip())
            with calls.channel:
                yield ServerProcess(process, calls)
        finally:
            process.kill()
