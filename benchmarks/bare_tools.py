"""The tools' bare command lines, as people call them in a project's directory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_FOUND_SOMETHING = (1, 3)
"""Exit codes: Ruff's, MyPy's and Bandit's, and vulture's."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command took, in seconds: on the clock, and of processors, its children included."""

    wall: float
    cpu: float

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.wall + other.wall, self.cpu + other.cpu)


@dataclass(frozen=True)
class BareTools:
    """Runs the tools that stand beside this Python, on one project.

    Attributes:
        tree: the project's directory, where the commands run.
        scratch: an empty directory for what they write: caches, reports and their home.
    """

    tree: Path
    scratch: Path

    def ruff(self, *options: str) -> Spent:
        """`ruff check`, without its cache."""
        return self._run("ruff", "check", "--no-cache", *options, ".")

    def mypy(self, *options: str) -> Spent:
        """`mypy` with an empty cache."""
        cache = self.scratch / f"mypy-cache-{time.monotonic_ns()}"
        return self._run("mypy", "--cache-dir", str(cache), *options, ".")

    def bandit(self) -> Spent:
        """`bandit`, reporting in JSON."""
        report = str(self.scratch / "bandit.out")
        return self._run("bandit", "-q", "-r", "-f", "json", "-o", report, ".")

    def vulture(self) -> Spent:
        """`vulture`, as it is."""
        return self._run("vulture", ".")

    def complexity(self) -> Spent:
        """What tells cyclomatic complexity, maintainability and cognitive complexity."""
        cyclomatic = self._run("radon", "cc", "-j", ".")
        maintainability = self._run("radon", "mi", "-j", ".")
        return cyclomatic + maintainability + self._run("complexipy", "--quiet", ".")

    def jscpd(self) -> Spent:
        """`jscpd`, reporting in JSON."""
        report = str(self.scratch / "jscpd")
        return self._run("jscpd", "-f", "python", "-r", "json", "-s", "-o", report, ".")

    def output(self, tool: str) -> str:
        """What the tool's last run reported."""
        return (self.scratch / f"{tool}.out").read_text("utf-8")

    def _run(self, tool: str, *arguments: str) -> Spent:
        argv = [str(Path(sys.executable).with_name(tool)), *arguments]
        output = self.scratch / (f"{tool}.out" if tool != "bandit" else "bandit.stdout")
        errors = self.scratch / f"{tool}.err"
        # The user's own configuration of the tools is not what we compare with.
        variables = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
        variables["HOME"] = str(self.scratch)
        with output.open("wb") as out, errors.open("wb") as err:
            start = time.perf_counter()
            process = subprocess.Popen(argv, cwd=self.tree, stdout=out, stderr=err, env=variables)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, *_FOUND_SOMETHING):
            raise RuntimeError(f"{argv} ended with {process.returncode}: {errors.read_text()}")
        return Spent(wall, usage.ru_utime + usage.ru_stime)
