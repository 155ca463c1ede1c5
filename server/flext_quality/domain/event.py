"""An entry of the durable event log."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Generic, TypeVar


class AggregateType(IntEnum):
    """What events happen to; those of one thing are in order. The numbers are the contract's."""

    PROJECT = 1
    ANALYSIS = 2
    DEPENDENCY = 3

    @property
    def label(self) -> str:
        """The name in lower case, as topics use it."""
        return self.name.lower()


_DEPENDENCIES = "dependencies/"
_LONGEST_DEPENDENCY = 100
_DIGEST = 16


def dependency_subject(dependency: str) -> str:
    """The subject of a dependency's events. Of a very long name, such as a host's, it has a digest."""
    if len(dependency) > _LONGEST_DEPENDENCY:
        digest = hashlib.sha256(dependency.encode()).hexdigest()[:_DIGEST]
        dependency = f"{dependency[: _LONGEST_DEPENDENCY - _DIGEST - 1]}~{digest}"
    return f"{_DEPENDENCIES}{dependency}"


P_co = TypeVar("P_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Event(Generic[P_co]):
    """An entry of the log: the `sequence`-th thing, from 1 without a gap, that happened to `subject`.

    Attributes:
        subject: the resource name of the project or analysis, or what `dependency_subject` makes.
        correlation_id: that of the call, or of the job's run, that caused it; it gets it when it is stored.
            Empty for an event of a version that stored none.
    """

    subject: str
    sequence: int
    time: datetime
    payload: P_co
    correlation_id: str = field(default="", compare=False)

    @property
    def id(self) -> str:
        """The event's unique id: "{subject}/{sequence}"."""
        return f"{self.subject}/{self.sequence}"

    @property
    def aggregate_type(self) -> AggregateType:
        """What kind of thing it happened to."""
        if self.subject.startswith(_DEPENDENCIES):
            return AggregateType.DEPENDENCY
        return AggregateType.ANALYSIS if "/analyses/" in self.subject else AggregateType.PROJECT
