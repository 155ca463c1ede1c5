"""Storage, jobs, sources, analyzers, reports: what a server has of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

from dishka import Provider, Scope, from_context, provide

from flext_quality.application.ports.analyzers import FileResultCache
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.http_client import HttpClient
from flext_quality.application.ports.issues import IssueCodec
from flext_quality.application.ports.jobs import JobQueue
from flext_quality.application.ports.observability import Instruments, Tracing
from flext_quality.application.ports.plugins import PluginGroup
from flext_quality.application.ports.reports import ReportRenderers, Spool
from flext_quality.application.ports.secret_box import SecretBox
from flext_quality.application.ports.sending import MessageRenderer, Notifier
from flext_quality.application.ports.signals import EventSignal
from flext_quality.application.ports.sources import Sources
from flext_quality.application.ports.storage import FindingCodec, UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.findings.profile import AnalyzerProfiles
from flext_quality.domain.identifiers import new_id
from flext_quality.domain.notifications.defaults import ChannelDefaults
from flext_quality.infrastructure.events.in_process_signal import InProcessSignal
from flext_quality.infrastructure.http.addresses import AllowedHosts
from flext_quality.infrastructure.jobs.in_process_queue import InProcessJobQueue
from flext_quality.infrastructure.jobs.instances import Instance
from flext_quality.infrastructure.notifications.rendering import JinjaRenderer
from flext_quality.infrastructure.notifications.service import NotifierOptions, outside_notifier
from flext_quality.infrastructure.observability.observed import ObservedFileResults, ObservedSignal
from flext_quality.infrastructure.observability.telemetry import (
    Telemetry,
    TelemetryOptions,
    permitted_receiver,
)
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.findings.file_result_cache import SqlFileResultCache
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.infrastructure.plugins import LoadedPlugins
from flext_quality.infrastructure.redis.access import RedisAccess
from flext_quality.infrastructure.reports.html import HtmlRenderer
from flext_quality.infrastructure.reports.json_report import JsonRenderer
from flext_quality.infrastructure.reports.markdown import MarkdownRenderer
from flext_quality.infrastructure.reports.pdf import PdfRenderer
from flext_quality.infrastructure.reports.sarif import SarifRenderer
from flext_quality.infrastructure.security.secret_box import FernetSecretBox
from flext_quality.infrastructure.sources.local import LocalSources, SourceLimits
from flext_quality.infrastructure.sources.selection import ToolFiles
from flext_quality.rpc.findings.mapping import ProtobufFindingCodec
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from flext_quality.settings import (
    FlextApiSettings,
    LiveSettings,
)
from flext_quality.settings.groups.security import split_encryption_keys

if TYPE_CHECKING:
    from flext_quality.infrastructure.observability.tracing import OtelTracing


_SPOOLED_IN_MEMORY = 4 * 1024**2
"""A report of at most so many bytes is not written to the disk."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class AdaptersProvider(Provider):
    """Binds each port to its adapter for the embedded default: SQLite and in-process jobs."""

    scope = Scope.APP
    settings = from_context(FlextApiSettings, scope=Scope.APP)
    live_settings = from_context(LiveSettings, scope=Scope.APP)

    @provide
    def clock(self) -> Clock:
        return _utc_now

    @provide
    def instance(self, settings: FlextApiSettings, clock: Clock) -> Iterator[Instance]:
        with Instance(settings.data_dir / "instances", new_id(clock())) as instance:
            yield instance

    @provide
    async def telemetry(
        self, settings: FlextApiSettings, instance: Instance
    ) -> AsyncIterator[Telemetry]:
        wanted = settings.observability
        receiver = wanted.tracing_endpoint and await permitted_receiver(wanted.tracing_endpoint)
        telemetry = Telemetry.of(
            TelemetryOptions(
                instance.id,
                receiver,
                wanted.tracing_sample_ratio,
                wanted.service_name,
                metrics=wanted.http_port is not None,
            )
        )
        yield telemetry
        await telemetry.close()

    @provide
    def tracing(self, telemetry: Telemetry) -> Tracing:
        return telemetry.tracing

    @provide
    def instruments(self, telemetry: Telemetry) -> Instruments:
        return telemetry.instruments

    @provide
    async def database(
        self, settings: FlextApiSettings, telemetry: Telemetry
    ) -> AsyncIterator[Database]:
        wanted = settings.database
        database = Database(
            DatabaseOptions(
                settings.effective_database_url,
                pool_size=wanted.pool_size,
                max_overflow=wanted.max_overflow,
                wait_seconds=wanted.wait_seconds,
            )
        )
        if telemetry.otel is not None:
            _trace_statements(database, telemetry.otel)
        yield database
        await database.close()

    @provide
    def uow(self, database: Database, signal: EventSignal, codec: IssueCodec) -> UnitOfWorkFactory:
        return SqlUnitOfWorkFactory(database, signal, codec)

    @provide
    def issue_codec(self) -> IssueCodec:
        return ProtobufIssueCodec()

    @provide
    def cache(self, database: Database, clock: Clock, instruments: Instruments) -> FileResultCache:
        return ObservedFileResults(SqlFileResultCache(database, clock), instruments)

    @provide
    def in_process_signal(self) -> InProcessSignal:
        return InProcessSignal()

    @provide
    def signal(self, signal: ObservedSignal) -> EventSignal:
        return signal

    @provide
    async def observed_signal(
        self, signal: InProcessSignal, redis: RedisAccess | None, instruments: Instruments
    ) -> AsyncIterator[ObservedSignal]:
        if redis is None:
            yield ObservedSignal(signal, instruments)
            return
        from flext_quality.infrastructure.events.redis_signal import RedisSignal

        async with RedisSignal(signal, redis).running() as shared:
            yield ObservedSignal(shared, instruments)

    @provide
    def in_process_queue(self, instance: Instance, live: LiveSettings) -> InProcessJobQueue:
        queue = InProcessJobQueue(instance, live.current.max_concurrent_analyses)
        live.follow(lambda settings: queue.resize(settings.max_concurrent_analyses))
        return queue

    @provide
    def queue(self, queue: InProcessJobQueue) -> JobQueue:
        return queue

    @provide
    def local_sources(self, settings: FlextApiSettings, profiles: AnalyzerProfiles) -> LocalSources:
        return LocalSources(
            settings.data_dir,
            settings.security.allowed_project_paths,
            SourceLimits(
                max_file_bytes=settings.source.max_file_bytes,
                max_files=settings.source.max_files,
                max_total_bytes=settings.source.max_total_bytes,
                max_report_bytes=settings.source.max_report_bytes,
            ),
            ToolFiles(profiles.configuration_names, profiles.report_names),
        )

    @provide
    def sources(self, sources: LocalSources) -> Sources:
        return sources

    @provide
    def message_renderer(self) -> MessageRenderer:
        return JinjaRenderer()

    @provide
    def notifier(
        self,
        settings: FlextApiSettings,
        clock: Clock,
        http: HttpClient,
        plugins: LoadedPlugins,
        defaults: ChannelDefaults,
    ) -> Iterator[Notifier]:
        chosen, security = settings.notifications, settings.security
        internal = security.allowed_internal_hosts
        if defaults.mail_server is not None:  # the operator's own: it is allowed by being named
            internal = (*internal, defaults.mail_server.address)
        hosts = AllowedHosts(security.allowed_external_hosts, internal)
        options = NotifierOptions(chosen.apprise_schemes, chosen.timeout, chosen.senders)
        of_plugins = plugins.of(PluginGroup.NOTIFIERS)
        with outside_notifier(clock, http, hosts, options, of_plugins) as notifier:
            yield notifier

    @provide
    def codec(self) -> FindingCodec:
        return ProtobufFindingCodec()

    @provide
    def renderers(self, plugins: LoadedPlugins) -> ReportRenderers:
        return ReportRenderers.of(
            HtmlRenderer(),
            MarkdownRenderer(),
            JsonRenderer(),
            SarifRenderer(),
            PdfRenderer(),
            *plugins.of(PluginGroup.REPORT_FORMATS).values(),
        )

    @provide
    def spool(self) -> Spool:
        return partial(SpooledTemporaryFile, max_size=_SPOOLED_IN_MEMORY)

    @provide
    def secret_box(self, settings: FlextApiSettings) -> SecretBox:
        key = settings.security.secret_encryption_key
        return FernetSecretBox(split_encryption_keys(key.get_secret_value()) if key else ())

    @provide(scope=Scope.REQUEST)
    async def unit_of_work(self, factory: UnitOfWorkFactory) -> AsyncIterator[UnitOfWork]:
        # One for each scope that is entered; leaving it without `commit` changes nothing.
        async with factory() as uow:
            yield uow


def _trace_statements(database: Database, otel: OtelTracing) -> None:
    from flext_quality.infrastructure.persistence.tracing import trace_statements

    trace_statements(database, otel.provider)
