"""The composition root: the only place where a port meets an adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from tempfile import SpooledTemporaryFile

from dishka import AsyncContainer, Provider, Scope, from_context, make_async_container, provide

from flext_quality.application.aggregate_metrics import AggregateMetrics
from flext_quality.application.analyzers import Analyzers
from flext_quality.application.apply_retention import ApplyRetention
from flext_quality.application.assess_analysis import AssessAnalysis
from flext_quality.application.batch_update_issues import BatchUpdateIssues
from flext_quality.application.cancel_analysis import CancelAnalysis
from flext_quality.application.check_quality_gate import CheckQualityGate
from flext_quality.application.compare_analyses import CompareAnalyses
from flext_quality.application.conclude_analysis import ConcludeAnalysis
from flext_quality.application.create_project import CreateProject
from flext_quality.application.decide_issues import DecideIssues
from flext_quality.application.delete_project import DeleteProject
from flext_quality.application.expire_decisions import ExpireDecisions
from flext_quality.application.export_issues import ExportIssues
from flext_quality.application.generate_report import GenerateReport
from flext_quality.application.get_analysis import FinishedAnalyses, GetAnalysis
from flext_quality.application.get_issue import GetIssue
from flext_quality.application.get_project import GetProject
from flext_quality.application.get_project_metrics import GetProjectMetrics
from flext_quality.application.get_quality_gate import GetQualityGate
from flext_quality.application.get_trends import GetTrends
from flext_quality.application.knowledge_ports import IssueCodec
from flext_quality.application.list_analyses import ListAnalyses
from flext_quality.application.list_findings import ListFindings
from flext_quality.application.list_issue_history import ListIssueHistory
from flext_quality.application.list_issues import ListIssues
from flext_quality.application.list_path_measures import ListPathMeasures
from flext_quality.application.list_projects import ListProjects
from flext_quality.application.outside_ports import FeatureFlags, SecretBox
from flext_quality.application.plugin_ports import PluginGroup
from flext_quality.application.ports import (
    Clock,
    EventSignal,
    FileResultCache,
    FindingCodec,
    JobQueue,
    Sources,
    UnitOfWorkFactory,
)
from flext_quality.application.query_metrics import QueryMetrics
from flext_quality.application.reassess import Reassess
from flext_quality.application.recover_analyses import RecoverAnalyses
from flext_quality.application.report_ports import ReportRenderers, Spool
from flext_quality.application.run_analysis import RunAnalysis
from flext_quality.application.start_analysis import QueueLimit, StartAnalysis
from flext_quality.application.stream_findings import StreamFindings
from flext_quality.application.update_issue import UpdateIssue
from flext_quality.application.update_project import UpdateProject
from flext_quality.application.update_quality_gate import UpdateQualityGate
from flext_quality.application.watch_analysis import HeartbeatInterval, WatchAnalysis
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
from flext_quality.infrastructure.events.in_process_signal import InProcessSignal
from flext_quality.infrastructure.flags.openfeature_flags import FlagRule, OpenFeatureFlags
from flext_quality.infrastructure.jobs.in_process_queue import InProcessJobQueue
from flext_quality.infrastructure.jobs.instances import Instance
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.file_result_cache import SqlFileResultCache
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.infrastructure.plugins import LoadedPlugins
from flext_quality.infrastructure.reports.html import HtmlRenderer
from flext_quality.infrastructure.reports.json_report import JsonRenderer
from flext_quality.infrastructure.reports.markdown import MarkdownRenderer
from flext_quality.infrastructure.reports.pdf import PdfRenderer
from flext_quality.infrastructure.reports.sarif import SarifRenderer
from flext_quality.infrastructure.security.secret_box import FernetSecretBox
from flext_quality.infrastructure.sources.local import LocalSources, SourceLimits
from flext_quality.outside import OutsideProvider
from flext_quality.rpc.analysis_servicer import AnalysisServicer
from flext_quality.rpc.event_mapping import EventEncoder
from flext_quality.rpc.finding_mapping import ProtobufFindingCodec
from flext_quality.rpc.interceptors.deadline import UnaryLimit
from flext_quality.rpc.issue_mapping import ProtobufIssueCodec
from flext_quality.rpc.issue_servicer import IssueServicer
from flext_quality.rpc.metrics_servicer import MetricsServicer
from flext_quality.rpc.project_servicer import ProjectServicer
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
    async def database(self, settings: FlextApiSettings) -> AsyncIterator[Database]:
        database = Database(
            DatabaseOptions(
                settings.effective_database_url,
                readers=settings.database_pool_size,
                wait_seconds=settings.database.wait_seconds,
            )
        )
        yield database
        await database.close()

    @provide
    def uow(self, database: Database, signal: EventSignal, codec: IssueCodec) -> UnitOfWorkFactory:
        return SqlUnitOfWorkFactory(database, signal, codec)

    @provide
    def issue_codec(self) -> IssueCodec:
        return ProtobufIssueCodec()

    @provide
    def cache(self, database: Database, clock: Clock) -> FileResultCache:
        return SqlFileResultCache(database, clock)

    @provide
    def in_process_signal(self) -> InProcessSignal:
        return InProcessSignal()

    @provide
    def signal(self, signal: InProcessSignal) -> EventSignal:
        return signal

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


class _RpcProvider(Provider):
    """The server and its servicers."""

    scope = Scope.APP

    project_servicer = provide(ProjectServicer)
    analysis_servicer = provide(AnalysisServicer)
    metrics_servicer = provide(MetricsServicer)
    issue_servicer = provide(IssueServicer)
    quality_gate_servicer = provide(QualityGateServicer)
    report_servicer = provide(ReportServicer)
    servicers = provide(Servicers)

    @provide
    def encoder(self) -> EventEncoder:
        return EventEncoder()

    @provide
    def unary_limit(self, live: LiveSettings) -> UnaryLimit:
        limit = UnaryLimit(live.current.default_timeout)
        live.follow(lambda now: setattr(limit, "seconds", now.default_timeout))
        return limit

    @provide
    def server(self, servicers: Servicers, limit: UnaryLimit) -> RpcServer:
        return RpcServer.build(servicers, limit)


def build_container(settings: FlextApiSettings, *overrides: Provider) -> AsyncContainer:
    """Everything a server process is made of; the graph is checked here.

    `overrides` come last and win, so that a test can replace any part. Closing the container closes what
    it made, in the reverse order.
    """
    return make_async_container(
        _AdaptersProvider(),
        _UseCasesProvider(),
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
