"""Events of a quality gate that came out otherwise than before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from flext_quality.domain.gates.quality_gate import GateCondition, GateStatus
from flext_quality.domain.identifiers import AnalysisName


@dataclass(frozen=True, slots=True)
class QualityGateChanged:
    """The gate of a branch's latest analysis came out otherwise than before.

    `before` is None for the branch's first analysis.
    """

    analysis: AnalysisName
    branch: str
    before: GateStatus | None
    after: GateStatus
    message: str


@dataclass(frozen=True, slots=True)
class ThresholdViolated:
    """A condition of the gate does not hold that held, or was not there, before."""

    analysis: AnalysisName
    branch: str
    condition: GateCondition
    value: float
    message: str


GateEventPayload: TypeAlias = QualityGateChanged | ThresholdViolated
