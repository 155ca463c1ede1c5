"""What is known about a running analysis: a plain fold over its events, without any terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from flext.quality.v1.analysis_event_pb2 import (
    AnalysisEvent,
    ConfigurationIgnored,
    FilesSkipped,
    SkipReason,
)
from flext.quality.v1.analysis_pb2 import Analysis, AnalyzerOutcome, AnalyzerState
from flext.quality.v1.heartbeat_pb2 import Heartbeat


@dataclass
class AnalyzerProgress:
    """How far an analyzer is.

    Attributes:
        started_at: on the server's clock, in seconds since 1970; None before it began.
        duration: in seconds, once it has ended.
    """

    analyzer: str
    state: AnalyzerState = AnalyzerState.ANALYZER_STATE_PENDING
    version: str = ""
    file_count: int = 0
    files_done: int = 0
    files_total: int = 0
    finding_count: int = 0
    started_at: float | None = None
    duration: float | None = None
    outcome: AnalyzerOutcome | None = None


class SkipKey(NamedTuple):
    """Who leaves files out (empty: they are left out of the whole analysis), and why."""

    analyzer: str
    reason: SkipReason


@dataclass
class Skipped:
    """How many files were left out for one reason, one of them, and more about the reason."""

    count: int = 0
    example: str = ""
    detail: str = ""


@dataclass
class Progress:
    """An analysis as far as its events were told.

    Attributes:
        queue_position: from 1 while it waits and this is known; else 0.
        attempt: 0 before the first one.
        prepared: whether the code was read, so that the counts mean something.
        final: the analysis, once it has ended.
    """

    analyzers: dict[str, AnalyzerProgress] = field(default_factory=dict)
    queue_position: int = 0
    attempt: int = 0
    last_sequence: int = 0
    prepared: bool = False
    file_count: int = 0
    lines_of_code: int = 0
    skipped_file_count: int = 0
    skipped: dict[SkipKey, Skipped] = field(default_factory=dict)
    ignored: list[ConfigurationIgnored] = field(default_factory=list)
    final: Analysis | None = None
    _clock_lead: float = math.inf

    def apply(self, event: AnalysisEvent, received_at: float) -> None:
        """Takes in the next event, which came at `received_at` (this machine's seconds since 1970)."""
        time = event.time.ToNanoseconds() / 1e9
        # The two clocks differ by this much at most; the fastest event tells it best.
        self._clock_lead = min(self._clock_lead, received_at - time)
        self.last_sequence = event.sequence
        match event.WhichOneof("kind"):
            case "analysis_queued":
                self._reset(event.analysis_queued.analyzers)
            case "attempt_started":
                self._reset(self.analyzers)
                self.attempt = event.attempt_started.attempt
            case "attempt_interrupted":
                self._reset(self.analyzers)
            case "source_prepared":
                self.prepared = True
                self.file_count = event.source_prepared.file_count
                self.lines_of_code = event.source_prepared.lines_of_code
                self.skipped_file_count = event.source_prepared.skipped_file_count
            case "files_skipped":
                self._skip(event.files_skipped)
            case "configuration_ignored":
                self.ignored.append(event.configuration_ignored)
            case "analysis_finished":
                self._finish(event.analysis_finished.analysis)
            case _:
                self._apply_to_analyzer(event, time)

    def apply_heartbeat(self, heartbeat: Heartbeat) -> None:
        """Takes in where the analysis stands while nothing happens."""
        self.queue_position = heartbeat.analysis_progress.queue_position

    def elapsed(self, analyzer: AnalyzerProgress, now: float) -> float | None:
        """How many seconds the analyzer runs or ran; None before it began."""
        if analyzer.duration is not None or analyzer.started_at is None:
            return analyzer.duration
        return max(now - self._clock_lead - analyzer.started_at, 0.0)

    def _reset(self, analyzers: Iterable[str]) -> None:
        """Whatever an earlier attempt found is void."""
        self.analyzers = {name: AnalyzerProgress(name) for name in analyzers}
        self.prepared = False
        self.queue_position = self.file_count = self.lines_of_code = self.skipped_file_count = 0
        self.skipped.clear()
        self.ignored.clear()

    def _analyzer(self, name: str) -> AnalyzerProgress:
        # A watcher that came late does not know the analyzers from the first event.
        return self.analyzers.setdefault(name, AnalyzerProgress(name))

    def _skip(self, files: FilesSkipped) -> None:
        skipped = self.skipped.setdefault(SkipKey(files.analyzer, files.reason), Skipped())
        skipped.count += len(files.paths)
        skipped.example = skipped.example or next(iter(files.paths), "")
        skipped.detail = skipped.detail or files.detail

    def _apply_to_analyzer(self, event: AnalysisEvent, time: float) -> None:
        match event.WhichOneof("kind"):
            case "analyzer_started":
                started = event.analyzer_started
                analyzer = self._analyzer(started.analyzer)
                analyzer.state = AnalyzerState.ANALYZER_STATE_RUNNING
                analyzer.version, analyzer.file_count = started.version, started.file_count
                if analyzer.started_at is None:
                    analyzer.started_at = time
            case "analyzer_progressed":
                progressed = event.analyzer_progressed
                analyzer = self._analyzer(progressed.analyzer)
                analyzer.files_done = progressed.files_done
                analyzer.files_total = progressed.files_total
            case "findings_reported":
                reported = event.findings_reported
                self._analyzer(reported.analyzer).finding_count = reported.total_finding_count
            case "analyzer_finished":
                self._take_outcome(event.analyzer_finished.outcome)
            case _:
                # A kind of event that is newer than this program.
                pass

    def _take_outcome(self, outcome: AnalyzerOutcome) -> None:
        analyzer = self._analyzer(outcome.analyzer)
        analyzer.state = outcome.state
        analyzer.version = outcome.version
        analyzer.file_count = outcome.file_count
        analyzer.finding_count = outcome.finding_count
        analyzer.duration = outcome.duration.ToNanoseconds() / 1e9
        analyzer.outcome = outcome

    def _finish(self, analysis: Analysis) -> None:
        self.final = analysis
        self.queue_position = 0
        for outcome in analysis.outcomes:
            self._take_outcome(outcome)
