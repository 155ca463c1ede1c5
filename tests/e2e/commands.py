"""Runs flext-quality in processes of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tests.waiting import PATIENCE_SECONDS

COMMAND = (sys.executable, "-m", "flext_quality")
_SECONDS = PATIENCE_SECONDS


class Running:
    """A command that runs; its output is collected as it comes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._changed = threading.Condition()
        assert process.stdout is not None
        assert process.stderr is not None
        self._readers = [
            threading.Thread(target=self._read, args=pair)
            for pair in ((process.stdout, self.lines), (process.stderr, self.errors))
        ]
        for reader in self._readers:
            reader.start()

    def wait_for(self, found: Callable[[str], bool]) -> str:
        """The first line of its standard output that is wanted, as soon as it is there."""

        def line() -> str | None:
            return next((line for line in self.lines if found(line)), None)

        with self._changed:
            assert self._changed.wait_for(line, _SECONDS), (self.lines, self.errors)
            return str(line())

    def end(self) -> int:
        """Its exit code, once it has ended and all its output is there."""
        code = self.process.wait(_SECONDS)
        for reader in self._readers:
            reader.join(_SECONDS)
        return code

    def _read(self, stream: object, into: list[str]) -> None:
        for line in stream:  # type: ignore[attr-defined]  # a text stream
            with self._changed:
                into.append(line.rstrip("\n"))
                self._changed.notify_all()


class Commands:
    """Runs commands that share a data directory. `seconds` is how long one may take."""

    seconds = _SECONDS

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        clean = {k: v for k, v in os.environ.items() if not k.startswith("FLEXT_API_")}
        self.environment = {**clean, "FLEXT_API_DATA_DIR": str(directory / "data")}
        self._started: list[Running] = []

    def run(self, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end."""
        return subprocess.run(
            [*COMMAND, *map(str, arguments)],
            cwd=self.directory,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=self.seconds,
            check=False,
        )

    def start(self, *arguments: str | Path, **environment: str) -> Running:
        """Starts a command. It is stopped after the test at the latest."""
        process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            cwd=self.directory,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(Running(process))
        return self._started[-1]

    def serve(self, *arguments: str | Path) -> str:
        """Starts a server and gives its address."""
        server = self.start("serve", *arguments)
        return server.wait_for(lambda line: line.startswith("listening on ")).split()[-1]

    def stop(self) -> None:
        """Ends what still runs."""
        for running in self._started:
            if running.process.poll() is None:
                running.process.terminate()
            running.end()
