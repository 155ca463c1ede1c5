"""Spans for adapters that nobody hands a `Tracing` to: they add to the span that they work within.

    with tool_span("mypy", "python3.13") as variables:
        environment |= variables

Outside of any span nothing happens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from flext_quality.application.ports.observability import NoTracing, Tracing

TRACEPARENT = "TRACEPARENT"
"""The environment variable in which programs look for the span that they work for."""

current_tracing: ContextVar[Tracing] = ContextVar("current_tracing", default=NoTracing())  # noqa: B039  # it has no state
"""What made the current span."""


@contextmanager
def tool_span(analyzer: str, program: str) -> Iterator[Mapping[str, str]]:
    """A span around a tool's process; yields the variables that tell the process of it."""
    tracing = current_tracing.get()
    if not tracing.context:
        yield {}
        return
    attributes = {"quality.analyzer": analyzer, "process.executable.name": program}
    with tracing.span(f"tool {analyzer}", attributes):
        yield {TRACEPARENT: tracing.context}
