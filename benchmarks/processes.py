"""Servers in processes of their own, and what the kernel tells of them. Needs Linux's /proc."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

_LISTENING = re.compile(rb"listening on (\S+)")
_PATIENCE_SECONDS = 60.0
_LOG_TAIL_CHARACTERS = 2000


class ListeningProcess:
    """A process that says "listening on ADDRESS" on its standard output, from its start to its end.

    Attributes:
        address: where it listens.
        serving_after: seconds from its start until `wait_until_serving` saw it SERVING.
    """

    def __init__(
        self, argv: list[str], log: Path, settings: Mapping[str, str] | None = None
    ) -> None:
        """Starts `argv`, whose standard error goes to `log`. Settings are variables of its environment.

        Raises:
            RuntimeError: it ended, or went on for a minute, without listening.
        """
        self._log = log
        self._started = time.perf_counter()
        variables = {k: v for k, v in os.environ.items() if not k.startswith("FLEXT_API_")}
        variables |= settings or {}
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                argv, stdout=subprocess.PIPE, stderr=errors, env=variables
            )
        self.address = self._wait_for_address()
        self.serving_after = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.communicate(timeout=_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def wait_until_serving(self) -> None:
        """Waits until health says SERVING."""
        request = health_pb2.HealthCheckRequest()
        with grpc.insecure_channel(self.address) as channel:
            stub: Any = health_pb2_grpc.HealthStub(channel)  # the stubs know none of its methods
            answer = stub.Check(request, wait_for_ready=True, timeout=_PATIENCE_SECONDS)
        if answer.status != health_pb2.HealthCheckResponse.SERVING:
            raise RuntimeError(f"the server is not SERVING but {answer.status}")
        self.serving_after = time.perf_counter() - self._started

    @property
    def memory_mb(self) -> float:
        """Its resident memory now, in MB."""
        return self._status("VmRSS")

    @property
    def peak_memory_mb(self) -> float:
        """The most resident memory that it ever had, in MB."""
        return self._status("VmHWM")

    @property
    def cpu_seconds(self) -> float:
        """Processor time that it has used, without its children."""
        return sum(self._cpu_seconds()[:2])

    @property
    def cpu_seconds_with_children(self) -> float:
        """Processor time that it and its children that have ended have used."""
        return sum(self._cpu_seconds())

    def _cpu_seconds(self) -> list[float]:
        """Of its own in user and in system mode, and the same of its children: proc(5)."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text("utf-8")
        fields = stat.rpartition(")")[2].split()[11:15]
        return [int(field) / os.sysconf("SC_CLK_TCK") for field in fields]

    def _status(self, field: str) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text("utf-8")
        found = re.search(rf"^{field}:\s+(\d+) kB$", status, re.MULTILINE)
        assert found is not None, field
        return int(found[1]) * 1024 / 1e6

    def _wait_for_address(self) -> str:
        watchdog = threading.Timer(_PATIENCE_SECONDS, self._process.kill)
        watchdog.start()
        try:
            assert self._process.stdout is not None
            for line in self._process.stdout:
                if found := _LISTENING.search(line):
                    return found[1].decode()
        finally:
            watchdog.cancel()
        code = self._process.wait()
        tail = self._log.read_text("utf-8", errors="replace")[-_LOG_TAIL_CHARACTERS:]
        raise RuntimeError(f"{self._process.args!r} did not listen; exit code {code}\n{tail}")
