"""Spans for what the server asks of others. Imported by who traces only.

Spans tell whom it asked and how that ended. They never tell the path or query of a URL, as webhooks have
their secrets there, nor values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.trace import Span, TracerProvider

if TYPE_CHECKING:
    import httpx
    from redis.asyncio import Redis

_URL_ATTRIBUTES = ("http.url", "url.full", "http.target", "url.path", "url.query")


def trace_http(client: httpx.AsyncClient, provider: TracerProvider) -> None:
    """Makes a span of every request of the client within a trace, and tells the other server of it."""
    HTTPXClientInstrumentor.instrument_client(
        client, tracer_provider=provider, request_hook=_without_secrets
    )


def trace_redis(client: Redis, provider: TracerProvider) -> None:
    """Makes a span of every command of the client within a trace."""
    instrument: Any = RedisInstrumentor.instrument_client  # it has no types
    instrument(client, tracer_provider=provider)


async def _without_secrets(span: Span, request: Any) -> None:
    parts = urlsplit(str(request.url))
    origin = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    known = getattr(span, "attributes", None) or {}
    for name in _URL_ATTRIBUTES:
        if name in known:
            span.set_attribute(name, origin)
