"""What happens, as the durable log keeps it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar, get_args

from flext_quality.domain.finding import Finding, SeverityCounts
from flext_quality.domain.identifiers import AnalysisName, IssueName
from flext_quality.domain.issue import IssueCounts, IssueStatus
from flext_quality.domain.outcome import AnalyzerOutcome
from flext_quality.domain.quality_gate import GateCondition, GateResult, GateStatus
from flext_quality.domain.score import Score

if TYPE_CHECKING:
    from flext_quality.domain.analysis import Analysis


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

    `new_severity_counts` are of the issues that count as new code.
    """

    counts: IssueCounts
    new_severity_counts: SeverityCounts
    score: Score


@dataclass(frozen=True, slots=True)
class GateEvaluated:
    """The quality gate was evaluated."""

    result: GateResult


@dataclass(frozen=True, slots=True)
class AnalysisFinished:
    """The analysis ended; the last event."""

    analysis: Analysis


AnalysisHappening = (
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


@dataclass(frozen=True, slots=True)
class ProjectCreated:
    """A project was registered."""

    display_name: str


@dataclass(frozen=True, slots=True)
class ProjectUpdated:
    """A project was changed; `fields` are the changed ones."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProjectDeleted:
    """A project was removed with all that belonged to it."""


@dataclass(frozen=True, slots=True)
class QualityGateUpdated:
    """The project's gate was replaced; `is_default` if by the default one."""

    is_default: bool


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


@dataclass(frozen=True, slots=True)
class IssuesTriaged:
    """Somebody decided about issues, or (with an empty author) decisions expired.

    `issues` are the first few of them.
    """

    status: IssueStatus
    count: int
    author: str
    reason: str
    issues: tuple[IssueName, ...]


@dataclass(frozen=True, slots=True)
class ChannelDisabled:
    """The server disabled a channel of the project, since messages did not arrive. `channel`: its name."""

    channel: str
    display_name: str
    reason: str


class BreakerState(StrEnum):
    """Whether a dependency is asked: always, never, or by one caller who tries it."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class CircuitBreakerChanged:
    """A dependency's circuit breaker changed. `server` found out: an instance's id."""

    dependency: str
    before: BreakerState
    after: BreakerState
    server: str


class AggregateType(IntEnum):
    """What events happen to; those of one thing are in order. The numbers are the contract's."""

    PROJECT = 1
    ANALYSIS = 2
    DEPENDENCY = 3

    @property
    def label(self) -> str:
        """As topics are called: in lower case."""
        return self.name.lower()


ProjectHappening = (
    ProjectCreated
    | ProjectUpdated
    | ProjectDeleted
    | QualityGateUpdated
    | QualityGateChanged
    | ThresholdViolated
    | IssuesTriaged
    | ChannelDisabled
)
DependencyHappening = CircuitBreakerChanged
Happening = AnalysisHappening | ProjectHappening | DependencyHappening

_DEPENDENCIES = "dependencies/"
_LONGEST_DEPENDENCY = 100
_DIGEST = 16


def dependency_subject(dependency: str) -> str:
    """The subject of a dependency's events. Of a very long name, such as a host's, it has a digest."""
    if len(dependency) > _LONGEST_DEPENDENCY:
        digest = hashlib.sha256(dependency.encode()).hexdigest()[:_DIGEST]
        dependency = f"{dependency[: _LONGEST_DEPENDENCY - _DIGEST - 1]}~{digest}"
    return f"{_DEPENDENCIES}{dependency}"


H_co = TypeVar("H_co", bound=Happening, covariant=True)


@dataclass(frozen=True, slots=True)
class Event(Generic[H_co]):
    """An entry of the log: the `sequence`-th thing, from 1 without a gap, that happened to `subject`.

    `subject` is the resource name of the project or analysis, or what `dependency_subject` makes.
    """

    subject: str
    sequence: int
    time: datetime
    what: H_co

    @property
    def id(self) -> str:
        """What no other event has: "{subject}/{sequence}"."""
        return f"{self.subject}/{self.sequence}"

    @property
    def aggregate_type(self) -> AggregateType:
        """What kind of thing it happened to."""
        if self.subject.startswith(_DEPENDENCIES):
            return AggregateType.DEPENDENCY
        return AggregateType.ANALYSIS if "/analyses/" in self.subject else AggregateType.PROJECT


AnalysisEvent = Event[AnalysisHappening]
AnyEvent = Event[Happening]

EVENT_TYPES = frozenset(kind.__name__ for kind in get_args(Happening))
"""The names of all types of events."""
