"""Quality gates and their results between the domain and protobuf."""

from __future__ import annotations

from typing import cast

from flext.quality.v1 import quality_gate_pb2
from flext_quality.domain.errors import InvalidFieldError, invalid_field
from flext_quality.domain.gates.quality_gate import (
    ConditionResult,
    GateCondition,
    GateOperator,
    GateResult,
    GateScope,
    NewCode,
    QualityGate,
    SinceAnalysis,
    SinceBranch,
    SinceDays,
    SincePrevious,
)
from flext_quality.domain.identifiers import AnalysisName, ProjectName

_SUFFIX = "/qualityGate"


def gate_name(project: ProjectName) -> str:
    """The name of a project's gate."""
    return f"{project}{_SUFFIX}"


def parse_gate_name(text: str, field: str = "name") -> ProjectName:
    """The project whose gate is named.

    Raises:
        InvalidFieldError: `text`, the value of `field`, is not a gate's name.
    """
    try:
        return ProjectName.parse(
            text.removesuffix(_SUFFIX) if text.endswith(_SUFFIX) else "", field
        )
    except InvalidFieldError:
        raise invalid_field(field, 'must be a name like "projects/{project}/qualityGate"') from None


def gate_to_proto(project: ProjectName, gate: QualityGate) -> quality_gate_pb2.QualityGate:
    """The message of a project's gate."""
    return quality_gate_pb2.QualityGate(
        name=gate_name(project),
        conditions=[condition_to_proto(condition) for condition in gate.conditions],
        new_code=_new_code_to_proto(gate.new_code),
        required_analyzers=gate.required_analyzers,
        min_new_lines=gate.min_new_lines,
        is_default=gate.is_default,
        etag=gate.etag,
    )


def gate_from_proto(message: quality_gate_pb2.QualityGate) -> QualityGate:
    """The gate of a message; its name and etag, and what the server gives, are left out."""
    return QualityGate(
        conditions=tuple(
            GateCondition(
                one.metric, GateOperator(one.comparison), one.threshold, GateScope(one.scope)
            )
            for one in message.conditions
        ),
        new_code=_new_code_from_proto(message.new_code),
        required_analyzers=tuple(message.required_analyzers),
        min_new_lines=message.min_new_lines,
    )


def _new_code_to_proto(since: NewCode) -> quality_gate_pb2.NewCode:
    match since:
        case SincePrevious():
            previous = quality_gate_pb2.PreviousAnalysis()
            return quality_gate_pb2.NewCode(previous_analysis=previous)
        case SinceAnalysis(analysis):
            return quality_gate_pb2.NewCode(analysis=str(analysis))
        case SinceDays(days):
            return quality_gate_pb2.NewCode(days=days)
        case SinceBranch(branch):
            return quality_gate_pb2.NewCode(base_branch=branch)


def _new_code_from_proto(message: quality_gate_pb2.NewCode) -> NewCode:
    match message.WhichOneof("since"):
        case "analysis":
            return SinceAnalysis(
                AnalysisName.parse(message.analysis, "quality_gate.new_code.analysis")
            )
        case "days":
            return SinceDays(message.days)
        case "base_branch":
            return SinceBranch(message.base_branch)
        case _:
            return SincePrevious()


def condition_to_proto(condition: GateCondition) -> quality_gate_pb2.GateCondition:
    """The message of a gate's condition."""
    return quality_gate_pb2.GateCondition(
        metric=condition.metric,
        comparison=cast("quality_gate_pb2.GateComparison", condition.operator),
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
