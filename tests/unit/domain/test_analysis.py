from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flext_quality.domain.analyses.analysis import MAX_ATTEMPTS, Analysis, AnalysisState
from flext_quality.domain.analyses.events import (
    SKIPPED_PATHS_PER_EVENT,
    AnalysisFinished,
    AnalysisQueued,
    AnalyzerStarted,
    AttemptInterrupted,
    FilesSkipped,
    FindingsReported,
    SkipReason,
    SourcePrepared,
)
from flext_quality.domain.errors import (
    AnalysisFinishedError,
    ErrorReason,
    NothingToAnalyzeError,
    QualityError,
    SourceNotFoundError,
    ToolFailedError,
    ToolTimedOutError,
)
from flext_quality.domain.findings.finding import Finding, Severity
from flext_quality.domain.findings.outcome import AnalyzerState
from flext_quality.domain.identifiers import AnalysisName
from tests.properties import given, st

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=90)
NAME = AnalysisName("shop", "0" * 26)
FAILED = ToolFailedError("mypy", 2, "it broke")


def queued() -> Analysis:
    return Analysis.queue(NAME, ["ruff", "mypy"], "me", NOW)


def running() -> Analysis:
    analysis = queued()
    analysis.start(NOW)
    for analyzer in ("mypy", "ruff"):
        analysis.analyzer_started(AnalyzerStarted(analyzer, "1.0", 3, "digest"), NOW)
    return analysis


def finding(analyzer: str, severity: Severity = Severity.LOW) -> Finding:
    return Finding(analyzer, "X1", severity, "m", "a.py")


def test_a_new_analysis_waits_with_one_outcome_for_each_analyzer() -> None:
    """It is PENDING, and its first event names the analyzers in alphabetical order."""
    analysis = queued()
    assert analysis.state is AnalysisState.PENDING
    assert list(analysis.outcomes) == ["mypy", "ruff"]
    assert [e.payload for e in analysis.take_events()] == [AnalysisQueued(("mypy", "ruff"))]


def test_sequences_have_no_gap_over_a_whole_life() -> None:
    """However often events are taken to be stored, they are numbered from 1 without a gap."""
    analysis = queued()
    events = analysis.take_events()
    analysis.start(NOW)
    analysis.source_prepared(SourcePrepared(3, 30, 300, 0), NOW)
    events += analysis.take_events()
    analysis.findings_reported("ruff", [finding("ruff")], NOW)
    analysis.recover(NOW)
    analysis.start(NOW)
    analysis.cancel(NOW)
    events += analysis.take_events()
    assert [e.sequence for e in events] == list(range(1, len(events) + 1))
    assert analysis.last_sequence == len(events)
    assert analysis.take_events() == []


def test_the_last_event_shows_the_analysis_as_it_ended() -> None:
    """Who sees the last event needs to ask for nothing more."""
    analysis = running()
    analysis.findings_reported("ruff", [finding("ruff", Severity.HIGH)], NOW)
    analysis.analyzer_succeeded("ruff", LATER)
    analysis.analyzer_succeeded("mypy", LATER)
    analysis.finish(LATER)
    last = analysis.take_events()[-1]
    assert isinstance(last.payload, AnalysisFinished)
    assert last.payload.analysis == analysis
    assert last.payload.analysis.last_sequence == last.sequence
    assert last.payload.analysis.severity_counts.high == 1


@pytest.mark.parametrize(
    ("ruff", "mypy", "expected"),
    [
        (None, None, AnalysisState.SUCCEEDED),
        (None, FAILED, AnalysisState.SUCCEEDED),
        (None, NothingToAnalyzeError("mypy"), AnalysisState.SUCCEEDED),
        (NothingToAnalyzeError("ruff"), NothingToAnalyzeError("mypy"), AnalysisState.SUCCEEDED),
        (FAILED, FAILED, AnalysisState.FAILED),
        (NothingToAnalyzeError("ruff"), FAILED, AnalysisState.FAILED),
        (ToolTimedOutError("ruff", 5), FAILED, AnalysisState.FAILED),
    ],
)
def test_an_analysis_succeeds_if_an_analyzer_did_or_none_had_anything_to_do(
    ruff: QualityError | None, mypy: QualityError | None, expected: AnalysisState
) -> None:
    """One analyzer's failure never hides the other's result, and no result is never a success."""
    analysis = running()
    for name, error in (("ruff", ruff), ("mypy", mypy)):
        if error is None:
            analysis.analyzer_succeeded(name, LATER)
        else:
            analysis.analyzer_failed(name, error, LATER)
    analysis.finish(LATER)
    assert analysis.state is expected
    assert analysis.ended_at == LATER
    assert (analysis.failure is not None) == (expected is AnalysisState.FAILED)


def test_outcomes_tell_how_each_analyzer_ended() -> None:
    """State, reason and duration follow from the error and the times."""
    analysis = running()
    analysis.analyzer_failed("ruff", ToolTimedOutError("ruff", 5), LATER)
    analysis.analyzer_failed("mypy", NothingToAnalyzeError("mypy"), NOW)
    ruff, mypy = analysis.outcomes["ruff"], analysis.outcomes["mypy"]
    assert (ruff.state, ruff.duration) == (AnalyzerState.TIMED_OUT, timedelta(seconds=90))
    assert ruff.failure is not None
    assert ruff.failure.reason is ErrorReason.TOOL_TIMED_OUT
    assert (mypy.state, mypy.duration) == (AnalyzerState.SKIPPED, timedelta(0))


def test_an_analyzer_that_learns_its_version_late_began_when_it_began() -> None:
    """The second telling replaces version and digest, and leaves the duration whole."""
    analysis = running()
    analysis.analyzer_started(AnalyzerStarted("ruff", "2.0", 3, "cd"), LATER)
    analysis.analyzer_succeeded("ruff", LATER)
    ruff = analysis.outcomes["ruff"]
    assert (ruff.version, ruff.file_count, ruff.config_digest) == ("2.0", 3, "cd")
    assert ruff.duration == timedelta(seconds=90)


@given(st.lists(st.tuples(st.sampled_from(["ruff", "mypy"]), st.integers(1, 30)), max_size=8))
def test_counts_are_exact(batches: list[tuple[str, int]]) -> None:
    """The counts of the analysis and of each analyzer are the sums of the batches."""
    analysis = running()
    for analyzer, count in batches:
        analysis.findings_reported(analyzer, [finding(analyzer)] * count, NOW)
    for analyzer in ("ruff", "mypy"):
        expected = sum(count for name, count in batches if name == analyzer)
        assert analysis.outcomes[analyzer].finding_count == expected
    assert analysis.severity_counts.total == sum(count for _, count in batches)
    totals = [e.payload for e in analysis.take_events() if isinstance(e.payload, FindingsReported)]
    assert [t.finding_count for t in totals] == [count for _, count in batches]


def test_a_new_attempt_begins_from_nothing() -> None:
    """What an interrupted attempt found does not count."""
    analysis = running()
    analysis.findings_reported("ruff", [finding("ruff")], NOW)
    analysis.interrupt("the server was stopped", NOW)
    assert analysis.state is AnalysisState.PENDING
    assert analysis.severity_counts.total == 0
    analysis.start(NOW)
    assert (analysis.state, analysis.attempt) == (AnalysisState.RUNNING, 2)


def test_after_three_lost_attempts_the_analysis_fails_with_a_reason() -> None:
    """Nothing is tried for ever."""
    analysis = queued()
    for _ in range(MAX_ATTEMPTS):
        assert analysis.state is AnalysisState.PENDING
        analysis.start(NOW)
        analysis.recover(NOW)
    assert analysis.state is AnalysisState.FAILED
    assert analysis.failure is not None
    assert analysis.failure.reason is ErrorReason.ATTEMPTS_EXHAUSTED
    interruptions = [e for e in analysis.take_events() if isinstance(e.payload, AttemptInterrupted)]
    assert len(interruptions) == MAX_ATTEMPTS - 1


def test_a_waiting_analysis_is_cancelled_at_once() -> None:
    """And all its analyzers with it."""
    analysis = queued()
    analysis.request_cancel(NOW)
    assert analysis.state is AnalysisState.CANCELLED
    assert {o.state for o in analysis.outcomes.values()} == {AnalyzerState.CANCELLED}


def test_a_running_analysis_remembers_that_it_shall_end() -> None:
    """Its owner ends it; asking twice changes nothing."""
    analysis = running()
    analysis.request_cancel(NOW)
    assert (analysis.state, analysis.cancel_requested) == (AnalysisState.RUNNING, True)
    analysis.analyzer_succeeded("ruff", NOW)
    analysis.cancel(NOW)
    analysis.request_cancel(NOW)
    assert analysis.state is AnalysisState.CANCELLED
    assert analysis.outcomes["ruff"].state is AnalyzerState.SUCCEEDED
    assert analysis.outcomes["mypy"].state is AnalyzerState.CANCELLED


def test_a_finished_analysis_cannot_be_cancelled() -> None:
    """The error names the state it is in."""
    analysis = running()
    analysis.fail(SourceNotFoundError(), NOW)
    with pytest.raises(AnalysisFinishedError, match="has FAILED already"):
        analysis.request_cancel(NOW)


def test_many_skipped_files_are_told_in_several_events() -> None:
    """Every path is told, and no event grows without bound."""
    analysis = running()
    analysis.take_events()
    paths = tuple(f"f{i}.py" for i in range(2 * SKIPPED_PATHS_PER_EVENT + 1))
    analysis.files_skipped(FilesSkipped(SkipReason.SYNTAX, paths, "mypy"), NOW)
    events = [e.payload for e in analysis.take_events()]
    assert all(isinstance(e, FilesSkipped) for e in events)
    told = [path for e in events if isinstance(e, FilesSkipped) for path in e.paths]
    assert tuple(told) == paths
    assert len(events) == 3
    assert analysis.outcomes["mypy"].skipped_file_count == len(paths)
