from __future__ import annotations

from collections.abc import Iterable

import pytest

from flext.quality.v1.analysis_event_pb2 import AnalysisEvent, AnalyzerStarted, SkipReason
from flext.quality.v1.analysis_pb2 import AnalyzerState
from flext.quality.v1.heartbeat_pb2 import AnalysisProgress, Heartbeat
from flext_quality.cli.analyses.progress import Progress, SkipKey
from tests.unit.cli.stories import START, Story, interrupted_story, whole_story


def folded(events: Iterable[AnalysisEvent], delay: float = 0.0) -> Progress:
    """What the events come to, each received `delay` seconds after it happened."""
    progress = Progress()
    for event in events:
        progress.apply(event, event.time.ToNanoseconds() / 1e9 + delay)
    return progress


def test_every_analyzer_is_known_from_the_first_event() -> None:
    """The table has its rows before anything runs."""
    progress = folded(whole_story()[:1])
    assert ["bandit", "mypy", "ruff"] == list(progress.analyzers)
    assert {AnalyzerState.ANALYZER_STATE_PENDING} == {
        analyzer.state for analyzer in progress.analyzers.values()
    }


def test_files_findings_and_time_of_a_running_analyzer() -> None:
    """Its progress, its findings so far, and the seconds since its start."""
    progress = folded(whole_story()[:10])
    bandit = progress.analyzers["bandit"]
    assert (10_000, 20_000, 167_770) == (
        bandit.files_done,
        bandit.files_total,
        bandit.finding_count,
    )
    assert (20_000, 1_234_567, 3) == (
        progress.file_count,
        progress.lines_of_code,
        progress.skipped_file_count,
    )
    assert 7.5 == progress.elapsed(bandit, START + 12.5)


def test_elapsed_time_survives_clocks_that_differ() -> None:
    """If the server's clock is an hour off, an analyzer has not run for an hour."""
    progress = folded(whole_story()[:8], delay=3600.0)
    assert 2.0 == progress.elapsed(progress.analyzers["ruff"], START + 7 + 3600 + 2)


def test_the_end_of_an_analyzer() -> None:
    """Its outcome's state, duration and count are shown from then on."""
    progress = folded(whole_story())
    mypy = progress.analyzers["mypy"]
    assert AnalyzerState.ANALYZER_STATE_FAILED == mypy.state
    assert 3.5 == progress.elapsed(mypy, START + 1e6)
    assert progress.final is not None


def test_what_was_left_out_is_counted_by_reason() -> None:
    """The summary can say how many files were left out, by whom, why, and name one."""
    progress = folded(whole_story())
    by_all = progress.skipped[SkipKey("", SkipReason.SKIP_REASON_LINK)]
    assert 5 == by_all.count
    assert by_all.example.startswith("out")
    assert 1 == progress.skipped[SkipKey("mypy", SkipReason.SKIP_REASON_SYNTAX)].count
    assert ["plugins"] == [ignored.option for ignored in progress.ignored]


def test_a_new_attempt_begins_from_nothing() -> None:
    """Whatever an interrupted attempt found is void."""
    progress = folded(interrupted_story())
    assert 2 == progress.attempt
    assert not progress.prepared
    assert {} == progress.skipped
    assert 0 == progress.analyzers["ruff"].finding_count
    assert None is progress.elapsed(progress.analyzers["ruff"], START)


def test_a_watcher_that_came_late_learns_of_analyzers_as_they_act() -> None:
    """Without the first event the fold works all the same."""
    late = Story().add(analyzer_started=AnalyzerStarted(analyzer="ruff", version="1"))
    assert ["ruff"] == list(folded(late.events).analyzers)


def test_the_queue_position_is_known_from_heartbeats() -> None:
    """It is gone once the attempt begins."""
    events = whole_story()
    progress = folded(events[:1])
    progress.apply_heartbeat(Heartbeat(analysis_progress=AnalysisProgress(queue_position=4)))
    assert 4 == progress.queue_position
    progress.apply(events[1], START)
    assert 0 == progress.queue_position


def test_an_event_of_a_newer_server_is_passed_over() -> None:
    """A kind that this program does not know changes nothing but the sequence."""
    progress = folded([*whole_story()[:2], AnalysisEvent(sequence=3)])
    assert 3 == progress.last_sequence
    assert pytest.approx(0) == progress.file_count
