"""Events of an analysis, from the request to its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

from flext_quality.domain.findings.finding import Finding, SeverityCounts
from flext_quality.domain.findings.outcome import AnalyzerOutcome
from flext_quality.domain.gates.quality_gate import GateResult
from flext_quality.domain.issues.issue import IssueCounts
from flext_quality.domain.metrics.score import Score

if TYPE_CHECKING:
    from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.event import Event


class SkipReason(IntEnum):
    """Why a file was left out. The numbers are the contract's, which explains each."""

    LINK = 1
    SPECIAL_FILE = 2
    UNREADABLE = 3
    NAME = 4
    TOO_LARGE = 5
    ENCODING = 6
    SYNTAX = 7
    DUPLICATE_MODULE = 8
    MODULE_NAME = 9
    EXCLUDED = 10
    TOOL_ERROR = 11


@dataclass(frozen=True, slots=True)
class AnalysisQueued:
    """The analysis was asked for."""

    analyzers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """A server began; whatever an earlier attempt found is void."""

    attempt: int


@dataclass(frozen=True, slots=True)
class AttemptInterrupted:
    """The server that worked on it stopped."""

    attempt: int
    message: str


@dataclass(frozen=True, slots=True)
class SourcePrepared:
    """The code was read."""

    file_count: int
    lines_of_code: int
    byte_count: int
    skipped_file_count: int


SKIPPED_PATHS_PER_EVENT = 1000
"""More paths make more events."""


@dataclass(frozen=True, slots=True)
class FilesSkipped:
    """Files were left out, all for one reason; of the whole analysis where `analyzer` is empty."""

    reason: SkipReason
    paths: tuple[str, ...]
    analyzer: str = ""
    detail: str = ""

    def in_parts(self) -> list[FilesSkipped]:
        """The same, with at most `SKIPPED_PATHS_PER_EVENT` paths in each."""
        step = SKIPPED_PATHS_PER_EVENT
        return [
            FilesSkipped(self.reason, self.paths[start : start + step], self.analyzer, self.detail)
            for start in range(0, len(self.paths), step)
        ]


@dataclass(frozen=True, slots=True)
class ConfigurationIgnored:
    """An option of the project's own tool configuration is not used."""

    analyzer: str
    path: str
    option: str
    message: str


@dataclass(frozen=True, slots=True)
class AnalyzerStarted:
    """An analyzer began."""

    analyzer: str
    version: str
    file_count: int
    config_digest: str


@dataclass(frozen=True, slots=True)
class AnalyzerProgressed:
    """An analyzer came further."""

    analyzer: str
    files_done: int
    files_total: int


@dataclass(frozen=True, slots=True)
class FindingsReported:
    """A batch of findings was stored."""

    analyzer: str
    finding_count: int
    severity_counts: SeverityCounts
    total_finding_count: int
    highlights: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class AnalyzerFinished:
    """An analyzer ended."""

    outcome: AnalyzerOutcome


@dataclass(frozen=True, slots=True)
class IssuesTracked:
    """The findings were matched with the issues known before, and the code was scored.

    Attributes:
        new_severity_counts: of the issues that count as new code.
        found_severity_counts: of the issues that the analysis was the first to find on any branch, and of
            those that came back after they had been fixed. Zero in an event of a version that counted none.
    """

    counts: IssueCounts
    new_severity_counts: SeverityCounts
    score: Score
    found_severity_counts: SeverityCounts = field(default_factory=SeverityCounts)


@dataclass(frozen=True, slots=True)
class GateEvaluated:
    """The quality gate was evaluated."""

    result: GateResult


@dataclass(frozen=True, slots=True)
class AnalysisFinished:
    """The analysis ended; the last event."""

    analysis: Analysis


AnalysisEventPayload: TypeAlias = (
    AnalysisQueued
    | AttemptStarted
    | AttemptInterrupted
    | SourcePrepared
    | FilesSkipped
    | ConfigurationIgnored
    | AnalyzerStarted
    | AnalyzerProgressed
    | FindingsReported
    | AnalyzerFinished
    | IssuesTracked
    | GateEvaluated
    | AnalysisFinished
)


AnalysisEvent: TypeAlias = Event[AnalysisEventPayload]
