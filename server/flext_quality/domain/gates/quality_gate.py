"""What a project's code must hold to be good enough, and whether it does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from flext_quality.domain.identifiers import AnalysisName


class GateOperator(IntEnum):
    """How value and threshold must relate. The numbers are the contract's."""

    AT_MOST = 1
    AT_LEAST = 2
    LESS_THAN = 3
    GREATER_THAN = 4
    EQUAL = 5


class GateScope(IntEnum):
    """Which code a condition is about. The numbers are the contract's."""

    OVERALL = 1
    NEW_CODE = 2


@dataclass(frozen=True, slots=True)
class GateCondition:
    """One thing that must hold: `metric operator threshold`, over all code or the new code."""

    metric: str
    operator: GateOperator
    threshold: float
    scope: GateScope = GateScope.OVERALL


@dataclass(frozen=True, slots=True)
class SincePrevious:
    """New code is what differs from the analysis before on the same branch."""


@dataclass(frozen=True, slots=True)
class SinceAnalysis:
    """New code is what differs from this analysis."""

    analysis: AnalysisName


@dataclass(frozen=True, slots=True)
class SinceDays:
    """New code is what differs from the newest analysis of the branch that is so many days old."""

    days: int


@dataclass(frozen=True, slots=True)
class SinceBranch:
    """New code is what differs from the newest analysis of another branch; empty: the main line."""

    branch: str


NewCode = SincePrevious | SinceAnalysis | SinceDays | SinceBranch


@dataclass(frozen=True, slots=True)
class QualityGate:
    """What must hold; fields as those of the contract's `QualityGate`.

    Attributes:
        min_new_lines: a change of fewer lines is exempt from conditions on the coverage and
            duplication of new code; 0: none is.
        version: counts the changes of the project's gate, for the etag; 0: never changed.
    """

    conditions: tuple[GateCondition, ...]
    new_code: NewCode = SincePrevious()
    required_analyzers: tuple[str, ...] = ()
    min_new_lines: int = 0
    is_default: bool = False
    version: int = 0

    @property
    def etag(self) -> str:
        """Changes with every change."""
        return f'W/"{self.version}"'


class GateStatus(IntEnum):
    """How a gate came out. The numbers are the contract's."""

    PASSED = 1
    FAILED = 2
    ERROR = 3


class ConditionState(IntEnum):
    """How a condition came out. The numbers are the contract's, which explains each."""

    PASSED = 1
    FAILED = 2
    NOT_MEASURED = 3
    EXEMPT = 4


@dataclass(frozen=True, slots=True)
class ConditionResult:
    """How one condition came out: its value (None: not measured) and a sentence for people."""

    condition: GateCondition
    state: ConditionState
    value: float | None
    message: str


@dataclass(frozen=True, slots=True)
class GateResult:
    """Whether code is good enough; `baseline` is what new code was compared with, if anything."""

    status: GateStatus
    conditions: tuple[ConditionResult, ...]
    message: str
    baseline: AnalysisName | None = None
