"""`flext-quality metrics` and `flext-quality trend`: a project's figures, now and over time."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flext.quality.v1.metrics_pb2 import (
    Granularity,
    MetricDescriptor,
    MetricSeries,
    Trend,
    TrendDirection,
)
from flext_quality.cli.analyses.results_view import render_score
from flext_quality.cli.command import asking, print_json, print_view
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.metrics.chart import draw
from flext_quality.cli.projects.project_argument import find_project
from flext_quality.cli.terminal import console_for
from flext_quality.cli.text import clean, number

GRANULARITIES = {
    "raw": Granularity.GRANULARITY_RAW,
    "hour": Granularity.GRANULARITY_HOUR,
    "day": Granularity.GRANULARITY_DAY,
    "week": Granularity.GRANULARITY_WEEK,
    "month": Granularity.GRANULARITY_MONTH,
}
_DAYS_OF_A_TREND = 2
_LONGEST_KEY, _LONGEST_VALUE = 26, 9
_DIRECTIONS = {
    TrendDirection.TREND_DIRECTION_IMPROVING: ("improving", "green"),
    TrendDirection.TREND_DIRECTION_WORSENING: ("worsening", "red"),
    TrendDirection.TREND_DIRECTION_STEADY: ("steady", ""),
}


async def metrics(
    project_argument: str, analysis: str, server: str, output_format: str
) -> ExitCode:
    """Prints every metric of an analysis, by default the latest."""
    async with asking(server) as (reached, output):
        project = await find_project(reached.client, project_argument)
        figures = await reached.client.metrics(project.name, analysis)
        if output_format == "json":
            print_json(output, figures)
            return ExitCode.OK
        descriptors = {d.metric: d for d in await reached.client.metrics_over_time.descriptors()}
        table = _table()
        for measure in figures.measures:
            described = descriptors.get(measure.metric, MetricDescriptor(metric=measure.metric))
            table.add_row(
                Text(clean(measure.metric), "bold"),
                Text(number(measure.value)),
                Text(clean(described.unit), "dim"),
            )
        console = console_for(sys.stdout)
        parts: list[RenderableType] = [Text(f" {figures.analysis}", "dim"), Text()]
        if figures.HasField("score"):
            parts += [*render_score(figures.score, console), Text()]
        print_view(Group(*parts, Padding(table, (0, 0, 0, 1), expand=False)))
    return ExitCode.OK


@dataclass(frozen=True)
class TrendOptions:
    """What the user asked for. `server` is empty for an embedded one."""

    project: str
    metric: str
    days: int
    granularity: str
    server: str
    output_format: str


async def trend(options: TrendOptions) -> ExitCode:
    """Prints a metric over time as a chart, and where it is heading."""
    start = datetime.now(UTC) - timedelta(days=options.days)
    async with asking(options.server) as (reached, output):
        over_time = reached.client.metrics_over_time
        project = await find_project(reached.client, options.project)
        series = await over_time.query(
            project.name,
            [options.metric],
            start=start,
            granularity=GRANULARITIES[options.granularity],
        )
        if options.output_format == "json":
            print_json(output, series[0])
            return ExitCode.OK
        trends = await over_time.trends(project.name, [options.metric], start=start)
        descriptors = {d.metric: d for d in await over_time.descriptors()}
        described = descriptors.get(options.metric, MetricDescriptor(metric=options.metric))
        print_view(Group(*_chart(series[0], described), *_heading(trends[0], described)))
    return ExitCode.OK


def _chart(series: MetricSeries, described: MetricDescriptor) -> list[RenderableType]:
    name = clean(described.display_name or described.metric)
    unit = f" ({clean(described.unit)})" if described.unit else ""
    title = Text(f" {name}{unit}", "bold")
    if not series.points:
        return [title, Text(" nothing was measured in this time", "dim")]
    points = [(point.time.ToDatetime(UTC), point.value) for point in series.points]
    lines = draw(points, console_for(sys.stdout))
    return [title, *(Text.from_ansi(line, no_wrap=True, overflow="ignore") for line in lines)]


def _heading(trend: Trend, described: MetricDescriptor) -> list[RenderableType]:
    if trend.count < _DAYS_OF_A_TREND:
        return [Text(" Measured on one day so far: no trend yet", "dim")] if trend.count else []
    word, style = _DIRECTIONS.get(trend.direction, ("", ""))
    line = Text(f" {number(trend.first)} to {number(trend.last)}")
    if trend.HasField("change_percent"):
        line.append(f" ({trend.change_percent:+.1f} %)")
    if trend.HasField("slope_per_day"):
        line.append(f", {trend.slope_per_day:+.3g} {clean(described.unit)}".rstrip() + " a day")
    if word:
        line.append(", ").append(word, style)
    return [line]


def _table() -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("Metric", no_wrap=True, min_width=_LONGEST_KEY)
    table.add_column("Value", justify="right", no_wrap=True, min_width=_LONGEST_VALUE)
    # This gives way before any key or number does.
    table.add_column("Unit", overflow="ellipsis", no_wrap=True)
    return table
