"""Counts the issues that analyses of this server find, in series of a bounded number of projects."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from flext_quality.application.jobs.observe_projects import OTHER, Figures
from flext_quality.domain.findings.finding import Severity, SeverityCounts
from flext_quality.infrastructure.observability.project_series import ALL

_NOTHING = dict.fromkeys((*(severity.name for severity in Severity), ALL), 0)


@dataclass
class _Waiting:
    """What a project's analyses found that no series has yet; `at` is when the last one did."""

    at: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)


class IssuesFound(Collector):
    """`quality_issues_total`. It only grows, and begins anew with the process.

    A project has a series of its own if it has one among the figures of projects; all others are one. So what
    is found waits for figures that were read after that.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._waiting: dict[str, _Waiting] = {}
        self._series: dict[str, Counter[str]] = {}

    def found(self, project: str, counts: SeverityCounts) -> None:
        """An analysis of the project found so many."""
        waiting = self._waiting.setdefault(project, _Waiting())
        waiting.at = self._now()
        by_severity = {s.name: getattr(counts, s.name.lower()) for s in Severity}
        waiting.counts.update({**by_severity, ALL: counts.total})

    def settle(self, figures: Figures) -> None:
        """Counts what has waited, and ends the series of projects that have none any more."""
        own = {project.project for project in figures.projects} - {OTHER}
        for project in self._series.keys() - own - {OTHER}:
            del self._series[project]
        for project in own:  # a series begins with 0, so that its first increase is seen
            self._series.setdefault(project, Counter(_NOTHING))
        for project, waiting in list(self._waiting.items()):
            if project in own or waiting.at < figures.read_at:
                del self._waiting[project]
                series = project if project in own else OTHER
                self._series.setdefault(series, Counter(_NOTHING)).update(waiting.counts)

    def collect(self) -> Iterator[Metric]:
        """The family."""
        family = CounterMetricFamily(
            "quality_issues",
            "Issues that analyses on this server found, new or back again; by severity and all of them.",
            labels=["project", "severity"],
        )
        for project, counts in list(self._series.items()):
            for severity in _NOTHING:
                family.add_metric([project, severity], counts[severity])
        yield family
