"""Other processes that use the same database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[3]


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    """A Python process that runs `code`, with the tests' modules at hand."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def output(process: subprocess.Popen[str]) -> str:
    """What it printed, once it has ended well."""
    printed, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    return printed


def race(code: str, *arguments: str, processes: int) -> list[str]:
    """What several processes print that do the same at once.

    `code` begins with what takes time, then prints a line and reads one.
    """
    running = [start(code, *arguments) for _ in range(processes)]
    for process in running:
        assert process.stdout is not None
        process.stdout.readline()
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [output(process) for process in running]
