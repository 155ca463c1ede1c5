from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest

from flext.quality.v1 import analysis_event_pb2 as pb
from flext.quality.v1 import analysis_pb2, finding_pb2, severity_pb2
from flext_quality.domain import event as domain
from flext_quality.domain.analysis import Analysis, AnalysisState
from flext_quality.domain.event import AnalysisHappening, AnyEvent, Event, SkipReason
from flext_quality.domain.finding import Confidence, Severity, SeverityCounts
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.domain.issue import IssueCounts
from flext_quality.domain.outcome import AnalyzerOutcome, AnalyzerState
from flext_quality.domain.quality_gate import GateResult, GateStatus
from flext_quality.domain.score import Score
from flext_quality.rpc.event_mapping import EventEncoder, event_to_proto

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
NAME = AnalysisName("shop", "0" * 26)
SAMPLES: dict[type[AnalysisHappening], AnalysisHappening] = {
    type(what): what
    for what in (
        domain.AnalysisQueued(("mypy", "ruff")),
        domain.AttemptStarted(2),
        domain.AttemptInterrupted(1, "stopped"),
        domain.SourcePrepared(3, 30, 300, 1),
        domain.FilesSkipped(SkipReason.LINK, ("a.py",), "ruff", "detail"),
        domain.ConfigurationIgnored("mypy", "mypy.ini", "plugins", "would run code"),
        domain.AnalyzerStarted("ruff", "1.0", 3, "digest"),
        domain.AnalyzerProgressed("ruff", 1, 3),
        domain.FindingsReported("ruff", 1, SeverityCounts(low=1), 4),
        domain.AnalyzerFinished(AnalyzerOutcome("ruff", AnalyzerState.SUCCEEDED)),
        domain.IssuesTracked(IssueCounts(open=1), SeverityCounts(low=1), Score(80.0)),
        domain.GateEvaluated(GateResult(GateStatus.PASSED, (), "all hold")),
        domain.AnalysisFinished(Analysis(NAME, NOW, {}, "me", AnalysisState.CANCELLED)),
    )
}


@pytest.mark.parametrize("kind", get_args(AnalysisHappening), ids=lambda k: k.__name__)
def test_every_event_has_its_message(kind: type[AnalysisHappening]) -> None:
    """No field of an event is lost on the way to a client."""
    event = Event(str(NAME), 7, NOW, SAMPLES[kind])
    message = event_to_proto(event)
    assert message.sequence == 7
    assert message.time.ToDatetime(UTC) == NOW
    field = message.WhichOneof("kind")
    assert field is not None
    told = getattr(message, field)
    assert type(told).__name__ == kind.__name__
    given = {name for name in kind.__slots__ if getattr(SAMPLES[kind], name) not in ((), "", 0)}
    assert given == {f.name for f, _ in told.ListFields()}


def test_the_contract_has_no_event_that_the_domain_lacks() -> None:
    """The two lists are the same."""
    fields = pb.AnalysisEvent.DESCRIPTOR.oneofs_by_name["kind"].fields
    kinds = {field.message_type.name for field in fields if field.message_type}
    assert kinds == {kind.__name__ for kind in get_args(AnalysisHappening)}


def test_an_event_of_a_project_is_not_sent_to_watchers_of_analyses() -> None:
    """It would be a bug, and is told as one."""
    with pytest.raises(TypeError, match="not an analysis's event"):
        event_to_proto(Event("projects/shop", 1, NOW, domain.ProjectDeleted()))


def test_numbers_of_the_domain_are_those_of_the_contract() -> None:
    """Enumerations are sent by number: the same number means the same thing on both sides."""
    pairs = (
        (Severity, severity_pb2.Severity, "SEVERITY_"),
        (Confidence, finding_pb2.Confidence, "CONFIDENCE_"),
        (AnalysisState, analysis_pb2.AnalysisState, "ANALYSIS_STATE_"),
        (AnalyzerState, analysis_pb2.AnalyzerState, "ANALYZER_STATE_"),
        (SkipReason, pb.SkipReason, "SKIP_REASON_"),
    )
    for ours, theirs, prefix in pairs:
        expected = {name: number for name, number in theirs.items() if number}
        assert {prefix + member.name: member.value for member in ours if member} == expected


def test_an_event_is_encoded_once_for_all_its_watchers() -> None:
    """The second watcher gets the very same bytes; old ones make room for new ones."""
    encoder = EventEncoder(capacity=2)
    events: list[AnyEvent] = [Event(str(NAME), n, NOW, domain.AttemptStarted(n)) for n in (1, 2, 3)]
    first = encoder.encode(events[0])
    assert encoder.encode(events[0]) is first
    for event in events[1:]:
        encoder.encode(event)
    again = encoder.encode(events[0])
    assert again == first
    assert again is not first
