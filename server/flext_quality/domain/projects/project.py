"""A body of code whose quality is followed over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypedDict, Unpack

from flext_quality.domain.errors import EtagMismatchError, FieldViolation, InvalidFieldError
from flext_quality.domain.event import Event
from flext_quality.domain.gates.gating import DEFAULT_GATE
from flext_quality.domain.gates.quality_gate import QualityGate, SinceAnalysis
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.projects.events import (
    ProjectCreated,
    ProjectDeleted,
    ProjectEventPayload,
    ProjectUpdated,
    QualityGateUpdated,
)
from flext_quality.domain.web_address import web_address_violation

ProjectEvent = Event[ProjectEventPayload]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Beyond which a function (or file) becomes a finding of the complexity analyzer; 0: never.

    The defaults are McCabe's 10 (McCabe 1976), SonarSource's 15 for cognitive complexity, 4 levels of
    nesting, and a maintainability index below 20 (Visual Studio's "green" begins there).
    """

    cyclomatic_complexity: int = 10
    cognitive_complexity: int = 15
    nesting_depth: int = 4
    maintainability_index: int = 20


class ProjectDetails(TypedDict, total=False):
    """What may be said about a project: `description`, `owner` and `labels` are for people.

    `repository_url` leads people to its repository, by http or https.
    """

    description: str
    owner: str
    labels: Mapping[str, str]
    repository_url: str
    thresholds: Thresholds


class ProjectValues(ProjectDetails, total=False):
    """What can be changed about a project."""

    display_name: str
    local_path: str


PUBLIC_NAMES = {"local_path": "source"}
"""Fields that the contract calls otherwise."""


@dataclass(slots=True)
class Project:
    """A body of code. `version` counts its changes from 1, `local_path` is absolute on the server.

    `gate` is None for the default one; `gate_version` counts its changes from 0. For the other fields see
    `ProjectDetails`.
    """

    name: ProjectName
    display_name: str
    local_path: str
    created_at: datetime
    updated_at: datetime
    version: int = 1
    last_sequence: int = 0
    gate: QualityGate | None = None
    gate_version: int = 0
    thresholds: Thresholds = field(default_factory=Thresholds)
    description: str = ""
    owner: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    repository_url: str = ""
    _events: list[ProjectEvent] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def register(
        cls,
        name: ProjectName,
        display_name: str,
        local_path: str,
        now: datetime,
        last_sequence: int = 0,
        **details: Unpack[ProjectDetails],
    ) -> Project:
        """A new project. `last_sequence` is that of an earlier project of the same name, if any.

        Raises:
            InvalidFieldError: a detail is not acceptable.
        """
        _check(ProjectValues(display_name=display_name, local_path=local_path, **details))
        project = cls(
            name, display_name, local_path, now, now, last_sequence=last_sequence, **details
        )
        project._record(ProjectCreated(display_name), now)
        return project

    @property
    def etag(self) -> str:
        """Changes with every change, and with the project of a reused name."""
        return f'W/"{int(self.created_at.timestamp() * 1000):x}-{self.version}"'

    def check_etag(self, etag: str) -> None:
        """Does nothing if `etag` is empty or current.

        Raises:
            EtagMismatchError: somebody changed the project since.
        """
        if etag and etag != self.etag:
            raise EtagMismatchError(str(self.name), self.etag)

    def update(self, now: datetime, **values: Unpack[ProjectValues]) -> None:
        """Changes what is given. Values equal to the present ones change nothing.

        Raises:
            InvalidFieldError: a value is not acceptable.
        """
        _check(values)
        changed = [name for name, value in values.items() if value != getattr(self, name)]
        for name in changed:
            setattr(self, name, values[name])  # type: ignore[literal-required]  # one of its keys
        if changed:
            self.version += 1
            self.updated_at = now
            told = tuple(PUBLIC_NAMES.get(name, name) for name in changed)
            self._record(ProjectUpdated(told), now)

    @property
    def quality_gate(self) -> QualityGate:
        """What its code must hold."""
        return replace(self.gate or DEFAULT_GATE, version=self.gate_version)

    @property
    def old_code(self) -> AnalysisName | None:
        """The analysis that its gate names as the old code, if it names one."""
        since = self.quality_gate.new_code
        return since.analysis if isinstance(since, SinceAnalysis) else None

    def update_gate(self, gate: QualityGate | None, etag: str, now: datetime) -> None:
        """Replaces the gate, with None by the default one. The same gate again changes nothing.

        Raises:
            EtagMismatchError: `etag` is not empty, and somebody changed the gate since.
        """
        current = self.quality_gate.etag
        if etag and etag != current:
            raise EtagMismatchError(f"{self.name}/qualityGate", current, "quality_gate")
        chosen = None if gate is None else replace(gate, is_default=False, version=0)
        if chosen != self.gate:
            self.gate = chosen
            self.gate_version += 1
            self._record(QualityGateUpdated(chosen is None), now)

    def tell(self, what: ProjectEventPayload, now: datetime) -> None:
        """Records something that happened around the project and changes nothing of its own."""
        self._record(what, now)

    def delete(self, now: datetime) -> None:
        """Tells that it is removed; the repository removes it."""
        self._record(ProjectDeleted(), now)

    def take_events(self) -> list[ProjectEvent]:
        """The events that are not stored yet; they are the caller's from now on."""
        events, self._events = self._events, []
        return events

    def _record(self, what: ProjectEventPayload, now: datetime) -> None:
        self.last_sequence += 1
        self._events.append(Event(str(self.name), self.last_sequence, now, what))


def _check(values: ProjectValues) -> None:
    if violations := [*_violations(values)]:
        raise InvalidFieldError(violations)


def _violations(values: ProjectValues) -> Iterator[FieldViolation]:
    for name in ("display_name", "description", "owner"):
        if "\0" in str(values.get(name, "")):  # which databases do not take
            yield FieldViolation(f"project.{name}", "must not contain the character U+0000")
    url = values.get("repository_url", "")
    if wrong := web_address_violation(url, "project.repository_url"):
        yield wrong
