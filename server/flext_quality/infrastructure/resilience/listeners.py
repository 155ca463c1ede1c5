"""Who is told about circuit breakers."""

from __future__ import annotations

import structlog

from flext_quality.application.ports.observability import Instruments
from flext_quality.application.ports.resilience import BreakerChange, BreakerListener
from flext_quality.domain.events.dependencies import BreakerState

_log = structlog.get_logger(__name__)


class LoggingListener:
    """Writes a line for each change; a warning when the dependency is left alone."""

    def breaker_changed(self, change: BreakerChange) -> None:
        """See the port."""
        tell = _log.warning if change.after is BreakerState.OPEN else _log.info
        tell(
            "circuit breaker changed",
            dependency=change.dependency,
            before=change.before.value,
            after=change.after.value,
        )


class CountingListener:
    """Shows the state in the server's metrics."""

    def __init__(self, instruments: Instruments) -> None:
        self._instruments = instruments

    def breaker_changed(self, change: BreakerChange) -> None:
        """See the port."""
        self._instruments.breaker_changed(change.dependency, change.after.value)


class Listeners:
    """Passes each change on to all."""

    def __init__(self, *listeners: BreakerListener) -> None:
        self._listeners = list(listeners)

    def add(self, listener: BreakerListener) -> None:
        """One more, from now on."""
        self._listeners.append(listener)

    def breaker_changed(self, change: BreakerChange) -> None:
        """See the port."""
        for listener in self._listeners:
            listener.breaker_changed(change)
