"""Spans for statements. Imported by who traces only."""

from __future__ import annotations

from typing import Any

from opentelemetry.instrumentation.sqlalchemy.engine import EngineTracer
from opentelemetry.metrics import NoOpMeter
from opentelemetry.trace import TracerProvider

from flext_quality.infrastructure.persistence.engine import Database

_LIBRARY = "opentelemetry.instrumentation.sqlalchemy"


def trace_statements(database: Database, provider: TracerProvider) -> None:
    """Makes a span of every statement within a trace: its text, never its parameters.

    The library's `SQLAlchemyInstrumentor` would do so with every engine of the process, and for good.
    """
    connections = NoOpMeter(_LIBRARY).create_up_down_counter("db.client.connections.usage")
    for engine in database.engines:
        trace: Any = EngineTracer  # it has no types
        trace(provider.get_tracer(_LIBRARY), engine.sync_engine, connections)
