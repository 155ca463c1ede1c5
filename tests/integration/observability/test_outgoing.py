"""What the server asks of others, with real clients and a real receiver of traces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from redis.asyncio import Redis

from flext_quality.infrastructure.http.server import HttpServer, Request, Response
from flext_quality.infrastructure.observability.telemetry import Telemetry, TelemetryOptions
from flext_quality.infrastructure.observability.tracing import OtelTracing, TracingOptions
from tests.collector import Collector

SECRET = "canary-of-the-webhook"


@pytest.fixture
async def tracing(collector: Collector) -> AsyncIterator[OtelTracing]:
    tracing = OtelTracing(TracingOptions(collector.address, 1.0, "instance-1"))
    yield tracing
    await tracing.close()


async def test_requests_are_spans_without_secrets(
    tracing: OtelTracing, collector: Collector
) -> None:
    """The other server is told of the trace; of the URL, only whom it asked is told to the collector."""
    heard: list[Request] = []

    async def hook(request: Request) -> Response:
        heard.append(request)
        return Response(b"ok")

    server = HttpServer({f"/{SECRET}": hook})
    address = await server.start("127.0.0.1", 0)
    async with httpx.AsyncClient() as client:
        Telemetry(otel=tracing).trace_http(client)
        with tracing.job("analysis", "", {}):
            context = tracing.context
            await client.get(f"http://user:{SECRET}@{address}/{SECRET}?token={SECRET}")
        await client.get(f"http://{address}/{SECRET}")
        await server.stop()
        with tracing.job("analysis", "", {}), pytest.raises(httpx.ConnectError):
            await client.get(f"http://{address}/{SECRET}")
    await tracing.close()
    span, failed = (span for span in collector.spans if span.name != "analysis")
    assert (False, True) == (span.failed, failed.failed)
    trace_id = context.split("-")[1]
    assert f"00-{trace_id}-{span.span_id}" == heard[0].headers["traceparent"].rpartition("-")[0]
    assert f"http://{address}" in span.attributes.values()
    assert not [raw for raw in collector.raw if SECRET.encode() in raw]


async def test_commands_of_redis_are_spans_without_values(
    tracing: OtelTracing, collector: Collector
) -> None:
    """Within a trace; by the command's name."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            for _ in range(2 * int(line[1:])):  # a length and a value of each argument
                await reader.readline()
            writer.write(b"+OK\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    client = Redis(port=port, protocol=2)
    Telemetry(otel=tracing).trace_redis(client)
    with tracing.job("analysis", "", {}):
        await client.set("a", SECRET)
    await client.set("b", SECRET)
    await client.aclose()
    server.close()
    await tracing.close()
    assert ["SET", "analysis"] == sorted(span.name for span in collector.spans)
    assert not [raw for raw in collector.raw if SECRET.encode() in raw]


async def test_without_tracing_clients_stay_as_they_are() -> None:
    """Whoever makes a client need not know whether there is tracing."""
    async with httpx.AsyncClient() as client, Redis() as redis:
        before = (dict(vars(client)), dict(vars(redis)))
        telemetry = Telemetry.of(TelemetryOptions("instance-1"))
        telemetry.trace_http(client)
        telemetry.trace_redis(redis)
        await telemetry.close()
        assert before == (vars(client), vars(redis))
