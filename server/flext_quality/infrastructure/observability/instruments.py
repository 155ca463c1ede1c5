"""Prometheus metrics of what the server does. Imported by who has them served only.

All names and labels stand here, in `project_series.py` and in `issues_found.py`; `deploy/observability` and
docs/observability.md speak of them. Labels come from the contract and from the operator's settings, never
from clients, so their number is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from flext_quality.domain.analyses.events import (
    AnalysisFinished,
    AnalyzerFinished,
    AttemptStarted,
    IssuesTracked,
)
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.infrastructure.observability.issues_found import IssuesFound

Exemplar = Callable[[], dict[str, str] | None]
"""The labels that lead from a measurement to its trace; None where no trace is kept."""

BREAKER_STATES = ("closed", "open", "half_open")

_CALL_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_WORK_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)


class PrometheusInstruments:
    """The port `Instruments`, in a registry of its own.

    Attributes:
        registry: what a scrape reads.
        issues: what analyses found.
    """

    def __init__(self, exemplar: Exemplar | None = None) -> None:
        self.registry = registry = CollectorRegistry()
        self._exemplar: Exemplar = exemplar or (lambda: None)
        ProcessCollector(registry=registry)
        self._handled = Counter(
            "grpc_server_handled",
            "Calls that ended, by status.",
            ("grpc_service", "grpc_method", "grpc_code"),
            registry=registry,
        )
        self._handling = Histogram(
            "grpc_server_handling_seconds",
            "How long calls took; a stream as long as its client listened.",
            ("grpc_service", "grpc_method"),
            buckets=_CALL_SECONDS,
            registry=registry,
        )
        self._analyses = Counter(
            "quality_analyses_finished",
            "Analyses that ended on this server, by state.",
            ("state",),
            registry=registry,
        )
        self._attempts = Counter(
            "quality_analysis_attempts", "Analyses that this server began.", registry=registry
        )
        self._analysis_seconds = Histogram(
            "quality_analysis_duration_seconds",
            "From the beginning of the last attempt to the end of the analysis.",
            buckets=_WORK_SECONDS,
            registry=registry,
        )
        self._waited_seconds = Histogram(
            "quality_analysis_queue_seconds",
            "From StartAnalysis to the beginning of the last attempt.",
            buckets=_WORK_SECONDS,
            registry=registry,
        )
        self._analyzer_seconds = Histogram(
            "quality_analyzer_duration_seconds",
            "How long an analyzer took in one analysis, by how it ended.",
            ("analyzer", "state"),
            buckets=_WORK_SECONDS,
            registry=registry,
        )
        self._cache_requests = Counter(
            "quality_cache_requests",
            "Entries that were looked up, by result: hit or miss.",
            ("cache", "result"),
            registry=registry,
        )
        self._breaker = Gauge(
            "quality_circuit_breaker_state",
            "1 for the state that the breaker of a dependency is in, 0 for the others.",
            ("dependency", "state"),
            registry=registry,
        )
        self._lag = Gauge(
            "quality_event_lag",
            "Events that a reader of the log has before it.",
            ("consumer",),
            registry=registry,
        )
        self._lag_seconds = Gauge(
            "quality_event_lag_seconds",
            "Age of the oldest event that a reader of the log has before it.",
            ("consumer",),
            registry=registry,
        )
        self.issues = IssuesFound()
        registry.register(self.issues)
        self._calls: dict[tuple[str, str], tuple[Counter, Histogram]] = {}

    def call_ended(self, method: str, code: str, seconds: float) -> None:
        """Counts and measures a call."""
        known = self._calls.get((method, code))
        if known is None:
            service, _, name = method.lstrip("/").partition("/")
            known = self._calls[method, code] = (
                self._handled.labels(service, name, code),
                self._handling.labels(service, name),
            )
        counter, histogram = known
        counter.inc()
        histogram.observe(seconds, self._exemplar())

    def committed(self, events: Sequence[AnyEvent]) -> None:
        """Counts and measures analyses and their analyzers."""
        for event in events:
            what = event.payload
            if isinstance(what, AnalyzerFinished):
                self._analyzer_ended(what)
            elif isinstance(what, IssuesTracked):
                self.issues.found(event.subject.split("/")[1], what.found_severity_counts)
            elif isinstance(what, AttemptStarted):
                self._attempts.inc()
            elif isinstance(what, AnalysisFinished):
                self._analysis_ended(what)

    def looked_up(self, cache: str, *, hits: int, misses: int) -> None:
        """Counts entries."""
        self._cache_requests.labels(cache, "hit").inc(hits)
        self._cache_requests.labels(cache, "miss").inc(misses)

    def breaker_changed(self, dependency: str, state: str) -> None:
        """Sets the breaker's state."""
        for each in BREAKER_STATES:
            self._breaker.labels(dependency, each).set(each == state)

    def lagging(self, consumer: str, *, events: int, seconds: float) -> None:
        """Sets how far a reader is behind."""
        self._lag.labels(consumer).set(events)
        self._lag_seconds.labels(consumer).set(seconds)

    def _analyzer_ended(self, what: AnalyzerFinished) -> None:
        outcome = what.outcome
        if outcome.started_at is None or outcome.duration is None:  # it never began
            return
        self._analyzer_seconds.labels(outcome.analyzer, outcome.state.name).observe(
            outcome.duration.total_seconds(), self._exemplar()
        )

    def _analysis_ended(self, what: AnalysisFinished) -> None:
        analysis = what.analysis
        self._analyses.labels(analysis.state.name).inc()
        if analysis.started_at is None or analysis.ended_at is None:
            return
        took = (analysis.ended_at - analysis.started_at).total_seconds()
        waited = (analysis.started_at - analysis.created_at).total_seconds()
        labels = self._exemplar()
        self._analysis_seconds.observe(took, labels)
        self._waited_seconds.observe(waited, labels)
