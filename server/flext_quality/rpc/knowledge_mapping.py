"""Issue counts, scores and gate results to protobuf."""

from __future__ import annotations

from typing import cast

from flext.quality.v1 import finding_pb2, issue_pb2, quality_gate_pb2, score_pb2
from flext_quality.domain.issue import IssueCounts
from flext_quality.domain.quality_gate import ConditionResult, GateCondition, GateResult
from flext_quality.domain.score import Score


def issue_counts_to_proto(counts: IssueCounts) -> issue_pb2.IssueCounts:
    """The counts, field by field."""
    return issue_pb2.IssueCounts(
        open=counts.open,
        new=counts.new,
        new_code=counts.new_code,
        fixed=counts.fixed,
        reopened=counts.reopened,
        persisting=counts.persisting,
        moved=counts.moved,
        accepted=counts.accepted,
        false_positive=counts.false_positive,
    )


def score_to_proto(score: Score) -> score_pb2.Score:
    """The message of a score."""
    return score_pb2.Score(
        overall=score.overall,
        grade=cast("score_pb2.Grade", score.grade),
        categories=[
            score_pb2.CategoryScore(
                category=cast("finding_pb2.Category", one.category),
                score=one.score,
                grade=cast("score_pb2.Grade", one.grade),
            )
            for one in score.categories
        ],
        confidence=score.confidence,
    )


def condition_to_proto(condition: GateCondition) -> quality_gate_pb2.GateCondition:
    """The message of a gate's condition."""
    return quality_gate_pb2.GateCondition(
        metric=condition.metric,
        operator=cast("quality_gate_pb2.GateOperator", condition.operator),
        threshold=condition.threshold,
        scope=cast("quality_gate_pb2.GateScope", condition.scope),
    )


def gate_result_to_proto(result: GateResult) -> quality_gate_pb2.GateResult:
    """The message of a gate's result."""
    return quality_gate_pb2.GateResult(
        status=cast("quality_gate_pb2.GateStatus", result.status),
        conditions=[_condition_result_to_proto(one) for one in result.conditions],
        message=result.message,
        baseline_analysis=str(result.baseline or ""),
    )


def _condition_result_to_proto(result: ConditionResult) -> quality_gate_pb2.ConditionResult:
    return quality_gate_pb2.ConditionResult(
        condition=condition_to_proto(result.condition),
        state=cast("quality_gate_pb2.ConditionState", result.state),
        value=result.value,
        message=result.message,
    )
