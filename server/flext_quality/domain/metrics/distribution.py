"""How a metric is spread over projects."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from flext_quality.domain.metrics.time_series import mean

BIN_COUNT = 10


@dataclass(frozen=True, slots=True)
class HistogramBin:
    """How many values lie from `start` up to `end`, which only the last bin includes."""

    start: float
    end: float
    count: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """How one or more values are spread."""

    count: int
    mean: float
    median: float
    p10: float
    p25: float
    p75: float
    p90: float
    minimum: float
    maximum: float
    histogram: tuple[HistogramBin, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Distribution | None:
        """The distribution of the values, in whatever order; None without any."""
        if not values:
            return None
        ordered = sorted(values)
        return cls(
            count=len(ordered),
            mean=mean(ordered),
            median=percentile(ordered, 50),
            p10=percentile(ordered, 10),
            p25=percentile(ordered, 25),
            p75=percentile(ordered, 75),
            p90=percentile(ordered, 90),
            minimum=ordered[0],
            maximum=ordered[-1],
            histogram=_histogram(ordered),
        )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """What `percent` % of the values, which are in ascending order, are at most.

    Interpolated between the two nearest ones: type 7 of Hyndman and Fan, "Sample Quantiles in Statistical
    Packages" (1996), as in numpy and in spreadsheets.
    """
    rank = (len(ordered) - 1) * percent / 100
    below = int(rank)
    low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    return min(max(low + (high - low) * (rank - below), low), high)


def _histogram(ordered: Sequence[float]) -> tuple[HistogramBin, ...]:
    low, high = ordered[0], ordered[-1]
    if low == high:
        return (HistogramBin(low, high, len(ordered)),)
    edges = [low + (high - low) * number / BIN_COUNT for number in range(BIN_COUNT)] + [high]
    counts = [0] * BIN_COUNT
    for value in ordered:
        counts[min(bisect_right(edges, value) - 1, BIN_COUNT - 1)] += 1
    bounds = zip(edges[:-1], edges[1:], counts, strict=True)
    return tuple(HistogramBin(start, end, count) for start, end, count in bounds)
