"""How soon `flext-quality serve` answers, and what it takes of memory while it has nothing to do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.figures import Figure

_RUNS = 9
_SETTLING_SECONDS = 1.0
"""After it, whatever a start leaves to be done later is done."""


def measure(bench: Bench) -> Iterator[Figure]:
    """Starts the server on an empty data directory, then again and again on that one."""
    data_dir = bench.fresh_directory("data")
    _, first = _start(bench, data_dir)
    starts, memory = [], []
    for _ in range(bench.runs(_RUNS)):
        resident, took = _start(bench, data_dir)
        starts.append(took)
        memory.append(resident)
    yield Figure("start to SERVING", "s", starts)
    yield Figure("start to SERVING, empty data directory", "s", [first])
    yield Figure("idle memory", "MB", memory)


def _start(bench: Bench, data_dir: Path) -> tuple[float, float]:
    """Idle memory in MB, and seconds from the start of the process to SERVING."""
    with bench.server(data_dir=data_dir) as server:
        time.sleep(_SETTLING_SECONDS)
        return server.memory_mb, server.serving_after
