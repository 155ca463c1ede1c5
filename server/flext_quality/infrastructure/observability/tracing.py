"""OpenTelemetry. It costs 0.2 s and some MB to import, so only who traces does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from flext_quality import __version__
from flext_quality.infrastructure.observability.sampling import sampler
from flext_quality.infrastructure.observability.spans import current_tracing

_TRACER = "flext-quality"

_EXPORT_SECONDS = 5.0
"""How long one batch may take on its way."""
_FLUSH_SECONDS = 3.0
"""How long the end of the server waits for the last spans to leave."""
_MAX_ATTRIBUTE_CHARACTERS = 4096
"""A statement that is longer is cut in its span; the SDK's default is no limit at all."""

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACEPARENT = "traceparent"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TracingOptions:
    """Where spans go, and which: see the settings."""

    endpoint: str
    sample_ratio: float
    instance: str
    service_name: str = "flext-quality"


class OtelTracing:
    """The port `Tracing`. Spans are sent in the background; what does not get away is dropped.

    Attributes:
        provider: for instrumentation of libraries.
        sample_ratio: the share of calls for which a trace is to begin; all that begin so are kept.
    """

    def __init__(self, options: TracingOptions) -> None:
        names = {
            "service.name": options.service_name,
            "service.version": __version__,
            "service.instance.id": options.instance,
        }
        self.provider = TracerProvider(
            sampler=sampler(options.sample_ratio),
            resource=Resource.create(names),
            span_limits=SpanLimits(max_attribute_length=_MAX_ATTRIBUTE_CHARACTERS),
            shutdown_on_exit=False,
        )
        self.sample_ratio = options.sample_ratio
        self._exporter = OTLPSpanExporter(
            endpoint=options.endpoint,
            insecure=options.endpoint.startswith("http://"),
            timeout=_EXPORT_SECONDS,
            # As with all other requests, proxies of the environment do not count.
            channel_options=(("grpc.enable_http_proxy", 0),),  # type: ignore[arg-type]  # any number of any
        )
        self.provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self.provider.get_tracer(_TRACER, __version__)

    @property
    def context(self) -> str:
        """The current span's `traceparent`; empty outside of one."""
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        return carrier.get(_TRACEPARENT, "")

    @contextmanager
    def job(self, name: str, context: str, attributes: Mapping[str, str]) -> Iterator[None]:
        """A span that goes on from `context`."""
        # From an empty one, so that nothing but the stored one counts.
        parent = _PROPAGATOR.extract({_TRACEPARENT: context} if context else {}, Context())
        with (
            self._tracer.start_as_current_span(
                name,
                parent,
                kind=SpanKind.CONSUMER,
                attributes=attributes,
                record_exception=False,
                set_status_on_exception=False,
            ) as span,
            self._within(span),
        ):
            yield

    @contextmanager
    def span(self, name: str, attributes: Mapping[str, str]) -> Iterator[None]:
        """A span within the current one."""
        with (
            self._tracer.start_as_current_span(
                name,
                attributes=attributes,
                record_exception=False,
                set_status_on_exception=False,
            ) as span,
            self._within(span),
        ):
            yield

    async def close(self) -> None:
        """Sends what is left, if that is quick."""
        # A daemon thread: the process may end while the collector hangs.
        thread = threading.Thread(target=self.provider.shutdown, daemon=True)
        thread.start()
        await asyncio.to_thread(thread.join, _FLUSH_SECONDS)
        if thread.is_alive():
            self._exporter.shutdown()
            await _log.awarning("the last spans were not sent, the collector does not answer")

    @contextmanager
    def _within(self, span: trace.Span) -> Iterator[None]:
        token = current_tracing.set(self)
        try:
            yield
        except BaseException as error:
            # Its text may quote the analysed code, so only its kind goes out.
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
        finally:
            current_tracing.reset(token)


def add_trace_ids(
    logger: object,  # noqa: ARG001  # as structlog calls it
    method: str,  # noqa: ARG001
    line: structlog.typing.EventDict,
) -> structlog.typing.EventDict:
    """A log processor: lines within a span carry its trace's id and its own."""
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        line["trace_id"] = trace.format_trace_id(span.trace_id)
        line["span_id"] = trace.format_span_id(span.span_id)
    return line


def exemplar() -> dict[str, str] | None:
    """The current span as an exemplar's labels, if its trace is kept."""
    span = trace.get_current_span().get_span_context()
    if not span.is_valid or not span.trace_flags.sampled:
        return None
    return {
        "trace_id": trace.format_trace_id(span.trace_id),
        "span_id": trace.format_span_id(span.span_id),
    }
