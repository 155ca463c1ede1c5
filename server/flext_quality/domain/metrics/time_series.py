"""Time divided into buckets, and what values in them become. The rules are in docs/metrics.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from math import fsum
from typing import NamedTuple


class Granularity(IntEnum):
    """How finely time is divided. The numbers are the contract's."""

    RAW = 1
    HOUR = 2
    DAY = 3
    WEEK = 4
    MONTH = 5


class Aggregation(IntEnum):
    """What a bucket's value is made of. The numbers are the contract's."""

    LAST = 1
    AVG = 2
    MIN = 3
    MAX = 4
    SUM = 5


BUCKETED = (Granularity.HOUR, Granularity.DAY, Granularity.WEEK, Granularity.MONTH)
"""The granularities that put points together."""


def bucket_start(time: datetime, granularity: Granularity) -> datetime:
    """Where the bucket begins that `time` lies in: in UTC, weeks on Monday, months by the calendar.

    Raises:
        ValueError: RAW has no buckets.
    """
    hour = time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    match granularity:
        case Granularity.HOUR:
            return hour
        case Granularity.DAY:
            return day
        case Granularity.WEEK:
            return day - timedelta(days=day.weekday())
        case Granularity.MONTH:
            return day.replace(day=1)
        case Granularity.RAW:
            raise ValueError("raw points are in no bucket")


def bucket_end(start: datetime, granularity: Granularity) -> datetime:
    """Where the bucket that begins at `start` ends and the next one begins."""
    match granularity:
        case Granularity.HOUR:
            return start + timedelta(hours=1)
        case Granularity.DAY:
            return start + timedelta(days=1)
        case Granularity.WEEK:
            return start + timedelta(weeks=1)
        case Granularity.MONTH:
            return (start + timedelta(days=31)).replace(day=1)
        case Granularity.RAW:
            raise ValueError("raw points are in no bucket")


class Moment(NamedTuple):
    """The place of an analysis in time: when it ended; of two that ended at once, by their ids."""

    time: datetime
    analysis_id: str


class Cell(NamedTuple):
    """One metric's values in one bucket.

    Attributes:
        last: the value at `at`, the latest.
        minimum, maximum: of all that was said, also of values that were replaced later.
        total, analyses: of the values as they are now, and how many they are.
    """

    last: float
    at: Moment
    minimum: float
    maximum: float
    total: float
    analyses: int

    @classmethod
    def of(cls, value: float, at: Moment) -> Cell:
        """The cell of one value."""
        return cls(value, at, value, value, value, 1)

    def value(self, aggregation: Aggregation) -> float:
        """The values put together."""
        match aggregation:
            case Aggregation.LAST:
                return self.last
            case Aggregation.AVG:
                # Rounding must not lead out of the values' range.
                return min(max(self.total / self.analyses, self.minimum), self.maximum)
            case Aggregation.MIN:
                return self.minimum
            case Aggregation.MAX:
                return self.maximum
            case Aggregation.SUM:
                return self.total

    def plus(self, other: Cell) -> Cell:
        """The cell of the values of both."""
        later = max(self, other, key=lambda cell: cell.at)
        return Cell(
            last=later.last,
            at=later.at,
            minimum=min(self.minimum, other.minimum),
            maximum=max(self.maximum, other.maximum),
            total=self.total + other.total,
            analyses=self.analyses + other.analyses,
        )

    def replaced(self, before: float, value: float, at: Moment) -> Cell:
        """The same after the value at `at`, which was `before`, became `value`."""
        if self.analyses == 1:
            return Cell.of(value, at)
        return self._replace(
            last=value if at >= self.at else self.last,
            minimum=min(self.minimum, value),
            maximum=max(self.maximum, value),
            total=self.total - before + value,
        )

    def without(self, value: float) -> Cell | None:
        """The same after one of its values went; None if it was the only one.

        The latest value stays what it was, as the least and the greatest do.
        """
        if self.analyses == 1:
            return None
        return self._replace(total=self.total - value, analyses=self.analyses - 1)


Bucket = Mapping[str, Cell]
"""The values of one stretch of time, by metric key. A metric without a value is absent."""


def recorded(
    bucket: Bucket, at: Moment, measures: Mapping[str, float], before: Mapping[str, float] | None
) -> dict[str, Cell]:
    """`bucket` after the analysis at `at` was measured.

    `before` is what was said of the same analysis earlier and is replaced; None the first time.
    """
    cells = dict(bucket)
    earlier = before or {}
    for metric, value in measures.items():
        cell = cells.get(metric)
        if cell is None:
            cells[metric] = Cell.of(value, at)
        elif metric in earlier:
            cells[metric] = cell.replaced(earlier[metric], value, at)
        else:
            cells[metric] = cell.plus(Cell.of(value, at))
    for metric, value in earlier.items():
        if metric in measures or metric not in cells:
            continue
        left = cells.pop(metric).without(value)
        if left is not None:
            cells[metric] = left
    return cells


class SeriesPoint(NamedTuple):
    """A metric's value at a time. `analyses` is how many it stands for."""

    time: datetime
    value: float
    analyses: int = 1


def bucketed(
    values: Iterable[tuple[Moment, float]], granularity: Granularity, aggregation: Aggregation
) -> list[SeriesPoint]:
    """Single values put together, oldest first; the order in which they come does not matter."""
    ordered = sorted(values)
    if granularity is Granularity.RAW:
        return [SeriesPoint(at.time, value) for at, value in ordered]
    cells: dict[datetime, Cell] = {}
    for at, value in ordered:
        start = bucket_start(at.time, granularity)
        cell = Cell.of(value, at)
        cells[start] = cells[start].plus(cell) if start in cells else cell
    return [
        SeriesPoint(start, cell.value(aggregation), cell.analyses) for start, cell in cells.items()
    ]


def mean(values: list[float]) -> float:
    """The mean of at least one value, never outside of their range."""
    return min(max(fsum(values) / len(values), min(values)), max(values))
