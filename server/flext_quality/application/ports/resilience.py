"""Who is told of the state of what the server depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from flext_quality.domain.events.dependencies import BreakerState


@dataclass(frozen=True, slots=True)
class BreakerChange:
    """A dependency's circuit breaker went from one state to another, as this process saw it.

    Attributes:
        is_known: another process has found out, and told of it.
    """

    dependency: str
    before: BreakerState
    after: BreakerState
    is_known: bool = False


class BreakerListener(Protocol):
    """Is told each change of a circuit breaker's state."""

    def breaker_changed(self, change: BreakerChange) -> None:
        """Takes note; quick, and never raises."""
        ...
