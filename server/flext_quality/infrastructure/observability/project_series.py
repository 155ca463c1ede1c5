"""The series of projects, and of what waits and runs."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from flext_quality.application.jobs.observe_projects import Figures

ALL = "all"
"""In the place of a severity: the sum over all of them."""


class ProjectSeries(Collector):
    """What `Figures` say. Before there are any, it has no series."""

    def __init__(self) -> None:
        self.figures: Figures | None = None

    def collect(self) -> Iterator[Metric]:
        """The families."""
        if self.figures is None:
            return
        score = GaugeMetricFamily(
            "quality_overall_score",
            "Score of a project's main line, 0 to 100; of _other the mean.",
            labels=["project"],
        )
        issues = GaugeMetricFamily(
            "quality_issues_open",
            "Open issues on a project's main line, by severity and all of them; of _other the sum.",
            labels=["project", "severity"],
        )
        for project in self.figures.projects:
            if project.score is not None:
                score.add_metric([project.project], project.score)
            for severity, count in project.issues.items():
                issues.add_metric([project.project, severity.name], count)
            issues.add_metric([project.project, ALL], sum(project.issues.values()))
        yield score
        yield issues
        analysed = "Projects whose main line was analysed."
        yield GaugeMetricFamily("quality_projects", analysed, self.figures.analysed_projects)
        waiting = GaugeMetricFamily(
            "quality_analyses",
            "Analyses that wait (PENDING) and run (RUNNING), on all servers of the database.",
            labels=["state"],
        )
        waiting.add_metric(["PENDING"], self.figures.pending_analyses)
        waiting.add_metric(["RUNNING"], self.figures.running_analyses)
        yield waiting
