"""Measures as they are stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from flext_quality.domain.metrics.metric_keys import METRICS
from flext_quality.domain.metrics.time_series import Cell, Moment
from flext_quality.infrastructure.persistence.metrics.codec import (
    BucketReader,
    pack_bucket,
    pack_measures,
    unpack_bucket,
    unpack_measures,
)
from flext_quality.infrastructure.persistence.metrics.numbers import NUMBERED, NUMBERS
from tests.properties import given, st

BEGIN = datetime(2024, 1, 1)  # noqa: DTZ001  # hypothesis adds the zone
KEYS = st.sampled_from(NUMBERED) | st.text(max_size=5)
VALUES = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**60), 2**60).map(float)
TIMES = st.datetimes(BEGIN, BEGIN + timedelta(days=800), timezones=st.just(UTC))
MOMENTS = st.builds(Moment, TIMES, st.text("ab", max_size=2))
CELLS = st.builds(Cell, VALUES, MOMENTS, VALUES, VALUES, VALUES, st.integers(1, 2**40))


def test_a_metric_s_number_never_changes() -> None:
    """Measures of years would become those of other metrics. New metrics go to the end."""
    first = "\n".join(NUMBERED[:66])
    expected = "0b70c366a25c4c941b483b2163169b6d3fa72ca44828d8a2e92ca197e90a3f61"
    assert expected == sha256(first.encode()).hexdigest()
    assert len(NUMBERED) == len(NUMBERS)


def test_every_metric_has_a_number() -> None:
    """Without one it would be stored as well, but with its key each time."""
    assert [] == [key for key in METRICS if key not in NUMBERS]


@given(st.dictionaries(KEYS, VALUES))
def test_measures_come_back(measures: dict[str, float]) -> None:
    """Whether they have a number or not."""
    assert measures == unpack_measures(pack_measures(measures))


@given(st.dictionaries(KEYS, CELLS), MOMENTS, st.sets(KEYS))
def test_buckets_come_back(bucket: dict[str, Cell], last: Moment, wanted: set[str]) -> None:
    """As a whole, and with the metrics alone that are wanted."""
    payload = pack_bucket(bucket, last)
    assert bucket == unpack_bucket(payload, last)
    expected = {key: cell for key, cell in bucket.items() if key in wanted}
    assert expected == BucketReader(wanted).read(payload, last)


def test_a_metric_of_a_newer_version_is_passed_over() -> None:
    """A server that does not know the number yet reads all the others."""
    measures = pack_measures({NUMBERED[-1]: 1.0, "unnumbered": 2.0})
    # An array of so many items and one more, which is 5.
    assert b"\xdc" == measures[:1]
    newer = b"\xdc" + (len(NUMBERED) + 2).to_bytes(2) + measures[3:] + b"\x05"
    assert {NUMBERED[-1]: 1.0, "unnumbered": 2.0} == unpack_measures(newer)
