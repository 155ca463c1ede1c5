from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from math import fsum

import pytest

from flext_quality.domain.metrics.time_series import (
    BUCKETED,
    Aggregation,
    Cell,
    Granularity,
    Moment,
    SeriesPoint,
    bucket_end,
    bucket_start,
    bucketed,
    recorded,
)
from tests.properties import given, st

BEGIN = datetime(2024, 1, 1)  # noqa: DTZ001  # hypothesis adds the zone
TIMES = st.datetimes(BEGIN, BEGIN + timedelta(days=800), timezones=st.just(UTC))
VALUES = st.integers(-(10**9), 10**9).map(float)
MOMENTS = st.builds(Moment, TIMES, st.text("ab", min_size=1, max_size=3))
MEASURED = st.dictionaries(MOMENTS, VALUES, max_size=30)
GRANULARITIES = st.sampled_from(BUCKETED)


def at(*when: int, name: str = "a") -> Moment:
    return Moment(datetime(*when, tzinfo=UTC), name)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("granularity", "start", "end"),
    [
        (Granularity.HOUR, (2024, 2, 29, 23), (2024, 3, 1)),
        (Granularity.DAY, (2024, 2, 29), (2024, 3, 1)),
        (Granularity.WEEK, (2024, 2, 26), (2024, 3, 4)),
        (Granularity.MONTH, (2024, 2, 1), (2024, 3, 1)),
    ],
)
def test_buckets_begin_in_utc(
    granularity: Granularity, start: tuple[int, ...], end: tuple[int, ...]
) -> None:
    """Wherever the time was told: 01:59 two hours ahead of UTC is 23:59 the day before, a leap day."""
    berlin = timezone(timedelta(hours=2))
    time = datetime(2024, 3, 1, 1, 59, 59, 999_999, berlin)
    assert at(*start).time == bucket_start(time, granularity)
    assert at(*end).time == bucket_end(at(*start).time, granularity)


def test_years_end_on_the_right_day() -> None:
    """A week belongs to the Monday it begins on, a month of 31 days is followed by January."""
    new_year = datetime(2025, 1, 1, tzinfo=UTC)
    assert datetime(2024, 12, 30, tzinfo=UTC) == bucket_start(new_year, Granularity.WEEK)
    assert new_year == bucket_end(datetime(2024, 12, 1, tzinfo=UTC), Granularity.MONTH)


def test_raw_points_have_no_buckets() -> None:
    """Asking for one is a mistake of ours."""
    for function in (bucket_start, bucket_end):
        with pytest.raises(ValueError, match="no bucket"):
            function(datetime(2025, 1, 1, tzinfo=UTC), Granularity.RAW)


@given(TIMES, GRANULARITIES)
def test_every_time_is_in_one_bucket(time: datetime, granularity: Granularity) -> None:
    """Buckets meet without a gap, and the beginning of one is in it."""
    start = bucket_start(time, granularity)
    end = bucket_end(start, granularity)
    assert start <= time < end
    assert start == bucket_start(start, granularity)
    assert start == bucket_start(end - datetime.resolution, granularity)
    assert end == bucket_start(end, granularity)


@given(MEASURED, GRANULARITIES)
def test_nothing_is_lost_between_buckets(
    measured: Mapping[Moment, float], granularity: Granularity
) -> None:
    """The sums and counts of the buckets are those of all values."""
    points = bucketed(measured.items(), granularity, Aggregation.SUM)
    assert fsum(measured.values()) == fsum(point.value for point in points)
    assert len(measured) == sum(point.analyses for point in points)
    assert sorted(points, key=lambda point: point.time) == points


@given(MEASURED, GRANULARITIES, st.randoms(use_true_random=False))
def test_the_order_of_coming_makes_no_difference(
    measured: Mapping[Moment, float], granularity: Granularity, rng: random.Random
) -> None:
    """Recorded one by one in any order, a bucket is what its values in order of time make it."""
    shuffled = list(measured.items())
    rng.shuffle(shuffled)
    buckets: dict[datetime, dict[str, Cell]] = {}
    for moment, value in shuffled:
        start = bucket_start(moment.time, granularity)
        buckets[start] = recorded(buckets.get(start, {}), moment, {"m": value}, None)
    for aggregation in Aggregation:
        expected = bucketed(measured.items(), granularity, aggregation)
        assert expected == [
            SeriesPoint(start, buckets[start]["m"].value(aggregation), buckets[start]["m"].analyses)
            for start in sorted(buckets)
        ]


@given(MEASURED.filter(bool), st.data())
def test_a_value_that_is_said_again_counts_once(
    measured: Mapping[Moment, float], data: st.DataObject
) -> None:
    """Last, sum and count become those of the values as they are; least and greatest hold them all."""
    bucket: dict[str, Cell] = {}
    for moment, value in measured.items():
        bucket = recorded(bucket, moment, {"m": value}, None)
    changed = data.draw(st.sampled_from(sorted(measured)))
    value = data.draw(VALUES)
    cell = recorded(bucket, changed, {"m": value}, {"m": measured[changed]})["m"]
    now = {**measured, changed: value}
    assert now[max(now)] == cell.last
    assert (sum(now.values()), len(now)) == (cell.total, cell.analyses)
    assert cell.minimum <= min(now.values())
    assert cell.maximum >= max(now.values())


@given(MEASURED.filter(bool), st.data())
def test_a_value_that_is_withdrawn_counts_no_more(
    measured: Mapping[Moment, float], data: st.DataObject
) -> None:
    """Sum and count are those of the values that are left; without any the metric is gone."""
    bucket: dict[str, Cell] = {}
    for moment, value in measured.items():
        bucket = recorded(bucket, moment, {"m": value}, None)
    gone = data.draw(st.sampled_from(sorted(measured)))
    left = recorded(bucket, gone, {}, {"m": measured[gone]})
    if len(measured) == 1:
        assert left == {}
    else:
        assert sum(measured.values()) - measured[gone] == left["m"].total
        assert len(measured) - 1 == left["m"].analyses


def test_a_mean_stays_between_least_and_greatest() -> None:
    """Though adding a tenth ten times gives less than one."""
    bucket: dict[str, Cell] = {}
    for number in range(10):
        bucket = recorded(bucket, at(2025, 1, 1, number), {"m": 0.1}, None)
    assert bucket["m"].total < 1
    assert bucket["m"].value(Aggregation.AVG) == 0.1


def test_raw_points_are_put_in_order_only() -> None:
    """One for each analysis, those of one moment by their ids."""
    values = [(at(2025, 1, 2), 3.0), (at(2025, 1, 1, name="b"), 2.0), (at(2025, 1, 1), 1.0)]
    points = bucketed(values, Granularity.RAW, Aggregation.SUM)
    assert [1, 2, 3] == [point.value for point in points]
