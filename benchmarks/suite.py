"""All benchmarks, by name, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from benchmarks import (
    cold_analysis,
    correctness,
    export,
    first_event,
    many_findings,
    metrics_over_time,
    startup,
    tracking,
    unary_calls,
    watchers,
)
from benchmarks.bench import Bench
from benchmarks.figures import Figure

SUITE: Mapping[str, Callable[[Bench], Iterator[Figure]]] = {
    "startup": startup.measure,
    "first-event": first_event.measure,
    "unary-calls": unary_calls.measure,
    "many-findings": many_findings.measure,
    "tracking": tracking.measure,
    "export": export.measure,
    "watchers": watchers.measure,
    "metrics-over-time": metrics_over_time.measure,
    "cold-analysis": cold_analysis.measure,
    "cold-analysis-all": cold_analysis.measure_all,
    "correctness": correctness.measure,
}
