"""What a server's settings turn on of tracing and metrics. What is off is not even imported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from flext_quality.application.ports.observability import (
    Instruments,
    NoInstruments,
    NoTracing,
    Tracing,
)
from flext_quality.domain.system.errors import ExternalHostNotAllowedError
from flext_quality.infrastructure.http.addresses import (
    NamedByOperator,
    Resolver,
    checked_addresses,
    resolve,
)

if TYPE_CHECKING:
    import httpx
    from redis.asyncio import Redis

    from flext_quality.infrastructure.observability.instruments import PrometheusInstruments
    from flext_quality.infrastructure.observability.tracing import OtelTracing

_OTLP_PORT = 4317

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TelemetryOptions:
    """See the settings.

    Attributes:
        trace_endpoint: where spans go; empty: there are none.
        sample_ratio: the share of traces that are kept.
        service_name: what the service is called in them.
        metrics: whether anything is counted.
    """

    instance: str
    trace_endpoint: str = ""
    sample_ratio: float = 0.0
    service_name: str = "flext-quality"
    metrics: bool = False


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The adapters behind `Tracing` and `Instruments`.

    Attributes:
        otel: the tracing, if it is on.
        prometheus: the instruments, if they are on.
        log_processors: what log lines are to go through.
    """

    tracing: Tracing = field(default_factory=NoTracing)
    instruments: Instruments = field(default_factory=NoInstruments)
    otel: OtelTracing | None = None
    prometheus: PrometheusInstruments | None = None
    log_processors: tuple[structlog.typing.Processor, ...] = ()

    @classmethod
    def of(cls, options: TelemetryOptions) -> Telemetry:
        """What the options turn on."""
        otel = _tracing(options) if options.trace_endpoint else None
        prometheus = _instruments(traced=otel is not None) if options.metrics else None
        return cls(
            tracing=otel or NoTracing(),
            instruments=prometheus or NoInstruments(),
            otel=otel,
            prometheus=prometheus,
            log_processors=_log_processors() if otel else (),
        )

    def trace_http(self, client: httpx.AsyncClient) -> None:
        """Makes spans of the client's requests, if there is tracing."""
        if self.otel is not None:
            from flext_quality.infrastructure.observability import outgoing  # noqa: PLC0415  # see below

            outgoing.trace_http(client, self.otel.provider)

    def trace_redis(self, client: Redis) -> None:
        """Makes spans of the client's commands, if there is tracing."""
        if self.otel is not None:
            from flext_quality.infrastructure.observability import outgoing  # noqa: PLC0415  # see below

            outgoing.trace_redis(client, self.otel.provider)

    async def close(self) -> None:
        """Sends what is not sent yet."""
        if self.otel is not None:
            await self.otel.close()


async def permitted_receiver(endpoint: str, resolver: Resolver = resolve) -> str:
    """The receiver of spans that a setting names; empty, and the log says why, if it must not be asked.

    The exporter speaks gRPC, which connects by itself, so the rules are asked once, when the server starts.
    """
    parts = urlsplit(endpoint)
    try:
        await checked_addresses(
            NamedByOperator(), parts.hostname or "", parts.port or _OTLP_PORT, resolver
        )
    except ExternalHostNotAllowedError as error:
        await _log.aerror("traces are not sent", why=error.message)
        return ""
    except OSError:
        pass  # it may have an address later
    return endpoint


# Imports wait until something is turned on: OpenTelemetry alone takes 0.3 s and 20 MB.


def _tracing(options: TelemetryOptions) -> OtelTracing:
    from flext_quality.infrastructure.observability.tracing import (  # noqa: PLC0415  # see above
        OtelTracing,
        TracingOptions,
    )

    return OtelTracing(
        TracingOptions(
            options.trace_endpoint, options.sample_ratio, options.instance, options.service_name
        )
    )


def _instruments(*, traced: bool) -> PrometheusInstruments:
    from flext_quality.infrastructure.observability.instruments import (  # noqa: PLC0415  # see above
        PrometheusInstruments,
    )

    if not traced:
        return PrometheusInstruments()
    from flext_quality.infrastructure.observability.tracing import exemplar  # noqa: PLC0415

    return PrometheusInstruments(exemplar)


def _log_processors() -> tuple[structlog.typing.Processor, ...]:
    from flext_quality.infrastructure.observability.tracing import add_trace_ids  # noqa: PLC0415

    return (add_trace_ids,)
