"""What tracing and metrics ask for, and what stands in their place while they are off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from flext_quality.domain.events.catalog import AnyEvent


class Tracing(Protocol):
    """Spans, which tell where the time of a call or of an analysis went."""

    @property
    def context(self) -> str:
        """The current span as a W3C `traceparent`; empty where there is none."""
        ...

    def job(
        self, name: str, context: str, attributes: Mapping[str, str]
    ) -> AbstractContextManager[None]:
        """A span for work that was asked for in `context`, wherever that was; one of its own without.

        What is done within, in the tasks that are started within too, belongs to it. An exception that
        leaves it makes it one that failed.
        """
        ...

    def span(self, name: str, attributes: Mapping[str, str]) -> AbstractContextManager[None]:
        """A span for a part of the current one."""
        ...


class Instruments(Protocol):
    """Counts and measures what the server does. Every call is quick and never fails."""

    def call_ended(self, method: str, code: str, seconds: float) -> None:
        """A call of "/package.Service/Method" ended with a status of this name."""
        ...

    def committed(self, events: Sequence[AnyEvent]) -> None:
        """These events are lasting."""
        ...

    def looked_up(self, cache: str, *, hits: int, misses: int) -> None:
        """How many look-ups in the cache of this name found an entry, and how many did not."""
        ...

    def breaker_changed(self, dependency: str, state: str) -> None:
        """The circuit breaker of a dependency is now "closed", "open" or "half_open"."""
        ...

    def lagging(self, consumer: str, *, events: int, seconds: float) -> None:
        """A reader of the event log has so many events before it, the oldest of this age."""
        ...


class NoTracing:
    """The port `Tracing`: there are no spans."""

    @property
    def context(self) -> str:
        """Empty: there is no span."""
        return ""

    def job(
        self, name: str, context: str, attributes: Mapping[str, str]
    ) -> AbstractContextManager[None]:
        """A context that does nothing."""
        del name, context, attributes
        return nullcontext()

    def span(self, name: str, attributes: Mapping[str, str]) -> AbstractContextManager[None]:
        """A context that does nothing."""
        del name, attributes
        return nullcontext()


class NoInstruments:
    """The port `Instruments`: nothing is counted."""

    def call_ended(self, method: str, code: str, seconds: float) -> None:
        """Counts nothing."""

    def committed(self, events: Sequence[AnyEvent]) -> None:
        """Counts nothing."""

    def looked_up(self, cache: str, *, hits: int, misses: int) -> None:
        """Counts nothing."""

    def breaker_changed(self, dependency: str, state: str) -> None:
        """Counts nothing."""

    def lagging(self, consumer: str, *, events: int, seconds: float) -> None:
        """Counts nothing."""
