"""Events of the services that the server depends on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


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


DependencyEventPayload: TypeAlias = CircuitBreakerChanged
