"""Cold analyses of Django, with three analyzers and with all, beside the tools' bare command lines."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.analyses import analyze
from benchmarks.bare_tools import BareTools, Spent
from benchmarks.bench import Bench, in_turn, seconds
from benchmarks.figures import Figure
from flext.quality.v1.analysis_pb2 import Analysis
from flext_quality_client import QualityClient

_THREE = ("bandit", "mypy", "ruff")
_ALL = ("bandit", "complexity", "deadcode", "duplication", "mypy", "ruff")
"""But those that only read reports, of which there is none."""
_CHANGED_FILE = "django/utils/text.py"
_CHANGE = "\n\ndef added(first, second):\n    return first == None and eval(second)\n"


def measure(bench: Bench) -> Iterator[Figure]:
    """From the client's first call to the last finding in its hands.

    Each time a server of its own that has just started, with an empty data directory. Then, for
    information, the same once more, and once more after one file has changed.
    """
    yield from _measure(bench, "cold analysis of Django", _THREE)


def measure_all(bench: Bench) -> Iterator[Figure]:
    """The same with all analyzers, beside all the command lines that tell what they tell."""
    yield from _measure(bench, "cold analysis of Django, all analyzers", _ALL)


def _measure(bench: Bench, figure: str, analyzers: Sequence[str]) -> Iterator[Figure]:
    tree = bench.copy_of("django")
    subject, peer = _Subject(bench, tree, analyzers), _Peer(bench, tree, analyzers)
    ours, theirs = in_turn(bench.runs(), subject.run, peer.run)
    yield Figure(figure, "s", ours, theirs)
    yield Figure("processor time, ours / the bare tools'", "s", subject.cpu, peer.cpu)
    over_cores = [cpu / (os.cpu_count() or 1) for cpu in peer.cpu]
    yield Figure("bare tools' processor time over the cores", "s", over_cores, theirs)
    for name, samples in peer.by_tool.items():
        yield Figure(f"{name}, within the analysis / bare", "s", subject.by_tool[name], samples)
    yield Figure("second analysis, nothing changed", "s", subject.again, theirs)
    yield Figure("third analysis, one file changed", "s", subject.changed, theirs)
    yield Figure("peak memory of the server", "MB", subject.memory)


class _Subject:
    """The product. Every run appends to what it measures beside the cold analysis."""

    def __init__(self, bench: Bench, tree: Path, analyzers: Sequence[str]) -> None:
        self._bench = bench
        self._tree = tree
        self._analyzers = analyzers
        self.by_tool: dict[str, list[float]] = defaultdict(list)
        self.again: list[float] = []
        self.changed: list[float] = []
        self.memory: list[float] = []
        self.cpu: list[float] = []

    def run(self) -> float:
        """Seconds of the cold analysis."""
        with self._bench.server(self._tree) as server:
            with QualityClient(server.address) as client:
                cpu_before = server.cpu_seconds_with_children
                start = time.perf_counter()
                analysed = self._analyze(client)
                cold = time.perf_counter() - start
                self.cpu.append(server.cpu_seconds_with_children - cpu_before)
                for outcome in analysed.outcomes:
                    self.by_tool[outcome.analyzer].append(outcome.duration.ToNanoseconds() / 1e9)
                self.again.append(seconds(lambda: self._analyze(client)))
                changed = self._tree / _CHANGED_FILE
                before = changed.read_text("utf-8")
                try:
                    changed.write_text(before + _CHANGE, "utf-8")
                    self.changed.append(seconds(lambda: self._analyze(client)))
                finally:
                    changed.write_text(before, "utf-8")
            self.memory.append(server.peak_memory_mb)
        return cold

    def _analyze(self, client: QualityClient) -> Analysis:
        analysis = analyze(client, self._tree, self._analyzers)
        assert sum(1 for _ in client.findings(analysis.name)) == analysis.finding_count
        return analysis


class _Peer:
    """The command lines, one after another. Every run appends to what it measures beside."""

    def __init__(self, bench: Bench, tree: Path, analyzers: Sequence[str]) -> None:
        tools = BareTools(tree, bench.fresh_directory("bare"))
        commands: dict[str, Callable[[], Spent]] = {
            "ruff": tools.ruff,
            "mypy": tools.mypy,
            "bandit": tools.bandit,
            "complexity": tools.complexity,
            "deadcode": tools.vulture,
            "duplication": tools.jscpd,
        }
        self._commands = {name: commands[name] for name in analyzers}
        self.by_tool: dict[str, list[float]] = defaultdict(list)
        self.cpu: list[float] = []

    def run(self) -> float:
        """Seconds of all of them."""
        spent = {name: command() for name, command in self._commands.items()}
        for name, one in spent.items():
            self.by_tool[name].append(one.wall)
        self.cpu.append(sum(one.cpu for one in spent.values()))
        return sum(one.wall for one in spent.values())
