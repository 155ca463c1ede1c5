"""Events of a project: its own changes, its gate, decisions about its issues, its channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from flext_quality.domain.gates.events import GateEventPayload
from flext_quality.domain.identifiers import IssueName
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
class NotificationChannelDisabled:
    """The server disabled a channel of the project, since messages did not arrive. `channel`: its name."""

    channel: str
    display_name: str
    reason: str


ProjectEventPayload: TypeAlias = (
    ProjectCreated
    | ProjectUpdated
    | ProjectDeleted
    | QualityGateUpdated
    | GateEventPayload
    | IssuesTriaged
    | NotificationChannelDisabled
)
