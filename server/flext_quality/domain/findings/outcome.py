"""How one analyzer fared in one analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from flext_quality.domain.errors import ErrorReason, QualityError
from flext_quality.domain.findings.finding import SeverityCounts


class AnalyzerState(IntEnum):
    """Where an analyzer stands within an analysis. The numbers are the contract's."""

    PENDING = 1
    RUNNING = 2
    SUCCEEDED = 3
    FAILED = 4
    TIMED_OUT = 5
    SKIPPED = 6
    CANCELLED = 7

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen."""
        return self >= AnalyzerState.SUCCEEDED


@dataclass(frozen=True, slots=True)
class Failure:
    """What is kept of a `QualityError` once it has happened."""

    reason: ErrorReason
    message: str
    metadata: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, error: QualityError) -> Failure:
        """The failure that `error` is."""
        return cls(error.reason, error.message, dict(error.metadata))


_STATE_BY_REASON = {
    ErrorReason.TOOL_TIMED_OUT: AnalyzerState.TIMED_OUT,
    ErrorReason.NOTHING_TO_ANALYZE: AnalyzerState.SKIPPED,
    ErrorReason.ANALYZER_DISABLED: AnalyzerState.SKIPPED,
    ErrorReason.REPORT_MISSING: AnalyzerState.SKIPPED,
}


def state_after(error: QualityError) -> AnalyzerState:
    """The final state of an analyzer that ended with `error`."""
    return _STATE_BY_REASON.get(error.reason, AnalyzerState.FAILED)


@dataclass(frozen=True, slots=True)
class AnalyzerOutcome:
    """How one analyzer fared. Counts are exact; `config_digest` is a SHA-256 in hexadecimal."""

    analyzer: str
    state: AnalyzerState = AnalyzerState.PENDING
    version: str = ""
    severity_counts: SeverityCounts = field(default_factory=SeverityCounts)
    started_at: datetime | None = None
    duration: timedelta | None = None
    file_count: int = 0
    skipped_file_count: int = 0
    config_digest: str = ""
    failure: Failure | None = None

    @property
    def finding_count(self) -> int:
        """How many findings it reported."""
        return self.severity_counts.total
