from __future__ import annotations

import re

from flext_quality.domain.findings.finding import SeverityCounts
from flext_quality.infrastructure.reports.charts import (
    HEIGHT,
    WIDTH,
    gauge,
    line_chart,
    longest,
    severity_segments,
)
from tests.integration.reports.samples import COVERAGE, ISSUES, line
from tests.properties import example, given, st

values = st.floats(-1e9, 1e9, allow_nan=False)


@example([0.0, 5e-323], 1.0)
@example([1e9, 1e9 + 2e-7], 1.0)
@example([0.0, 3e-310], 1.0)
@given(st.lists(values, min_size=1, max_size=60), st.floats(0.1, 40))
def test_a_line_stays_within_its_chart(numbers: list[float], every: float) -> None:
    """Whatever the values; with marks from the least to the greatest, none twice."""
    chart = line_chart(line(ISSUES, numbers, every))
    points = re.findall(r"[ML](-?[\d.e+]+) (-?[\d.e+]+)", chart.path)
    assert len(points) == len(numbers)
    for x, y in points:
        assert 0 <= float(x) <= WIDTH
        assert 0 <= float(y) <= HEIGHT
    places = [tick.at for tick in chart.y_ticks]
    assert places == sorted(places, reverse=True)
    assert len(set(places)) == 5
    assert 1 <= len(chart.x_ticks) <= 3


def test_axes_have_round_numbers() -> None:
    """Whole ones for what is counted, and never beyond 100 %."""
    assert [tick.label for tick in line_chart(line(ISSUES, [3, 4])).y_ticks] == [
        "3",
        "4",
        "5",
        "6",
        "7",
    ]
    labels = [tick.label for tick in line_chart(line(COVERAGE, [98.5, 99.9])).y_ticks]
    assert labels[-1] == "100"


def test_a_single_value_is_a_dot_in_the_middle() -> None:
    """There is no line to draw."""
    chart = line_chart(line(COVERAGE, [50]))
    assert len(chart.dots) == len(chart.x_ticks) == 1


def test_a_full_score_fills_the_gauge() -> None:
    """Three quarters of a circle; less than half of one is the small arc."""
    assert " 0 1 1 " in gauge(100)
    assert " 0 0 1 " in gauge(40)
    assert gauge(150) == gauge(100)


def test_bars_have_the_length_of_their_numbers() -> None:
    """Each severity that there is, one after the other."""
    parts = severity_segments(SeverityCounts(high=1, low=3), 8)
    assert [(part.style, part.start, part.width) for part in parts] == [
        ("s-high", 0, 12.5),
        ("s-low", 12.5, 37.5),
    ]
    assert severity_segments(SeverityCounts(), 0) == []
    assert longest([]) == 0
