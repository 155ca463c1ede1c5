"""What answers: gRPC, and HTTP for health and metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dishka import Provider, Scope, provide

from flext_quality.application.finished_analyses import FinishedAnalyses
from flext_quality.application.jobs.observe_projects import ObserveProjects
from flext_quality.application.system.health import HealthChecks
from flext_quality.infrastructure.http.health_pages import health_pages
from flext_quality.infrastructure.http.server import HttpServer, Page
from flext_quality.infrastructure.observability.telemetry import Telemetry
from flext_quality.rpc.analyses.encoded import AnalysisAnswers
from flext_quality.rpc.analyses.event_mapping import EventEncoder
from flext_quality.rpc.analyses.servicer import AnalysisServicer
from flext_quality.rpc.events.servicer import EventServicer
from flext_quality.rpc.gates.servicer import QualityGateServicer
from flext_quality.rpc.interceptors.deadline import UnaryLimit
from flext_quality.rpc.issues.servicer import IssueServicer
from flext_quality.rpc.metrics.servicer import MetricsServicer
from flext_quality.rpc.notifications.servicer import NotificationServicer
from flext_quality.rpc.projects.servicer import ProjectServicer
from flext_quality.rpc.reports.servicer import ReportServicer
from flext_quality.rpc.server import ConnectionOptions, RpcServer, Servicers
from flext_quality.settings import FlextApiSettings, LiveSettings

if TYPE_CHECKING:
    import grpc

    from flext_quality.infrastructure.observability.instruments import PrometheusInstruments
    from flext_quality.infrastructure.observability.tracing import OtelTracing


class RpcProvider(Provider):
    """The server and its servicers."""

    scope = Scope.APP

    project_servicer = provide(ProjectServicer)
    analysis_servicer = provide(AnalysisServicer)
    metrics_servicer = provide(MetricsServicer)
    issue_servicer = provide(IssueServicer)
    quality_gate_servicer = provide(QualityGateServicer)
    report_servicer = provide(ReportServicer)
    event_servicer = provide(EventServicer)
    notification_servicer = provide(NotificationServicer)
    servicers = provide(Servicers)

    @provide
    def encoder(self) -> EventEncoder:
        return EventEncoder()

    @provide
    def answers(self) -> AnalysisAnswers:
        return AnalysisAnswers()

    @provide
    def unary_limit(self, live: LiveSettings) -> UnaryLimit:
        limit = UnaryLimit(live.current.default_timeout)
        live.follow(lambda now: setattr(limit, "seconds", now.default_timeout))
        return limit

    @provide
    def server(
        self,
        settings: FlextApiSettings,
        servicers: Servicers,
        limit: UnaryLimit,
        telemetry: Telemetry,
    ) -> RpcServer:
        outermost = [] if telemetry.otel is None else [_trace_calls(telemetry.otel)]
        wanted = settings.connections
        connections = ConnectionOptions(
            wanted.min_ping_interval, wanted.max_age, wanted.max_age_grace, wanted.compression
        )
        return RpcServer.build(servicers, limit, telemetry.instruments, outermost, connections)

    @provide
    def http(
        self,
        server: RpcServer,
        checks: HealthChecks,
        telemetry: Telemetry,
        projects: ObserveProjects,
        finished: FinishedAnalyses,
    ) -> HttpServer:
        pages = health_pages(checks, lambda: server.is_serving)
        if telemetry.prometheus is not None:
            pages |= _metrics_page(telemetry.prometheus, projects, finished)
        return HttpServer(pages)


def _trace_calls(otel: OtelTracing) -> grpc.aio.ServerInterceptor:
    from flext_quality.rpc.interceptors.tracing import TracingInterceptor

    return TracingInterceptor(otel.provider, otel.sample_ratio)


def _metrics_page(
    prometheus: PrometheusInstruments, projects: ObserveProjects, finished: FinishedAnalyses
) -> dict[str, Page]:
    from flext_quality.infrastructure.observability.metrics_page import (
        METRICS,
        MetricsPage,
    )

    return {METRICS: MetricsPage(prometheus, projects, finished)}
