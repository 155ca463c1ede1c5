"""A receiver of OTLP over gRPC, as a collector of traces has it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from tests.waiting import PATIENCE_SECONDS


@dataclass(frozen=True)
class ReceivedSpan:
    """What a test asks of a span. Ids in hexadecimal; `parent_id` is empty at the beginning of a trace."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, str]
    failed: bool
    service: str
    start: int


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self._spans: list[ReceivedSpan] = []
        self._changed = threading.Condition()
        self.address = ""

    def Export(self, request: Any, context: Any) -> Any:  # noqa: N802  # the name of the RPC
        """Takes a batch."""
        with self._changed:
            self.raw.append(request.SerializeToString())
            for resource in request.resource_spans:
                named = {a.key: a.value.string_value for a in resource.resource.attributes}
                for scope in resource.scope_spans:
                    self._spans += [_span(span, named["service.name"]) for span in scope.spans]
            self._changed.notify_all()
        return trace_service_pb2.ExportTraceServiceResponse()

    @property
    def spans(self) -> list[ReceivedSpan]:
        """All spans so far."""
        with self._changed:
            return list(self._spans)

    def wait_for(self, is_there: Callable[[list[ReceivedSpan]], bool]) -> list[ReceivedSpan]:
        """The spans, once they are as wanted."""
        with self._changed:
            are_there = self._changed.wait_for(lambda: is_there(self._spans), PATIENCE_SECONDS)
            assert are_there, [span.name for span in self._spans]
            return list(self._spans)


def _span(span: Any, service: str) -> ReceivedSpan:
    values = {}
    for attribute in span.attributes:
        kind = attribute.value.WhichOneof("value")
        values[attribute.key] = str(getattr(attribute.value, kind))
    return ReceivedSpan(
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        values,
        span.status.code == span.status.STATUS_CODE_ERROR,
        service,
        span.start_time_unix_nano,
    )


@contextmanager
def running_collector() -> Iterator[Collector]:
    """A collector that listens at its `address`, "http://host:port"."""
    collector = Collector()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    add: Any = trace_service_pb2_grpc.add_TraceServiceServicer_to_server  # it has no types
    add(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    collector.address = f"http://127.0.0.1:{port}"
    try:
        yield collector
    finally:
        server.stop(None).wait()
