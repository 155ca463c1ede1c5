"""Events of a project: changes of its own, of its gate and channels, decisions about issues, removals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from flext_quality.domain.gates.events import GateEventPayload
from flext_quality.domain.identifiers import AnalysisName, IssueName
from flext_quality.domain.issues.issue import IssueStatus


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
class IssueUpdated:
    """Somebody changed `fields` of an issue; the other attributes are what it has now."""

    issue: IssueName
    fields: tuple[str, ...]
    assignee: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotificationChannelDisabled:
    """The server disabled a channel of the project, since messages did not arrive. `channel`: its name."""

    channel: str
    display_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class AnalysisDeleted:
    """An analysis was removed by itself, not with its branch or project."""

    analysis: AnalysisName
    branch: str


@dataclass(frozen=True, slots=True)
class BranchDeleted:
    """A branch was removed with its analyses, of which there were so many."""

    branch: str
    analysis_count: int


ProjectEventPayload: TypeAlias = (
    ProjectCreated
    | ProjectUpdated
    | ProjectDeleted
    | QualityGateUpdated
    | GateEventPayload
    | IssuesTriaged
    | IssueUpdated
    | NotificationChannelDisabled
    | AnalysisDeleted
    | BranchDeleted
)
