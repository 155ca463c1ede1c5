from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from flext.quality.v1 import analysis_service_pb2 as pb
from flext_quality.application.finished_analyses import AnalysisView
from flext_quality.domain.analyses.analysis import Analysis, AnalysisState
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.rpc.analyses.encoded import AnalysisAnswers
from flext_quality.rpc.analyses.mapping import view_to_proto

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def analysis(number: int = 0, state: AnalysisState = AnalysisState.SUCCEEDED) -> Analysis:
    name = AnalysisName("shop", f"{number:026}")
    return replace(Analysis.queue(name, ["ruff"], "me", NOW), state=state, _events=[])


def expected(of: Analysis) -> pb.GetAnalysisResponse:
    return pb.GetAnalysisResponse(analysis=view_to_proto(AnalysisView(of)))


def test_a_finished_analysis_is_encoded_once() -> None:
    """Until it is another object, as after a triage."""
    answers, first = AnalysisAnswers(), analysis()
    answer = answers.encode(AnalysisView(first))
    assert answer is answers.encode(AnalysisView(first))
    assert expected(first) == pb.GetAnalysisResponse.FromString(answer)
    changed = replace(first, lines_of_code=7)
    again = pb.GetAnalysisResponse.FromString(answers.encode(AnalysisView(changed)))
    assert again.analysis.lines_of_code == 7


def test_a_running_analysis_is_encoded_each_time() -> None:
    """Its place in the queue changes although it is the same object."""
    answers, running = AnalysisAnswers(), analysis(state=AnalysisState.PENDING)
    answers.encode(AnalysisView(running, 3))
    answer = pb.GetAnalysisResponse.FromString(answers.encode(AnalysisView(running, 1)))
    assert answer.analysis.queue_position == 1


def test_only_so_many_are_kept() -> None:
    """The one that was asked for first goes first."""
    answers = AnalysisAnswers(capacity=2)
    kept = [analysis(number) for number in range(3)]
    bytes_of = [answers.encode(AnalysisView(one)) for one in kept]
    assert bytes_of[2] is answers.encode(AnalysisView(kept[2]))
    assert bytes_of[0] is not answers.encode(AnalysisView(kept[0]))
