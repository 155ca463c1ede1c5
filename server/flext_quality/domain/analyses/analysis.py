"""One run of analyzers over a project's code, and the rules of its life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum

from flext_quality.domain.analyses.events import (
    AnalysisEvent,
    AnalysisEventPayload,
    AnalysisFinished,
    AnalysisQueued,
    AnalyzerFinished,
    AnalyzerProgressed,
    AnalyzerStarted,
    AttemptInterrupted,
    AttemptStarted,
    ConfigurationIgnored,
    FilesSkipped,
    FindingsReported,
    GateEvaluated,
    IssuesTracked,
    SourcePrepared,
)
from flext_quality.domain.errors import (
    AnalysisFinishedError,
    AttemptsExhaustedError,
    NoAnalyzerSucceededError,
    QualityError,
)
from flext_quality.domain.event import Event
from flext_quality.domain.findings.finding import Finding, SeverityCounts, highlights
from flext_quality.domain.findings.outcome import (
    AnalyzerOutcome,
    AnalyzerState,
    Failure,
    state_after,
)
from flext_quality.domain.gates.quality_gate import GateResult
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.domain.issues.issue import IssueCounts
from flext_quality.domain.metrics.score import Score


@dataclass(frozen=True, slots=True)
class AnalysisResults:
    """What an analysis that has SUCCEEDED makes known.

    Score, gate, measures and counts follow triage as long as the analysis is its branch's latest.

    Attributes:
        sequence: its place among its branch's succeeded analyses, from 1 without a gap.
        previous: the succeeded analysis before it on its branch.
        measures: the project's, by metric key; what was not measured is absent.
        new_code_measures: of new code, as the gate at that time defined it; empty without a baseline.
        snapshot: the digest under which the records of its files are kept; empty once they expired.
    """

    sequence: int
    previous: AnalysisName | None
    issue_counts: IssueCounts
    score: Score
    gate: GateResult | None
    measures: Mapping[str, float]
    new_code_measures: Mapping[str, float]
    snapshot: str = ""


MAX_ATTEMPTS = 3
"""How often a server may go away in the middle before the analysis fails."""


class AnalysisState(IntEnum):
    """Where an analysis stands. The numbers are the contract's."""

    PENDING = 1
    RUNNING = 2
    SUCCEEDED = 3
    FAILED = 4
    CANCELLED = 5

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen."""
        return self >= AnalysisState.SUCCEEDED


@dataclass(slots=True)
class Analysis:
    """One run of analyzers over a project's code.

    Every change goes through a method that also records the event that tells it; `take_events` hands
    the events to the unit of work, which stores both together.

    Attributes:
        outcomes: one for each requested analyzer, by name, in the order of the names.
        owner: the server instance that has it in its queue or works on it.
        cancel_requested: a client wants it to end; the owner sees to it.
        branch: the branch that the code is of; empty for the project's main line.
        results: None before it has SUCCEEDED, and for one of a version that made none.
        trace_context: the trace of the call that asked for it, as a W3C `traceparent`; mostly empty.
    """

    name: AnalysisName
    created_at: datetime
    outcomes: dict[str, AnalyzerOutcome]
    owner: str
    state: AnalysisState = AnalysisState.PENDING
    attempt: int = 0
    cancel_requested: bool = False
    started_at: datetime | None = None
    ended_at: datetime | None = None
    file_count: int = 0
    lines_of_code: int = 0
    skipped_file_count: int = 0
    failure: Failure | None = None
    last_sequence: int = 0
    branch: str = ""
    results: AnalysisResults | None = None
    trace_context: str = field(default="", compare=False)
    _events: list[AnalysisEvent] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def queue(
        cls,
        name: AnalysisName,
        analyzers: Sequence[str],
        owner: str,
        now: datetime,
        branch: str = "",
        trace_context: str = "",
    ) -> Analysis:
        """A new analysis that waits for its turn."""
        names = sorted(analyzers)
        outcomes = {a: AnalyzerOutcome(a) for a in names}
        analysis = cls(name, now, outcomes, owner, branch=branch, trace_context=trace_context)
        analysis._record(AnalysisQueued(tuple(names)), now)
        return analysis

    @property
    def severity_counts(self) -> SeverityCounts:
        """All findings so far."""
        return sum((o.severity_counts for o in self.outcomes.values()), SeverityCounts())

    @property
    def running_analyzers(self) -> tuple[str, ...]:
        """The analyzers that run now."""
        return tuple(
            a for a, outcome in self.outcomes.items() if outcome.state is AnalyzerState.RUNNING
        )

    # --- the life of an analysis ------------------------------------------------------------------

    def adopt(self, owner: str) -> None:
        """Another instance takes it into its queue."""
        self.owner = owner

    def start(self, now: datetime) -> None:
        """A new attempt begins, from nothing."""
        self.attempt += 1
        self.state = AnalysisState.RUNNING
        self.started_at = now
        self.outcomes = {a: AnalyzerOutcome(a) for a in self.outcomes}
        self.file_count = self.lines_of_code = self.skipped_file_count = 0
        self._record(AttemptStarted(self.attempt), now)

    def interrupt(self, message: str, now: datetime) -> None:
        """The server that worked on it stops on purpose; it waits for its turn again."""
        self.state = AnalysisState.PENDING
        self.started_at = None
        self.outcomes = {a: AnalyzerOutcome(a) for a in self.outcomes}
        self._record(AttemptInterrupted(self.attempt, message), now)

    def recover(self, now: datetime) -> None:
        """The server that worked on it is gone: it waits again, or fails after `MAX_ATTEMPTS`."""
        if self.attempt >= MAX_ATTEMPTS:
            self.fail(AttemptsExhaustedError(self.attempt), now)
        else:
            self.interrupt("the server that worked on it stopped unexpectedly", now)

    def request_cancel(self, now: datetime) -> None:
        """A client wants it to end. A waiting one ends at once.

        Raises:
            AnalysisFinishedError: it has succeeded or failed.
        """
        if self.state is AnalysisState.CANCELLED:
            return
        if self.state.is_final:
            raise AnalysisFinishedError(str(self.name), self.state.name)
        self.cancel_requested = True
        if self.state is AnalysisState.PENDING:
            self.cancel(now)

    def cancel(self, now: datetime) -> None:
        """Ends it as CANCELLED, with whatever was found until now."""
        for analyzer, outcome in self.outcomes.items():
            if not outcome.state.is_final:
                self._finish_analyzer(analyzer, AnalyzerState.CANCELLED, None, now)
        self._finish(AnalysisState.CANCELLED, now)

    def fail(self, error: QualityError, now: datetime) -> None:
        """Ends it as FAILED, with whatever was found until now."""
        self.failure = Failure.of(error)
        for analyzer, outcome in self.outcomes.items():
            if not outcome.state.is_final:
                self._finish_analyzer(analyzer, AnalyzerState.FAILED, self.failure, now)
        self._finish(AnalysisState.FAILED, now)

    @property
    def will_succeed(self) -> bool:
        """Whether `finish` makes it SUCCEEDED: an analyzer did its work, or none had anything to do."""
        states = {outcome.state for outcome in self.outcomes.values()}
        return AnalyzerState.SUCCEEDED in states or states == {AnalyzerState.SKIPPED}

    def record_results(
        self,
        results: AnalysisResults,
        new_severity_counts: SeverityCounts,
        now: datetime,
        found_severity_counts: SeverityCounts = SeverityCounts(),  # noqa: B008  # it has no state
    ) -> None:
        """Its findings were tracked, and the code was measured, scored and held against the gate.

        The counts are those of `IssuesTracked`.
        """
        self.results = results
        counts = results.issue_counts
        self._record(
            IssuesTracked(counts, new_severity_counts, results.score, found_severity_counts), now
        )
        if results.gate is not None:
            self._record(GateEvaluated(results.gate), now)

    def reassessed(self, results: AnalysisResults) -> None:
        """Triage or a change of the gate changed what is known. Its own events have ended: none tells."""
        self.results = results

    def finish(self, now: datetime) -> None:
        """Ends it once every analyzer has ended: SUCCEEDED if `will_succeed`, FAILED otherwise."""
        if self.will_succeed:
            self._finish(AnalysisState.SUCCEEDED, now)
        else:
            self.fail(NoAnalyzerSucceededError(), now)

    # --- what happens in an attempt ------------------------------------------------------------------

    def source_prepared(self, prepared: SourcePrepared, now: datetime) -> None:
        """The code was read."""
        self.file_count = prepared.file_count
        self.lines_of_code = prepared.lines_of_code
        self.skipped_file_count = prepared.skipped_file_count
        self._record(prepared, now)

    def analyzer_started(self, started: AnalyzerStarted, now: datetime) -> None:
        """An analyzer began, or can tell more about itself than when it began."""
        began = self.outcomes[started.analyzer].started_at
        self._update(
            started.analyzer,
            state=AnalyzerState.RUNNING,
            version=started.version,
            file_count=started.file_count,
            config_digest=started.config_digest,
            started_at=began or now,
        )
        self._record(started, now)

    def analyzer_progressed(self, progressed: AnalyzerProgressed, now: datetime) -> None:
        """An analyzer came further."""
        self._record(progressed, now)

    def configuration_ignored(self, ignored: ConfigurationIgnored, now: datetime) -> None:
        """An option is not used."""
        self._record(ignored, now)

    def files_skipped(self, skipped: FilesSkipped, now: datetime) -> None:
        """Files were left out, by an analyzer or before any ran."""
        if skipped.analyzer:
            count = self.outcomes[skipped.analyzer].skipped_file_count
            self._update(skipped.analyzer, skipped_file_count=count + len(skipped.paths))
        for part in skipped.in_parts():
            self._record(part, now)

    def findings_reported(self, analyzer: str, findings: Sequence[Finding], now: datetime) -> None:
        """A batch of one analyzer's findings is stored."""
        counts = SeverityCounts.of(findings)
        total = self.outcomes[analyzer].severity_counts + counts
        self._update(analyzer, severity_counts=total)
        self._record(
            FindingsReported(analyzer, counts.total, counts, total.total, highlights(findings)), now
        )

    def analyzer_succeeded(self, analyzer: str, now: datetime) -> None:
        """An analyzer did its work."""
        self._finish_analyzer(analyzer, AnalyzerState.SUCCEEDED, None, now)

    def analyzer_failed(self, analyzer: str, error: QualityError, now: datetime) -> None:
        """An analyzer ended with `error`: FAILED, TIMED_OUT or SKIPPED, as the error says."""
        self._finish_analyzer(analyzer, state_after(error), Failure.of(error), now)

    # --- events -----------------------------------------------------------------------------------------

    def take_events(self) -> list[AnalysisEvent]:
        """The events that are not stored yet; they are the caller's from now on."""
        events, self._events = self._events, []
        return events

    def _record(self, what: AnalysisEventPayload, now: datetime) -> None:
        self.last_sequence += 1
        self._events.append(Event(str(self.name), self.last_sequence, now, what))

    def _update(self, analyzer: str, **changes: object) -> None:
        outcome = replace(self.outcomes[analyzer], **changes)  # type: ignore[arg-type]  # of its fields
        self.outcomes = {**self.outcomes, analyzer: outcome}

    def _finish_analyzer(
        self, analyzer: str, state: AnalyzerState, failure: Failure | None, now: datetime
    ) -> None:
        started = self.outcomes[analyzer].started_at or now
        self._update(analyzer, state=state, failure=failure, duration=now - started)
        self._record(AnalyzerFinished(self.outcomes[analyzer]), now)

    def _finish(self, state: AnalysisState, now: datetime) -> None:
        self.state = state
        self.ended_at = now
        # The last event holds the analysis as it is once that event is counted.
        snapshot = replace(self, last_sequence=self.last_sequence + 1, _events=[])
        self._record(AnalysisFinished(snapshot), now)
