"""How soon metrics over time are answered, and that it does not depend on how many analyses there were."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import count

from benchmarks.bench import Bench, in_turn
from benchmarks.figures import Figure
from benchmarks.metric_history import END, PROJECT_COUNT, YEAR, make_database, project_id
from flext.quality.v1.metrics_pb2 import Granularity
from flext_quality_client import QualityClient

_RUNS = 31
"""They take milliseconds, and the first of them find nothing at hand."""
_MANY, _FEW = 1000, 100
"""Analyses of each project."""

_METRICS = ("score", "issues", "coverage", "duplication", "technical_debt", "lines_of_code")
_KEEP_ALL = {"FLEXT_API_RETENTION__ALL_DAYS": "0"}
"""Otherwise the server would remove most of what is to be measured."""


def measure(bench: Bench) -> Iterator[Figure]:
    """A year by day of one project, the view over all, and both beside a tenth of the analyses."""
    many, few = bench.fresh_directory("many"), bench.fresh_directory("few")
    began = time.perf_counter()
    size = make_database(many, _MANY).stat().st_size
    yield Figure("1,000,000 analyses recorded in bulk", "s", [time.perf_counter() - began])
    yield Figure("1,000,000 analyses, database", "MB", [size / 1e6])
    make_database(few, _FEW)
    with (
        bench.server(data_dir=many, variables=_KEEP_ALL) as ours,
        bench.server(data_dir=few, variables=_KEEP_ALL) as theirs,
        QualityClient(ours.address) as client,
        QualityClient(theirs.address) as other,
    ):
        runs = bench.runs(_RUNS)
        day, view = _Query(client, Granularity.GRANULARITY_DAY), _View(client)
        assert day.points() >= YEAR.days * len(_METRICS)
        used = ours.cpu_seconds
        yield Figure("a year by day of one project", "ms", [day.run() for _ in range(runs)])
        used = (ours.cpu_seconds - used) * 1000 / runs
        yield Figure("a year by day, server's processor", "ms", [used])
        yield Figure("one metric over 1,000 projects", "ms", [view.run() for _ in range(runs)])
        week, fewer = (_Query(c, Granularity.GRANULARITY_WEEK) for c in (client, other))
        assert week.points() == fewer.points()
        weeks = in_turn(runs, week.run, fewer.run)
        yield Figure("a year by week, ten times the analyses", "ms", *weeks)
        views = in_turn(runs, view.run, _View(other).run)
        yield Figure("over 1,000 projects, ten times the analyses", "ms", *views)


class _Query:
    """Asks for a year of the next project each time."""

    def __init__(self, client: QualityClient, granularity: Granularity) -> None:
        self._client = client
        self._granularity = granularity
        self._numbers = count()

    def points(self) -> int:
        """How many points an answer has."""
        number = next(self._numbers) * 37 % PROJECT_COUNT
        series = self._client.metrics_over_time.query(
            f"projects/{project_id(number)}",
            _METRICS,
            start=END - YEAR,
            granularity=self._granularity,
        )
        return sum(len(one.points) for one in series)

    def run(self) -> float:
        """How many milliseconds it takes."""
        return _milliseconds(self.points)


class _View:
    """Asks for one metric over all projects, by name: the server looks each time."""

    def __init__(self, client: QualityClient) -> None:
        self._client = client
        self._projects = [f"projects/{project_id(number)}" for number in range(PROJECT_COUNT)]

    def run(self) -> float:
        """How many milliseconds it takes."""
        return _milliseconds(self._ask)

    def _ask(self) -> None:
        answer = self._client.metrics_over_time.aggregate("score", projects=self._projects)
        assert (answer.distribution.count, answer.unmeasured_count) == (PROJECT_COUNT, 0)


def _milliseconds(ask: Callable[[], object]) -> float:
    start = time.perf_counter()
    ask()
    return (time.perf_counter() - start) * 1000
