"""All benchmarks, by name, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from benchmarks import (
    cold_analysis,
    correctness,
    first_event,
    many_findings,
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
    "watchers": watchers.measure,
    "cold-analysis": cold_analysis.measure,
    "correctness": correctness.measure,
}
