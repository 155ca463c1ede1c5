from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest

from flext.quality.v1 import analysis_event_pb2 as pb
from flext.quality.v1 import analysis_pb2, finding_pb2, severity_pb2
from flext_quality.domain.analyses.analysis import Analysis, AnalysisState
from flext_quality.domain.analyses.events import (
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
    SkipReason,
    SourcePrepared,
)
from flext_quality.domain.event import Event
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.domain.findings.finding import Confidence, Severity, SeverityCounts
from flext_quality.domain.findings.outcome import AnalyzerOutcome, AnalyzerState
from flext_quality.domain.gates.quality_gate import GateResult, GateStatus
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.domain.issues.issue import IssueCounts
from flext_quality.domain.metrics.score import Score
from flext_quality.domain.projects.events import ProjectDeleted
from flext_quality.rpc.analyses.event_mapping import EventEncoder, event_to_proto

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
NAME = AnalysisName("shop", "0" * 26)
SAMPLES: dict[type[AnalysisEventPayload], AnalysisEventPayload] = {
    type(what): what
    for what in (
        AnalysisQueued(("mypy", "ruff")),
        AttemptStarted(2),
        AttemptInterrupted(1, "stopped"),
        SourcePrepared(3, 30, 300, 1),
        FilesSkipped(SkipReason.LINK, ("a.py",), "ruff", "detail"),
        ConfigurationIgnored("mypy", "mypy.ini", "plugins", "would run code"),
        AnalyzerStarted("ruff", "1.0", 3, "digest"),
        AnalyzerProgressed("ruff", 1, 3),
        FindingsReported("ruff", 1, SeverityCounts(low=1), 4),
        AnalyzerFinished(AnalyzerOutcome("ruff", AnalyzerState.SUCCEEDED)),
        IssuesTracked(IssueCounts(open=1), SeverityCounts(low=1), Score(80.0)),
        GateEvaluated(GateResult(GateStatus.PASSED, (), "all hold")),
        AnalysisFinished(Analysis(NAME, NOW, {}, "me", AnalysisState.CANCELLED)),
    )
}


@pytest.mark.parametrize("kind", get_args(AnalysisEventPayload), ids=lambda k: k.__name__)
def test_every_event_has_its_message(kind: type[AnalysisEventPayload]) -> None:
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
    assert kinds == {kind.__name__ for kind in get_args(AnalysisEventPayload)}


def test_an_event_of_a_project_is_not_sent_to_watchers_of_analyses() -> None:
    """It would be a bug, and is told as one."""
    with pytest.raises(TypeError, match="has no kind"):
        event_to_proto(Event("projects/shop", 1, NOW, ProjectDeleted()))


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
    events: list[AnyEvent] = [Event(str(NAME), n, NOW, AttemptStarted(n)) for n in (1, 2, 3)]
    first = encoder.encode(events[0])
    assert encoder.encode(events[0]) is first
    for event in events[1:]:
        encoder.encode(event)
    again = encoder.encode(events[0])
    assert again == first
    assert again is not first
