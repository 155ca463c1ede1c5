from __future__ import annotations

import statistics
from collections.abc import Sequence
from itertools import pairwise

import pytest

from flext_quality.domain.metrics.distribution import Distribution, HistogramBin, percentile
from tests.properties import given, st

VALUES = st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=60)


def distribution(values: Sequence[float]) -> Distribution:
    found = Distribution.of(values)
    assert found is not None
    return found


def test_without_values_there_is_none() -> None:
    """It would not be all zeros."""
    assert Distribution.of([]) is None


def test_a_distribution_by_hand() -> None:
    """Percentiles between two values are interpolated, as numpy does by default."""
    found = distribution([40, 10, 30, 20])
    assert (found.count, found.mean, found.median) == (4, 25, 25)
    assert (found.minimum, found.maximum) == (10, 40)
    assert (found.p10, found.p25, found.p75, found.p90) == (13, 17.5, 32.5, 37)
    assert [1, 0, 0, 1, 0, 0, 1, 0, 0, 1] == [one.count for one in found.histogram]


def test_alike_values_fill_one_bin() -> None:
    """Of no width."""
    assert (HistogramBin(5, 5, 3),) == distribution([5, 5, 5]).histogram


def test_a_value_on_an_edge_belongs_to_the_bin_above() -> None:
    """But the greatest to the last one."""
    counts = [one.count for one in distribution([float(n) for n in range(11)]).histogram]
    assert [1] * 9 + [2] == counts


@given(VALUES)
def test_every_value_is_in_the_histogram(values: list[float]) -> None:
    """Once, in bins that meet, from the least to the greatest."""
    found = distribution(values)
    assert len(values) == sum(one.count for one in found.histogram) == found.count
    assert (min(values), max(values)) == (found.histogram[0].start, found.histogram[-1].end)
    for left, right in pairwise(found.histogram):
        assert left.end == right.start
    for one in found.histogram[:-1]:
        assert one.count == sum(one.start <= value < one.end for value in values)


@given(VALUES)
def test_percentiles_rise(values: list[float]) -> None:
    """And stay within the values."""
    found = distribution(values)
    rising = [found.minimum, found.p10, found.p25, found.median, found.p75, found.p90]
    assert sorted([*rising, found.maximum]) == [*rising, found.maximum]
    assert found.minimum <= found.mean <= found.maximum


@given(VALUES, st.floats(0, 100), st.floats(0, 100))
def test_a_greater_percentile_is_no_smaller(values: list[float], one: float, two: float) -> None:
    """Whichever they are."""
    ordered = sorted(values)
    assert percentile(ordered, min(one, two)) <= percentile(ordered, max(one, two))


@given(VALUES, st.randoms(use_true_random=False))
def test_the_order_of_projects_makes_no_difference(values: list[float], rng: object) -> None:
    """And the median is that of the textbooks."""
    found = distribution(values)
    assert found == distribution(sorted(values, reverse=True))
    assert found.median == pytest.approx(statistics.median(values), rel=1e-9, abs=1e-9)
