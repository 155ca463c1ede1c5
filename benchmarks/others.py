"""How busy the machine was with what is not ours: figures from a busy machine say little."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path


class OtherProcesses:
    """Watches, from when it is made, what other processes take of the processors. Needs Linux's /proc."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._busy = _machine_seconds()
        self._own = _own_seconds()

    @property
    def percentage(self) -> float:
        """What they took of all cores since; our children count as ours once they have ended."""
        others = (_machine_seconds() - self._busy) - (_own_seconds() - self._own)
        elapsed = time.perf_counter() - self._started
        return max(0.0, 100 * others / (elapsed * (os.cpu_count() or 1)))


def _machine_seconds() -> float:
    """Processor time of everything but idling and waiting for disks; proc(5) tells the columns."""
    columns = Path("/proc/stat").read_text("utf-8").splitlines()[0].split()[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, columns)
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _own_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
