"""A body of code whose quality is followed over time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from flext_quality.domain.errors import EtagMismatchError
from flext_quality.domain.event import Event
from flext_quality.domain.gates.gating import DEFAULT_GATE
from flext_quality.domain.gates.quality_gate import QualityGate
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.projects.events import (
    ProjectCreated,
    ProjectDeleted,
    ProjectEventPayload,
    ProjectUpdated,
    QualityGateUpdated,
)

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


@dataclass(slots=True)
class Project:
    """A body of code. `version` counts its changes from 1, `local_path` is absolute on the server.

    `gate` is None for the default one; `gate_version` counts its changes from 0.
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
    _events: list[ProjectEvent] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def register(
        cls,
        name: ProjectName,
        display_name: str,
        local_path: str,
        now: datetime,
        last_sequence: int = 0,
        thresholds: Thresholds | None = None,
    ) -> Project:
        """A new project. `last_sequence` is that of an earlier project of the same name, if any."""
        project = cls(
            name,
            display_name,
            local_path,
            now,
            now,
            last_sequence=last_sequence,
            thresholds=thresholds or Thresholds(),
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

    def update(
        self,
        now: datetime,
        *,
        display_name: str | None = None,
        local_path: str | None = None,
        thresholds: Thresholds | None = None,
    ) -> None:
        """Changes what is not None. Values equal to the present ones change nothing."""
        changed: list[str] = []
        if display_name is not None and display_name != self.display_name:
            self.display_name = display_name
            changed.append("display_name")
        if local_path is not None and local_path != self.local_path:
            self.local_path = local_path
            changed.append("source")
        if thresholds is not None and thresholds != self.thresholds:
            self.thresholds = thresholds
            changed.append("thresholds")
        if changed:
            self.version += 1
            self.updated_at = now
            self._record(ProjectUpdated(tuple(changed)), now)

    @property
    def quality_gate(self) -> QualityGate:
        """What its code must hold."""
        return replace(self.gate or DEFAULT_GATE, version=self.gate_version)

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
