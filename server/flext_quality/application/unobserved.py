"""What stands behind the ports of observability while it is off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from flext_quality.domain.event import AnyEvent


class NoTracing:
    """The port `Tracing`: there are no spans."""

    @property
    def context(self) -> str:
        """None."""
        return ""

    def job(
        self, name: str, context: str, attributes: Mapping[str, str]
    ) -> AbstractContextManager[None]:
        """Nothing."""
        del name, context, attributes
        return nullcontext()

    def span(self, name: str, attributes: Mapping[str, str]) -> AbstractContextManager[None]:
        """Nothing."""
        del name, attributes
        return nullcontext()


class NoInstruments:
    """The port `Instruments`: nothing is counted."""

    def call_ended(self, method: str, code: str, seconds: float) -> None:
        """Passes."""

    def committed(self, events: Sequence[AnyEvent]) -> None:
        """Passes."""

    def looked_up(self, cache: str, *, hits: int, misses: int) -> None:
        """Passes."""

    def breaker_changed(self, dependency: str, state: str) -> None:
        """Passes."""

    def lagging(self, consumer: str, *, events: int, seconds: float) -> None:
        """Passes."""
