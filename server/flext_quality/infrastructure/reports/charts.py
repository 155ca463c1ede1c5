"""Where the lines of charts go. The templates draw them as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flext_quality.domain.findings.finding import SeverityCounts
from flext_quality.domain.reports.issue_summary import IssueGroup
from flext_quality.domain.reports.report import TrendLine
from flext_quality.infrastructure.reports.text import number
from flext_quality.infrastructure.reports.words import by_severity, day

_GAUGE_MIDDLE, _GAUGE_RADIUS = 66, 52
_GAUGE_START, _GAUGE_SPAN = 135, 270
"""Degrees, clockwise from the right: the gauge is three quarters of a circle, open below."""


def gauge(score: float) -> str:
    """The part of the gauge that a score fills, as an SVG path."""

    def place(degrees: float) -> str:
        angle = math.radians(degrees)
        x = _GAUGE_MIDDLE + _GAUGE_RADIUS * math.cos(angle)
        y = _GAUGE_MIDDLE + _GAUGE_RADIUS * math.sin(angle)
        return f"{x:.2f} {y:.2f}"

    sweep = _GAUGE_SPAN * min(max(score, 0), 100) / 100
    large = int(sweep > 180)  # noqa: PLR2004  # half of a circle
    arc = f"A{_GAUGE_RADIUS} {_GAUGE_RADIUS} 0 {large} 1"
    return f"M{place(_GAUGE_START)} {arc} {place(_GAUGE_START + sweep)}"


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar, in percent of its whole width; `style` is a CSS class."""

    start: float
    width: float
    style: str


def severity_segments(counts: SeverityCounts, whole: int) -> list[Segment]:
    """A bar of issues by severity, where `whole` issues would fill it."""
    segments, start = [], 0.0
    for severity, count in by_severity(counts):
        width = 100 * count / whole if whole else 0.0
        if width:
            segments.append(Segment(round(start, 3), round(width, 3), f"s-{severity.name.lower()}"))
        start += width
    return segments


def longest(groups: Sequence[IssueGroup]) -> int:
    """The most issues that one of the groups has, which fills its bar."""
    return max((group.counts.total for group in groups), default=0)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and what it says."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """A line chart of `WIDTH` by `HEIGHT` units.

    Attributes:
        path: the line, as an SVG path; area: what is below it.
        dots: its points, if they are few enough to be told apart.
    """

    path: str
    area: str
    dots: tuple[tuple[float, float], ...]
    end: tuple[float, float]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


WIDTH, HEIGHT = 360, 180
LEFT, RIGHT, TOP, BOTTOM = 44, 14, 12, 24
_MOST_DOTS = 45
_Y_STEPS = 4
_NOISE = 1e-9
"""Differences that are smaller, by themselves or beside the values, are none."""


def line_chart(line: TrendLine) -> LineChart:
    """The chart of a metric that has at least one point."""
    times = [point.time for point in line.points]
    first = times[0]
    width = (times[-1] - first) / timedelta(days=1)
    values = [point.value for point in line.points]
    low, step = _scale(values, to_100=line.metric.unit == "%" or line.metric.key.endswith("score"))
    high = low + step * _Y_STEPS

    def place(days: float, value: float) -> tuple[float, float]:
        across = days / width if width else 0.5
        up = (value - low) / (high - low)
        return (
            round(LEFT + across * (WIDTH - LEFT - RIGHT), 2),
            round(HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM), 2),
        )

    points = [place((p.time - first) / timedelta(days=1), p.value) for p in line.points]
    path = "M" + " L".join(f"{x:g} {y:g}" for x, y in points)
    floor = HEIGHT - BOTTOM
    unit = "" if line.metric.unit != "min" else "min"
    days = [0.0, width / 2, width] if width >= 2 else [0.0, width] if width else [0.0]  # noqa: PLR2004
    return LineChart(
        path=path,
        area=f"{path} L{points[-1][0]:g} {floor} L{points[0][0]:g} {floor} Z",
        dots=tuple(points) if len(points) <= _MOST_DOTS else (),
        end=points[-1],
        x_ticks=tuple(Tick(place(d, low)[0], day(first + timedelta(days=d))) for d in days),
        y_ticks=tuple(
            Tick(place(0, low + n * step)[1], number(round(low + n * step, 6), unit))
            for n in range(_Y_STEPS + 1)
        ),
    )


def _scale(values: Sequence[float], *, to_100: bool) -> tuple[float, float]:
    """Where the axis begins and how far its steps are apart, both round numbers."""
    least, greatest = min(values), max(values)
    spread = greatest - least
    if spread <= max(abs(least), abs(greatest)) * _NOISE or spread < _NOISE:
        # All alike, but for rounding.
        spread = abs(greatest) * 0.2 if abs(greatest) > _NOISE else 1.0
    step = _round_up(spread / _Y_STEPS)
    if all(value == round(value) for value in values):
        step = max(step, 1.0)
    low = math.floor(least / step) * step
    while low + step * _Y_STEPS < greatest:
        step = _round_up(step * 1.01)
        low = math.floor(least / step) * step
    if least >= 0:
        low = max(low, 0.0)
    if to_100 and greatest <= 100:  # noqa: PLR2004  # nothing goes beyond
        low = max(min(low, 100 - step * _Y_STEPS), 0.0)
    return low, step


def _round_up(step: float) -> float:
    """The next 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= step * (1 - 1e-9))
