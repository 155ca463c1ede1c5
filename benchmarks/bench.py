"""What every benchmark has at hand."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from benchmarks.processes import ListeningProcess
from benchmarks.projects import Projects

_RUNS = 3


@dataclass(frozen=True)
class Bench:
    """A run of the benchmarks.

    Attributes:
        projects: the real projects.
        scratch: an empty directory of this run's own.
        wanted_runs: how often everything is measured at least; None: as often as it needs.
    """

    projects: Projects
    scratch: Path
    wanted_runs: int | None = None
    _numbers: Iterator[int] = field(default_factory=count)

    def runs(self, least: int = 0) -> int:
        """How often to measure: as wanted, else thrice; what is short needs so many at least."""
        return max(self.wanted_runs or _RUNS, least)

    def fresh_directory(self, name: str) -> Path:
        """A new empty directory."""
        path = self.scratch / f"{name}-{next(self._numbers)}"
        path.mkdir()
        return path

    def copy_of(self, project: str) -> Path:
        """A new copy of a project, under the project's name, that may be changed."""
        path = self.fresh_directory("tree") / project
        shutil.copytree(self.projects.path(project), path)
        return path

    @contextmanager
    def server(
        self,
        *allowed: Path,
        data_dir: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Iterator[ListeningProcess]:
        """A server of ours that is SERVING, in a process of its own.

        It may read what lies under `allowed`, and has a fresh data directory unless one is given.
        `variables` are further settings.
        """
        data_dir = data_dir or self.fresh_directory("data")
        argv = ["flext-quality", "serve", "--address", "127.0.0.1:0", "--data-dir", str(data_dir)]
        argv[0] = str(Path(sys.executable).with_name(argv[0]))
        for path in allowed:
            argv += ["--allow", str(path)]
        with ListeningProcess(argv, self._log("server"), variables) as server:
            server.wait_until_serving()
            yield server

    @contextmanager
    def peer(self, responses: Path) -> Iterator[ListeningProcess]:
        """A bare server in a process of its own; see `benchmarks.peer`."""
        argv = [sys.executable, "-m", "benchmarks.peer", str(responses)]
        with ListeningProcess(argv, self._log("peer")) as peer:
            yield peer

    @contextmanager
    def collector(self) -> Iterator[ListeningProcess]:
        """A receiver of traces in a process of its own; see `benchmarks.collector`."""
        argv = [sys.executable, "-m", "benchmarks.collector"]
        with ListeningProcess(argv, self._log("collector")) as collector:
            yield collector

    def _log(self, name: str) -> Path:
        return self.scratch / f"{name}-{next(self._numbers)}.log"


def in_turn(
    runs: int, subject: Callable[[], float], peer: Callable[[], float]
) -> tuple[list[float], list[float]]:
    """What both gave, measured alternately, so that whatever else the machine does hits both alike."""
    ours: list[float] = []
    theirs: list[float] = []
    for run in range(runs):
        pair = [(ours, subject), (theirs, peer)]
        for samples, measure in reversed(pair) if run % 2 else pair:
            samples.append(measure())
    return ours, theirs


def seconds(action: Callable[[], object]) -> float:
    """How long `action` takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
