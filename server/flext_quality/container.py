"""The composition root: the only place where a port meets an adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING

from dishka import AsyncContainer, Provider, Scope, from_context, make_async_container, provide

from flext_quality.application.aggregate_metrics import AggregateMetrics
from flext_quality.application.analyzers import Analyzers
from flext_quality.application.apply_retention import ApplyRetention
from flext_quality.application.assess_analysis import AssessAnalysis
from flext_quality.application.attempt_delivery import AttemptDelivery
from flext_quality.application.batch_update_issues import BatchUpdateIssues
from flext_quality.application.cancel_analysis import CancelAnalysis
from flext_quality.application.channel_rules import ChannelRules
from flext_quality.application.check_quality_gate import CheckQualityGate
from flext_quality.application.compare_analyses import CompareAnalyses
from flext_quality.application.conclude_analysis import ConcludeAnalysis
from flext_quality.application.consume_commands import CommandPolicy, ConsumeCommands
from flext_quality.application.create_channel import CreateChannel
from flext_quality.application.create_project import CreateProject
from flext_quality.application.decide_issues import DecideIssues
from flext_quality.application.delete_channel import DeleteChannel
from flext_quality.application.delete_project import DeleteProject
from flext_quality.application.expire_decisions import ExpireDecisions
from flext_quality.application.export_issues import ExportIssues
from flext_quality.application.forget_deliveries import ForgetDeliveries, KeepDeliveries
from flext_quality.application.generate_report import GenerateReport
from flext_quality.application.get_analysis import FinishedAnalyses, GetAnalysis
from flext_quality.application.get_channel import GetChannel
from flext_quality.application.get_delivery import GetDelivery
from flext_quality.application.get_issue import GetIssue
from flext_quality.application.get_project import GetProject
from flext_quality.application.get_project_metrics import GetProjectMetrics
from flext_quality.application.get_quality_gate import GetQualityGate
from flext_quality.application.get_trends import GetTrends
from flext_quality.application.health import HealthChecks
from flext_quality.application.list_analyses import ListAnalyses
from flext_quality.application.list_channels import ListChannels
from flext_quality.application.list_deliveries import ListDeliveries
from flext_quality.application.list_findings import ListFindings
from flext_quality.application.list_issue_history import ListIssueHistory
from flext_quality.application.list_issues import ListIssues
from flext_quality.application.list_path_measures import ListPathMeasures
from flext_quality.application.list_projects import ListProjects
from flext_quality.application.observe_projects import ObserveProjects
from flext_quality.application.plan_notifications import PlanNotifications
from flext_quality.application.ports.analyzers import FileResultCache
from flext_quality.application.ports.cache import Cache
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.commands import CommandDecoder, MessageQueue
from flext_quality.application.ports.events import EventPublisher, EventRenderer
from flext_quality.application.ports.flags import FeatureFlags
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
from flext_quality.application.ports.storage import FindingCodec, UnitOfWorkFactory
from flext_quality.application.query_metrics import QueryMetrics
from flext_quality.application.reassess import Reassess
from flext_quality.application.record_breakers import RecordBreakers
from flext_quality.application.recover_analyses import RecoverAnalyses
from flext_quality.application.relay_events import RelayEvents, RelayOptions
from flext_quality.application.replay_delivery import ReplayDelivery
from flext_quality.application.rotate_secrets import RotateSecrets
from flext_quality.application.run_analysis import RunAnalysis
from flext_quality.application.send_deliveries import SendDeliveries, SendersAtOnce
from flext_quality.application.start_analysis import QueueLimit, StartAnalysis
from flext_quality.application.stream_findings import StreamFindings
from flext_quality.application.try_channel import TryChannel
from flext_quality.application.update_channel import UpdateChannel
from flext_quality.application.update_issue import UpdateIssue
from flext_quality.application.update_project import UpdateProject
from flext_quality.application.update_quality_gate import UpdateQualityGate
from flext_quality.application.watch_analysis import HeartbeatInterval, WatchAnalysis
from flext_quality.application.watch_events import WatchEvents
from flext_quality.application.watch_metrics import WatchMetrics
from flext_quality.domain.identifiers import new_id
from flext_quality.domain.retention import RetentionPolicy
from flext_quality.infrastructure.analyzers.bandit import BanditAnalyzer
from flext_quality.infrastructure.analyzers.bandit.operators import BanditOperator
from flext_quality.infrastructure.analyzers.complexity import ComplexityAnalyzer
from flext_quality.infrastructure.analyzers.coverage.analyzer import CoverageAnalyzer
from flext_quality.infrastructure.analyzers.current import CurrentAnalyzer
from flext_quality.infrastructure.analyzers.deadcode import DeadCodeAnalyzer
from flext_quality.infrastructure.analyzers.duplication import CloneSize, DuplicationAnalyzer
from flext_quality.infrastructure.analyzers.mypy.analyzer import MyPyAnalyzer
from flext_quality.infrastructure.analyzers.mypy.operators import MyPyOperator
from flext_quality.infrastructure.analyzers.ruff import RuffAnalyzer
from flext_quality.infrastructure.analyzers.sarif import (
    SarifAnalyzer,
    SarifCommand,
    SarifCommandAnalyzer,
)
from flext_quality.infrastructure.analyzers.tool import ToolOptions
from flext_quality.infrastructure.cache.memory import MemoryCache
from flext_quality.infrastructure.cache.redis import RedisCache
from flext_quality.infrastructure.events.broker import Broker
from flext_quality.infrastructure.events.in_process_signal import InProcessSignal
from flext_quality.infrastructure.flags.openfeature_flags import FlagRule, OpenFeatureFlags
from flext_quality.infrastructure.http.client import HttpClientAdapter
from flext_quality.infrastructure.http.health_pages import health_pages
from flext_quality.infrastructure.http.options import HttpOptions
from flext_quality.infrastructure.http.server import HttpServer, Page
from flext_quality.infrastructure.jobs.in_process_queue import InProcessJobQueue
from flext_quality.infrastructure.jobs.instances import Instance
from flext_quality.infrastructure.notifications.rendering import JinjaRenderer
from flext_quality.infrastructure.notifications.service import outside_notifier
from flext_quality.infrastructure.observability.observed import ObservedFileResults, ObservedSignal
from flext_quality.infrastructure.observability.telemetry import Telemetry, TelemetryOptions
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.file_result_cache import SqlFileResultCache
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.infrastructure.plugins import LoadedPlugins
from flext_quality.infrastructure.redis_access import RedisAccess, RedisOptions
from flext_quality.infrastructure.reports.html import HtmlRenderer
from flext_quality.infrastructure.reports.json_report import JsonRenderer
from flext_quality.infrastructure.reports.markdown import MarkdownRenderer
from flext_quality.infrastructure.reports.pdf import PdfRenderer
from flext_quality.infrastructure.reports.sarif import SarifRenderer
from flext_quality.infrastructure.resilience.breaker_records import SharedBreakerRecords
from flext_quality.infrastructure.resilience.listeners import (
    CountingListener,
    Listeners,
    LoggingListener,
)
from flext_quality.infrastructure.resilience.options import PolicyOptions
from flext_quality.infrastructure.resilience.policy import ResiliencePolicies, ResiliencePolicy
from flext_quality.infrastructure.security.secret_box import FernetSecretBox
from flext_quality.infrastructure.sources.local import LocalSources, SourceLimits
from flext_quality.outside import OutsideProvider, publisher_plugin
from flext_quality.rpc.analysis_answers import AnalysisAnswers
from flext_quality.rpc.analysis_servicer import AnalysisServicer
from flext_quality.rpc.event_mapping import EventEncoder
from flext_quality.rpc.event_servicer import EventServicer
from flext_quality.rpc.finding_mapping import ProtobufFindingCodec
from flext_quality.rpc.interceptors.deadline import UnaryLimit
from flext_quality.rpc.issue_mapping import ProtobufIssueCodec
from flext_quality.rpc.issue_servicer import IssueServicer
from flext_quality.rpc.metrics_servicer import MetricsServicer
from flext_quality.rpc.notification_servicer import NotificationServicer
from flext_quality.rpc.project_servicer import ProjectServicer
from flext_quality.rpc.public_events import ProtobufCommandDecoder, ProtobufEventRenderer
from flext_quality.rpc.quality_gate_servicer import QualityGateServicer
from flext_quality.rpc.report_servicer import ReportServicer
from flext_quality.rpc.server import RpcServer, Servicers
from flext_quality.settings import (
    FlextApiSettings,
    LiveSettings,
    SarifToolSettings,
    ToolSettings,
    create_api_settings,
)
from flext_quality.settings.keys import split_encryption_keys

if TYPE_CHECKING:
    import grpc

    from flext_quality.infrastructure.observability.instruments import PrometheusInstruments
    from flext_quality.infrastructure.observability.tracing import OtelTracing

_SPOOLED_IN_MEMORY = 4 * 1024**2
"""A report of at most so many bytes is not written to the disk."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class _AdaptersProvider(Provider):
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
        telemetry = Telemetry.of(
            TelemetryOptions(
                instance.id,
                wanted.tracing.endpoint,
                wanted.tracing.sample_ratio,
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
        database = Database(
            DatabaseOptions(
                settings.effective_database_url,
                readers=settings.database_pool_size,
                wait_seconds=settings.database.wait_seconds,
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
    def local_sources(self, settings: FlextApiSettings) -> LocalSources:
        return LocalSources(
            settings.data_dir,
            settings.security.allowed_project_paths,
            SourceLimits(
                max_file_bytes=settings.source.max_file_bytes,
                max_files=settings.source.max_files,
                max_total_bytes=settings.source.max_total_bytes,
                max_report_bytes=settings.source.max_report_bytes,
            ),
        )

    @provide
    def sources(self, sources: LocalSources) -> Sources:
        return sources

    @provide
    def message_renderer(self) -> MessageRenderer:
        return JinjaRenderer()

    @provide
    async def notifier(
        self, settings: FlextApiSettings, clock: Clock, plugins: LoadedPlugins
    ) -> AsyncIterator[Notifier]:
        chosen = settings.notifications
        hosts = settings.security.allowed_internal_hosts
        async with outside_notifier(
            clock,
            hosts,
            chosen.apprise_schemes,
            chosen.timeout,
            plugins.of(PluginGroup.NOTIFIERS),
        ) as notifier:
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

    @provide
    def flags(self, live: LiveSettings) -> FeatureFlags:
        return OpenFeatureFlags(
            lambda: {
                name: FlagRule(flag.enabled, flag.on_for, flag.off_for)
                for name, flag in live.current.features.flags.items()
            }
        )

    @provide
    def current_analyzers(
        self,
        live: LiveSettings,
        cache: FileResultCache,
        flags: FeatureFlags,
        plugins: LoadedPlugins,
    ) -> Analyzers:
        made = [self._analyzers(live.current, cache, plugins)]
        live.follow(lambda settings: made.__setitem__(0, self._analyzers(settings, cache, plugins)))
        return Analyzers.of(
            *(CurrentAnalyzer(name, lambda: made[0], flags) for name in made[0].by_name)
        )

    def _analyzers(
        self, settings: FlextApiSettings, cache: FileResultCache, plugins: LoadedPlugins
    ) -> Analyzers:
        tools = settings.external_tools
        return Analyzers.of(
            BanditAnalyzer(
                _options(tools.bandit, tools.processes),
                cache,
                BanditOperator(
                    tools.bandit.config_file,
                    tools.bandit.severity_level,
                    tools.bandit.confidence_level,
                ),
            ),
            ComplexityAnalyzer(_options(tools.complexity, tools.processes), cache),
            DeadCodeAnalyzer(_options(tools.deadcode, tools.processes), cache),
            CoverageAnalyzer(_options(tools.coverage, tools.processes)),
            DuplicationAnalyzer(
                _options(tools.duplication, tools.processes),
                CloneSize(tools.duplication.min_lines, tools.duplication.min_tokens),
            ),
            MyPyAnalyzer(
                _options(tools.mypy, tools.processes),
                settings.data_dir,
                tools.mypy.python_executable,
                MyPyOperator(tools.mypy.config_file, tools.mypy.strict_mode),
            ),
            RuffAnalyzer(_options(tools.ruff, tools.processes), tools.ruff.config_file),
            SarifAnalyzer(enabled=tools.sarif.enabled),
            *(SarifCommandAnalyzer(_sarif_command(tool)) for tool in tools.sarif_tools),
            *plugins.of(PluginGroup.ANALYZERS).values(),
        )


def _options(tool: ToolSettings, processes: int) -> ToolOptions:
    return ToolOptions(
        timeout_seconds=tool.timeout,
        memory_limit_bytes=tool.memory_limit_mb * 1024**2,
        enabled=tool.enabled,
        processes=processes,
    )


def _sarif_command(tool: SarifToolSettings) -> SarifCommand:
    limits = ToolOptions(
        timeout_seconds=tool.timeout, memory_limit_bytes=tool.memory_limit_mb * 1024**2
    )
    return SarifCommand(tool.name, tool.command, tool.output, tool.success_exit_codes, limits)


def _age(days: float) -> timedelta | None:
    return timedelta(days=days) if days else None


class _OutsideProvider(Provider):
    """What other services need: policies, Redis where there is one, HTTP, the cache."""

    scope = Scope.APP

    @provide
    def listeners(self, instruments: Instruments) -> Listeners:
        return Listeners(LoggingListener(), CountingListener(instruments))

    @provide
    async def redis(
        self, settings: FlextApiSettings, listeners: Listeners, telemetry: Telemetry
    ) -> AsyncIterator[RedisAccess | None]:
        if not settings.redis.url:
            yield None
            return
        options = _policy_options(settings, "redis")
        policy = ResiliencePolicy("redis", options, listener=listeners)
        wanted = RedisOptions(**settings.redis.model_dump())
        access = RedisAccess(wanted, policy, on_client=telemetry.trace_redis)
        yield access
        await access.close()

    @provide
    def policies(
        self, settings: FlextApiSettings, listeners: Listeners, redis: RedisAccess | None
    ) -> ResiliencePolicies:
        return ResiliencePolicies(
            partial(_policy_options, settings),
            records=None if redis is None else SharedBreakerRecords(redis),
            listener=listeners,
        )

    @provide
    async def http(
        self, settings: FlextApiSettings, policies: ResiliencePolicies, telemetry: Telemetry
    ) -> AsyncIterator[HttpClient]:
        http, security = settings.http, settings.security
        options = HttpOptions(
            allowed_hosts=security.allowed_external_hosts,
            internal_hosts=security.allowed_internal_hosts,
            connect_timeout=http.connect_timeout,
            read_timeout=http.read_timeout,
            max_answer_bytes=http.max_answer_bytes,
            max_redirects=http.max_redirects,
            cache_path=settings.data_dir / "http-cache.db" if http.cache == "disk" else None,
            cache_max_bytes=0 if http.cache == "off" else http.cache_max_bytes,
        )
        client = HttpClientAdapter(options, policies, on_client=telemetry.trace_http)
        yield client
        await client.close()

    @provide
    async def shared_cache(self, redis: RedisAccess | None) -> AsyncIterator[Cache]:
        if redis is None:
            cache: MemoryCache | RedisCache = MemoryCache()
        else:
            cache = RedisCache(redis)
        yield cache
        await cache.close()


def _policy_options(settings: FlextApiSettings, dependency: str) -> PolicyOptions:
    return PolicyOptions(**settings.resilience.policy_of(dependency).model_dump())


class _UseCasesProvider(Provider):
    """The use cases; each says in its constructor what it needs."""

    scope = Scope.APP

    create_project = provide(CreateProject)
    get_project = provide(GetProject)
    list_projects = provide(ListProjects)
    update_project = provide(UpdateProject)
    delete_project = provide(DeleteProject)
    start_analysis = provide(StartAnalysis)
    get_analysis = provide(GetAnalysis)
    list_analyses = provide(ListAnalyses)
    watch_analysis = provide(WatchAnalysis)
    cancel_analysis = provide(CancelAnalysis)
    list_findings = provide(ListFindings)
    stream_findings = provide(StreamFindings)
    get_project_metrics = provide(GetProjectMetrics)
    conclude_analysis = provide(ConcludeAnalysis)
    list_path_measures = provide(ListPathMeasures)
    get_quality_gate = provide(GetQualityGate)
    update_quality_gate = provide(UpdateQualityGate)
    check_quality_gate = provide(CheckQualityGate)
    assess_analysis = provide(AssessAnalysis)
    reassess = provide(Reassess)
    generate_report = provide(GenerateReport)
    run_analysis = provide(RunAnalysis)
    recover_analyses = provide(RecoverAnalyses)
    get_trends = provide(GetTrends)
    aggregate_metrics = provide(AggregateMetrics)
    watch_metrics = provide(WatchMetrics)
    apply_retention = provide(ApplyRetention)
    get_issue = provide(GetIssue)
    list_issues = provide(ListIssues)
    export_issues = provide(ExportIssues)
    decide_issues = provide(DecideIssues)
    update_issue = provide(UpdateIssue)
    batch_update_issues = provide(BatchUpdateIssues)
    list_issue_history = provide(ListIssueHistory)
    expire_decisions = provide(ExpireDecisions)
    compare_analyses = provide(CompareAnalyses)
    watch_events = provide(WatchEvents)
    record_breakers = provide(RecordBreakers)

    channel_rules = provide(ChannelRules)
    create_channel = provide(CreateChannel)
    get_channel = provide(GetChannel)
    list_channels = provide(ListChannels)
    update_channel = provide(UpdateChannel)
    delete_channel = provide(DeleteChannel)
    try_channel = provide(TryChannel)
    list_deliveries = provide(ListDeliveries)
    get_delivery = provide(GetDelivery)
    replay_delivery = provide(ReplayDelivery)
    plan_notifications = provide(PlanNotifications)
    attempt_delivery = provide(AttemptDelivery)
    send_deliveries = provide(SendDeliveries)
    forget_deliveries = provide(ForgetDeliveries)
    rotate_secrets = provide(RotateSecrets)

    @provide
    def senders_at_once(self, settings: FlextApiSettings) -> SendersAtOnce:
        return SendersAtOnce(settings.notifications.senders)

    @provide
    def keep_deliveries(self, settings: FlextApiSettings) -> KeepDeliveries:
        return KeepDeliveries(timedelta(days=settings.notifications.keep_days))

    @provide
    def query_metrics(self, uow: UnitOfWorkFactory) -> QueryMetrics:
        return QueryMetrics(uow)

    @provide
    def retention(self, settings: FlextApiSettings) -> RetentionPolicy:
        days = settings.retention
        return RetentionPolicy(
            every=_age(days.all_days),
            daily=_age(days.daily_days),
            weekly=_age(days.weekly_days),
            monthly=_age(days.monthly_days),
        )

    @provide
    def observe_projects(
        self, uow: UnitOfWorkFactory, settings: FlextApiSettings
    ) -> ObserveProjects:
        return ObserveProjects(uow, settings.observability.metric_projects)

    @provide
    def finished(self) -> FinishedAnalyses:
        return FinishedAnalyses()

    @provide
    def queue_limit(self, live: LiveSettings) -> QueueLimit:
        limit = QueueLimit(live.current.max_queued_analyses)
        live.follow(lambda now: setattr(limit, "analyses", now.max_queued_analyses))
        return limit

    @provide
    def heartbeat_interval(self, live: LiveSettings) -> HeartbeatInterval:
        interval = HeartbeatInterval(timedelta(seconds=live.current.heartbeat_interval))
        live.follow(
            lambda now: setattr(interval, "default", timedelta(seconds=now.heartbeat_interval))
        )
        return interval


class _BrokerProvider(Provider):
    """Events out and commands in. Nothing of it is made, nor its libraries loaded, unless it is asked for."""

    scope = Scope.APP

    relay_events = provide(RelayEvents)
    consume_commands = provide(ConsumeCommands)

    @provide
    def renderer(self) -> EventRenderer:
        return ProtobufEventRenderer()

    @provide
    def decoder(self) -> CommandDecoder:
        return ProtobufCommandDecoder()

    @provide
    def relay_options(self, settings: FlextApiSettings, instance: Instance) -> RelayOptions:
        events = settings.events
        return RelayOptions(
            f"publisher/{events.publisher}",
            instance.id,
            events.batch_size,
            timedelta(seconds=events.lease),
        )

    @provide
    def command_policy(self, settings: FlextApiSettings) -> CommandPolicy:
        return CommandPolicy(settings.events.command_attempts)

    @provide
    async def publisher(
        self,
        settings: FlextApiSettings,
        instance: Instance,
        plugins: LoadedPlugins,
        policies: ResiliencePolicies,
    ) -> AsyncIterator[EventPublisher]:
        from flext_quality.infrastructure.events.guarded import DEPENDENCY, GuardedPublisher

        publisher = publisher_plugin(settings, plugins) or _publisher(settings, instance)
        guarded = GuardedPublisher(publisher, policies.of(DEPENDENCY))
        yield guarded
        await guarded.close()

    @provide
    async def message_queue(
        self, settings: FlextApiSettings, instance: Instance, policies: ResiliencePolicies
    ) -> AsyncIterator[MessageQueue]:
        from flext_quality.infrastructure.events.guarded import (
            DEPENDENCY,
            GuardedMessageQueue,
        )
        from flext_quality.infrastructure.events.message_queue import (  # see above
            MessageQueueAdapter,
        )

        adapter = MessageQueueAdapter(
            _broker(settings, instance), prefix=settings.events.topic_prefix
        )
        guarded = GuardedMessageQueue(adapter, policies.of(DEPENDENCY))
        yield guarded
        await guarded.close()


def _publisher(settings: FlextApiSettings, instance: Instance) -> EventPublisher:
    from flext_quality.infrastructure.events.publisher import (  # see above
        EventPublisherAdapter,
    )

    events = settings.events
    return EventPublisherAdapter(
        _broker(settings, instance), prefix=events.topic_prefix, source=events.source
    )


def _broker(settings: FlextApiSettings, instance: Instance) -> Broker:
    events = settings.events
    url, retry, length = (
        events.url.get_secret_value(),
        events.command_retry,
        events.max_stream_length,
    )
    if events.publisher == "nats":
        from flext_quality.infrastructure.events.jetstream import (  # see above
            JetStreamBroker,
        )

        return JetStreamBroker(url, retry_seconds=retry, max_length=length)
    from flext_quality.infrastructure.events.redis_streams import (  # see above
        RedisBroker,
    )

    return RedisBroker(url, consumer=instance.id, retry_seconds=retry, max_length=length)


class _RpcProvider(Provider):
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
    def server(self, servicers: Servicers, limit: UnaryLimit, telemetry: Telemetry) -> RpcServer:
        outermost = [] if telemetry.otel is None else [_trace_calls(telemetry.otel)]
        return RpcServer.build(servicers, limit, telemetry.instruments, outermost)

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


# What only some servers need is imported by those alone: it takes time and memory.


def _trace_statements(database: Database, otel: OtelTracing) -> None:
    from flext_quality.infrastructure.persistence.tracing import (  # see above
        trace_statements,
    )

    trace_statements(database, otel.provider)


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


def build_container(settings: FlextApiSettings, *overrides: Provider) -> AsyncContainer:
    """Everything a server process is made of; the graph is checked here.

    `overrides` come last and win, so that a test can replace any part. Closing the container closes what
    it made, in the reverse order.
    """
    return make_async_container(
        _AdaptersProvider(),
        _OutsideProvider(),
        _UseCasesProvider(),
        _BrokerProvider(),
        _RpcProvider(),
        OutsideProvider(),
        *overrides,
        context={FlextApiSettings: settings, LiveSettings: LiveSettings(settings)},
    )


def get_quality_container(
    settings: FlextApiSettings | None = None, *overrides: Provider
) -> AsyncContainer:
    """A container of everything, for programs that embed the service: docs/container.md.

    Without `settings`, those of the environment. What is bound, and how long it lives, stands in typed
    providers: once (`Scope.APP`), once for each `async with container()` (`Scope.REQUEST`), or anew each
    time (`cache=False`). What is an async generator is started by its first use; `close` ends everything
    in the reverse order. Overrides come last and win.

        container = get_quality_container()
        create = await container.get(CreateProject)
        await container.close()

    The database has to be at its newest revision, as `flext-quality serve` leaves it.

    Raises:
        InvalidFieldError: a setting is wrong; it names each.
        dishka.exceptions.GraphValidationError: something that is needed is bound nowhere.
    """
    return build_container(
        create_api_settings().unwrap() if settings is None else settings, *overrides
    )
