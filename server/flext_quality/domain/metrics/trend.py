"""Where a metric is heading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from math import fsum

from flext_quality.domain.metrics.time_series import SeriesPoint, mean

STEADY_PERCENT = 1.0
"""A change of at most so much, in percent of the greater of the first and the last value, is none."""

_DAY = timedelta(days=1)


class TrendDirection(IntEnum):
    """What a change means. The numbers are the contract's."""

    UNKNOWN = 0
    IMPROVING = 1
    WORSENING = 2
    STEADY = 3


@dataclass(frozen=True, slots=True)
class Trend:
    """How a metric went over a time. Everything but `count` and `direction` is None without points.

    Attributes:
        slope_per_day: by least squares; None with fewer than two points in time.
        change: the last value less the first.
        change_percent: of the first value; None where that is 0.
    """

    count: int = 0
    first: float | None = None
    last: float | None = None
    change: float | None = None
    change_percent: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    slope_per_day: float | None = None
    direction: TrendDirection = TrendDirection.UNKNOWN


def trend_of(points: Sequence[SeriesPoint], higher_is_better: bool | None) -> Trend:
    """The trend of values over time, oldest first. `higher_is_better` is None where neither is."""
    if not points:
        return Trend()
    values = [point.value for point in points]
    first, last = values[0], values[-1]
    change = last - first
    return Trend(
        count=len(points),
        first=first,
        last=last,
        change=change,
        change_percent=100 * change / abs(first) if first else None,
        minimum=min(values),
        maximum=max(values),
        slope_per_day=slope_per_day([(point.time, point.value) for point in points]),
        direction=_direction(first, last, higher_is_better, len(points)),
    )


def slope_per_day(points: Sequence[tuple[datetime, float]]) -> float | None:
    """The slope of the line with the least squares of distances; None without two points in time.

    Source: https://en.wikipedia.org/wiki/Simple_linear_regression
    """
    if not points:
        return None
    origin = points[0][0]
    days = [(time - origin) / _DAY for time, _ in points]
    middle, level = mean(days), mean([value for _, value in points])
    spread = fsum((day - middle) ** 2 for day in days)
    if spread == 0:
        return None
    pairs = zip(days, points, strict=True)
    return fsum((day - middle) * (value - level) for day, (_, value) in pairs) / spread


def _direction(
    first: float, last: float, higher_is_better: bool | None, count: int
) -> TrendDirection:
    if higher_is_better is None or count < 2:  # noqa: PLR2004  # a change is between two
        return TrendDirection.UNKNOWN
    if abs(last - first) <= max(abs(first), abs(last)) * STEADY_PERCENT / 100:
        return TrendDirection.STEADY
    gained = last > first
    return TrendDirection.IMPROVING if gained == higher_is_better else TrendDirection.WORSENING
