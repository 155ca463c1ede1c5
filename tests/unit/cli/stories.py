"""Events of an analysis as a server would send them, with text that means harm."""

from __future__ import annotations

from typing import Any

from flext.quality.v1.analysis_event_pb2 import (
    AnalysisEvent,
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
    SkipReason,
    SourcePrepared,
)
from flext.quality.v1.analysis_pb2 import (
    Analysis,
    AnalysisError,
    AnalysisState,
    AnalyzerOutcome,
    AnalyzerState,
)
from flext.quality.v1.error_reason_pb2 import ErrorReason
from flext.quality.v1.finding_pb2 import Finding
from flext.quality.v1.severity_pb2 import Severity, SeverityCounts

EVIL = "\x1b[2J\x1b]0;title\x07[bold red]:boom:\u202e\r\nnext\x9b31m"
"""Escape sequences, rich markup and emoji codes, a turn of the direction of writing, line ends."""

NAME = "projects/shop-0123ab/analyses/01kagf0000000000000000000a"
ANALYZERS = ("bandit", "mypy", "ruff")
START = 1_700_000_000.0


class Story:
    """Collects events; the n-th happens n seconds after `START`."""

    def __init__(self) -> None:
        self.events: list[AnalysisEvent] = []

    def add(self, **kind: Any) -> Story:
        """The next event."""
        event = AnalysisEvent(sequence=len(self.events) + 1, **kind)
        event.time.FromNanoseconds(int((START + len(self.events)) * 1e9))
        self.events.append(event)
        return self


def finding(**values: Any) -> Finding:
    """A finding that means harm wherever it has text."""
    usual = {
        "analyzer": "bandit",
        "rule": f"B602{EVIL}",
        "severity": Severity.SEVERITY_CRITICAL,
        "message": f"subprocess call {EVIL} " + "very long " * 20,
        "path": "src/" + "deeply/nested/" * 12 + f"名前{EVIL}.py",
        "line": 12_345,
        "column": 80,
    }
    return Finding(**{**usual, **values})


def outcome(analyzer: str, state: AnalyzerState, **values: Any) -> AnalyzerOutcome:
    """How an analyzer fared, after 3.5 s."""
    made = AnalyzerOutcome(analyzer=analyzer, version="1.2.3", state=state, **values)
    made.duration.FromMilliseconds(3500)
    return made


def final() -> Analysis:
    """An analysis in which bandit found much, mypy failed and ruff had nothing to do."""
    many = SeverityCounts(critical=12_345, high=23_456, medium=34_567, low=45_678, info=51_724)
    failed = AnalysisError(
        reason=ErrorReason.ERROR_REASON_TOOL_FAILED, message=f"mypy ended with exit code 2: {EVIL}"
    )
    nothing = AnalysisError(
        reason=ErrorReason.ERROR_REASON_NOTHING_TO_ANALYZE, message="nothing to do"
    )
    analysis = Analysis(
        name=NAME,
        state=AnalysisState.ANALYSIS_STATE_SUCCEEDED,
        attempt=1,
        outcomes=[
            outcome(
                "bandit",
                AnalyzerState.ANALYZER_STATE_SUCCEEDED,
                finding_count=167_770,
                severity_counts=many,
                file_count=20_000,
            ),
            outcome("mypy", AnalyzerState.ANALYZER_STATE_FAILED, error=failed),
            outcome("ruff", AnalyzerState.ANALYZER_STATE_SKIPPED, error=nothing),
        ],
        finding_count=167_770,
        severity_counts=many,
        file_count=20_000,
        lines_of_code=1_234_567,
        skipped_file_count=3,
    )
    analysis.start_time.FromSeconds(int(START))
    analysis.end_time.FromSeconds(int(START) + 125)
    return analysis


def whole_story() -> list[AnalysisEvent]:
    """An analysis with everything that can happen in one attempt."""
    analysis = final()
    story = Story().add(analysis_queued=AnalysisQueued(analyzers=ANALYZERS))
    story.add(attempt_started=AttemptStarted(attempt=1))
    story.add(
        files_skipped=FilesSkipped(
            reason=SkipReason.SKIP_REASON_LINK, paths=[f"out{EVIL}", *("x/" * 40 + "y",) * 4]
        )
    )
    story.add(
        source_prepared=SourcePrepared(
            file_count=20_000, lines_of_code=1_234_567, skipped_file_count=3
        )
    )
    story.add(
        configuration_ignored=ConfigurationIgnored(
            analyzer="mypy", path="pyproject.toml", option="plugins", message=f"runs code {EVIL}"
        )
    )
    for analyzer in ANALYZERS:
        story.add(
            analyzer_started=AnalyzerStarted(analyzer=analyzer, version="1.2.3", file_count=20_000)
        )
    story.add(
        analyzer_progressed=AnalyzerProgressed(
            analyzer="bandit", files_done=10_000, files_total=20_000
        )
    )
    story.add(
        findings_reported=FindingsReported(
            analyzer="bandit",
            finding_count=2,
            severity_counts=SeverityCounts(critical=1, info=1),
            total_finding_count=167_770,
            highlights=[finding(), finding(severity=Severity.SEVERITY_INFO, line=0)],
        )
    )
    story.add(
        files_skipped=FilesSkipped(
            analyzer="mypy", reason=SkipReason.SKIP_REASON_SYNTAX, paths=["a.py"], detail=EVIL
        )
    )
    for ended in analysis.outcomes:
        story.add(analyzer_finished=AnalyzerFinished(outcome=ended))
    story.add(analysis_finished=AnalysisFinished(analysis=analysis))
    return story.events


def interrupted_story() -> list[AnalysisEvent]:
    """An analysis whose first attempt came to nothing and whose second runs."""
    story = Story().add(analysis_queued=AnalysisQueued(analyzers=["ruff"]))
    story.add(attempt_started=AttemptStarted(attempt=1))
    story.add(files_skipped=FilesSkipped(reason=SkipReason.SKIP_REASON_NAME, paths=["a"]))
    story.add(source_prepared=SourcePrepared(file_count=1, lines_of_code=1, skipped_file_count=1))
    story.add(analyzer_started=AnalyzerStarted(analyzer="ruff", version="1.0", file_count=1))
    story.add(
        findings_reported=FindingsReported(analyzer="ruff", finding_count=5, total_finding_count=5)
    )
    story.add(attempt_interrupted=AttemptInterrupted(attempt=1, message="the server stopped"))
    story.add(attempt_started=AttemptStarted(attempt=2))
    return story.events
