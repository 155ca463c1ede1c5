"""The gRPC server: services, interceptors, health and reflection."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from flext.quality.v1 import (
    analysis_service_pb2,
    event_service_pb2,
    issue_service_pb2,
    metrics_service_pb2,
    notification_service_pb2,
    project_service_pb2,
    quality_gate_service_pb2,
    report_service_pb2,
    system_service_pb2,
)
from flext_quality.application.ports.observability import Instruments
from flext_quality.domain.analyses.attachment import MAX_ATTACHMENT_BYTES
from flext_quality.rpc.analyses.servicer import AnalysisServicer
from flext_quality.rpc.events.servicer import EventServicer
from flext_quality.rpc.gates.servicer import QualityGateServicer
from flext_quality.rpc.interceptors.correlation import CorrelationInterceptor
from flext_quality.rpc.interceptors.deadline import DeadlineInterceptor, UnaryLimit
from flext_quality.rpc.interceptors.errors import ErrorsInterceptor
from flext_quality.rpc.interceptors.request_log import RequestLogInterceptor
from flext_quality.rpc.interceptors.validation import ValidationInterceptor
from flext_quality.rpc.issues.servicer import IssueServicer
from flext_quality.rpc.metrics.servicer import MetricsServicer
from flext_quality.rpc.notifications.servicer import NotificationServicer
from flext_quality.rpc.projects.servicer import ProjectServicer
from flext_quality.rpc.reflection import add_reflection
from flext_quality.rpc.registration import register
from flext_quality.rpc.reports.servicer import ReportServicer
from flext_quality.rpc.system.servicer import SystemServicer

SERVICES: tuple[ServiceDescriptor, ...] = (
    project_service_pb2.DESCRIPTOR.services_by_name["ProjectService"],
    analysis_service_pb2.DESCRIPTOR.services_by_name["AnalysisService"],
    metrics_service_pb2.DESCRIPTOR.services_by_name["MetricsService"],
    issue_service_pb2.DESCRIPTOR.services_by_name["IssueService"],
    quality_gate_service_pb2.DESCRIPTOR.services_by_name["QualityGateService"],
    report_service_pb2.DESCRIPTOR.services_by_name["ReportService"],
    event_service_pb2.DESCRIPTOR.services_by_name["EventService"],
    notification_service_pb2.DESCRIPTOR.services_by_name["NotificationService"],
    system_service_pb2.DESCRIPTOR.services_by_name["SystemService"],
)

_NEEDED: dict[str, frozenset[str]] = {
    "AnalysisService": frozenset({"database", "data_directory"}),
    "SystemService": frozenset(),
}
"""Without which health checks a service cannot do its work."""
_NEEDED_BY_MOST = frozenset({"database"})

MAX_REQUEST_BYTES = MAX_ATTACHMENT_BYTES + 4 * 1024**2
"""gRPC refuses larger requests with RESOURCE_EXHAUSTED. Beside attachments there is room for 4 MiB."""

_COMPRESSION_LEVELS = {"none": 0, "gzip": 2}
"""gRPC's levels, not its algorithms: an algorithm would be used though the client does not accept it."""


@dataclass(frozen=True)
class ConnectionOptions:
    """How connections are kept.

    Attributes:
        min_ping_seconds: a client may ask as often whether a quiet connection is alive; one that asks more
            often is sent away (GOAWAY with "too_many_pings"). Clients commonly ask every 10 s.
        max_age_seconds: after so long a connection is closed, so that clients spread over servers; 0: never.
        max_age_grace_seconds: so long calls may go on after that; streams are cut then and resume.
        compression: "gzip" or "none": how answers are compressed where the client accepts it.
    """

    min_ping_seconds: float = 5.0
    max_age_seconds: float = 0.0
    max_age_grace_seconds: float = 30.0
    compression: str = "none"

    @property
    def channel_arguments(self) -> list[tuple[str, int]]:
        """The same as gRPC's options."""
        arguments = [
            # Two servers that share a port by accident would each get some of the calls.
            ("grpc.so_reuseport", 0),
            ("grpc.http2.min_ping_interval_without_data_ms", round(self.min_ping_seconds * 1000)),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.max_receive_message_length", MAX_REQUEST_BYTES),
            ("grpc.default_compression_level", _COMPRESSION_LEVELS[self.compression]),
        ]
        if self.max_age_seconds:
            grace = round(self.max_age_grace_seconds * 1000)
            arguments += [
                ("grpc.max_connection_age_ms", round(self.max_age_seconds * 1000)),
                ("grpc.max_connection_age_grace_ms", grace),
            ]
        return arguments


@dataclass(frozen=True)
class Servicers:
    """The servicer of each of `SERVICES`."""

    project: ProjectServicer
    analysis: AnalysisServicer
    metrics: MetricsServicer
    report: ReportServicer
    issue: IssueServicer
    quality_gate: QualityGateServicer
    event: EventServicer
    notification: NotificationServicer
    system: SystemServicer


@dataclass(frozen=True)
class RpcServer:
    """A gRPC server and the health of its services."""

    grpc: grpc.aio.Server
    health: health.aio.HealthServicer
    _serving: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_serving(self) -> bool:
        """Whether health says SERVING."""
        return self._serving.is_set()

    @classmethod
    def build(
        cls,
        servicers: Servicers,
        unary_limit: UnaryLimit,
        instruments: Instruments,
        outermost: Sequence[Any] = (),
        connections: ConnectionOptions = ConnectionOptions(),  # frozen
    ) -> RpcServer:
        """A server that has all services but listens nowhere yet; nothing is SERVING before `serving`.

        `outermost` are interceptors (`grpc.aio.ServerInterceptor`) that come before all others.
        """
        server = grpc.aio.server(
            interceptors=[
                *outermost,
                CorrelationInterceptor(),
                RequestLogInterceptor(instruments),
                ErrorsInterceptor(),
                DeadlineInterceptor(unary_limit, _streaming_methods()),
                ValidationInterceptor(),
            ],
            options=connections.channel_arguments,
        )
        by_service = (
            servicers.project,
            servicers.analysis,
            servicers.metrics,
            servicers.issue,
            servicers.quality_gate,
            servicers.report,
            servicers.event,
            servicers.notification,
            servicers.system,
        )
        for descriptor, servicer in zip(SERVICES, by_service, strict=True):
            register(server, descriptor, servicer)
        health_servicer = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
        names = [descriptor.full_name for descriptor in SERVICES]
        add_reflection(server, (*names, health.SERVICE_NAME))
        return cls(server, health_servicer)

    async def serving(self) -> None:
        """Tells everybody that each service, and the server as a whole (""), is SERVING."""
        await self.tell_health(())
        self._serving.set()

    async def tell_health(self, unwell: Collection[str]) -> None:
        """Says of each service whether it can do its work while these health checks fail.

        The server as a whole ("") is SERVING while none fails.
        """
        failing = frozenset(unwell)
        await self._set_health("", is_serving=not failing)
        for descriptor in SERVICES:
            needed = _NEEDED.get(descriptor.name, _NEEDED_BY_MOST)
            await self._set_health(descriptor.full_name, is_serving=not failing & needed)

    async def _set_health(self, service: str, *, is_serving: bool) -> None:
        states = health_pb2.HealthCheckResponse
        await self.health.set(service, states.SERVING if is_serving else states.NOT_SERVING)

    async def not_serving(self) -> None:
        """Tells everybody that nothing is SERVING any more, for good."""
        self._serving.clear()
        await self.health.enter_graceful_shutdown()


def _streaming_methods() -> frozenset[str]:
    return frozenset(
        f"/{service.full_name}/{method.name}"
        for service in SERVICES
        for method in service.methods
        if method.server_streaming
    )
