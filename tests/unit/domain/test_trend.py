from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from flext_quality.domain.metrics.time_series import SeriesPoint
from flext_quality.domain.metrics.trend import Trend, TrendDirection, slope_per_day, trend_of
from tests.properties import given, st

START = datetime(2025, 1, 1, tzinfo=UTC)
VALUES = st.floats(0, 1e6)


def days(*values: float) -> list[SeriesPoint]:
    return [SeriesPoint(START + timedelta(days=n), value) for n, value in enumerate(values)]


def test_without_points_nothing_is_known() -> None:
    """Not even that it is steady."""
    assert trend_of([], True) == Trend(0, direction=TrendDirection.UNKNOWN)


def test_a_single_point_has_no_slope() -> None:
    """And no direction; what it is itself is told."""
    assert trend_of(days(5), True) == Trend(1, 5, 5, 0, 0, 5, 5, None, TrendDirection.UNKNOWN)


def test_points_of_one_moment_have_no_slope() -> None:
    """There is no line through them."""
    assert slope_per_day([(START, 1.0), (START, 2.0)]) is None
    assert slope_per_day([]) is None


def test_a_trend_by_hand() -> None:
    """The textbook's figures: 4, 5, 9 on three days rise by 2.5 a day."""
    trend = trend_of(days(4, 5, 9), False)
    assert trend == Trend(3, 4, 9, 5, 125, 4, 9, 2.5, TrendDirection.WORSENING)


def test_a_change_from_nothing_has_no_percentage() -> None:
    """A percentage of 0 would be endless."""
    assert trend_of(days(0, 5), None).change_percent is None


@pytest.mark.parametrize(
    ("values", "higher_is_better", "expected"),
    [
        ((80, 90), True, TrendDirection.IMPROVING),
        ((80, 90), False, TrendDirection.WORSENING),
        ((80, 90), None, TrendDirection.UNKNOWN),
        ((90, 80), True, TrendDirection.WORSENING),
        ((90, 80), False, TrendDirection.IMPROVING),
        ((100, 99), True, TrendDirection.STEADY),
        ((100, 98.9), True, TrendDirection.WORSENING),
        ((0, 0), True, TrendDirection.STEADY),
        ((0, 0.001), True, TrendDirection.IMPROVING),
        ((5, 50, 5), True, TrendDirection.STEADY),
    ],
)
def test_a_change_means_what_the_metric_says(
    values: Sequence[float], higher_is_better: bool | None, expected: TrendDirection
) -> None:
    """By which way is better; 1 % of the greater end is no change."""
    assert expected is trend_of(days(*values), higher_is_better).direction


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.sets(st.integers(0, 500), min_size=2))
def test_a_line_has_its_own_slope(slope: int, offset: int, when: set[int]) -> None:
    """Whichever of its points are known."""
    line = [(START + timedelta(days=n), offset + float(slope * n)) for n in sorted(when)]
    assert slope_per_day(line) == pytest.approx(slope, abs=1e-6)


@given(st.lists(VALUES, min_size=1, max_size=40))
def test_first_and_last_lie_between_least_and_greatest(values: list[float]) -> None:
    """And the change leads from one to the other."""
    trend = trend_of(days(*values), True)
    assert trend.minimum is not None
    assert trend.maximum is not None
    assert trend.minimum <= min(values[0], values[-1])
    assert trend.maximum >= max(values[0], values[-1])
    assert trend.change == values[-1] - values[0]


@given(st.lists(VALUES, min_size=2, max_size=20))
def test_backwards_in_time_everything_is_reversed(values: list[float]) -> None:
    """What got better got worse, the slope has the other sign."""
    ahead, back = trend_of(days(*values), True), trend_of(days(*reversed(values)), True)
    opposite = {
        TrendDirection.IMPROVING: TrendDirection.WORSENING,
        TrendDirection.WORSENING: TrendDirection.IMPROVING,
        TrendDirection.STEADY: TrendDirection.STEADY,
    }
    assert opposite[ahead.direction] is back.direction
    assert ahead.slope_per_day == pytest.approx(-(back.slope_per_day or 0), abs=1e-4)
