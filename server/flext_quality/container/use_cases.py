"""The use cases, and the settings that they know."""

from __future__ import annotations

from datetime import timedelta

from dishka import Provider, Scope, provide

from flext_quality.application.analyses.cancel_analysis import CancelAnalysis
from flext_quality.application.analyses.compare_analyses import CompareAnalyses
from flext_quality.application.analyses.conclude_analysis import ConcludeAnalysis
from flext_quality.application.analyses.read_analyses import GetAnalysis, ListAnalyses
from flext_quality.application.analyses.run_analysis import RunAnalysis
from flext_quality.application.analyses.start_analysis import QueueLimit, StartAnalysis
from flext_quality.application.analyses.watch_analysis import WatchAnalysis
from flext_quality.application.events.watch_events import WatchEvents
from flext_quality.application.findings.read_findings import ListFindings, StreamFindings
from flext_quality.application.finished_analyses import FinishedAnalyses
from flext_quality.application.gates.check_quality_gate import CheckQualityGate
from flext_quality.application.gates.get_quality_gate import GetQualityGate
from flext_quality.application.gates.update_quality_gate import (
    ChangeGate,
    ResetQualityGate,
    UpdateQualityGate,
)
from flext_quality.application.heartbeats import HeartbeatInterval
from flext_quality.application.issues.batch_triage_issues import BatchTriageIssues
from flext_quality.application.issues.decide_issues import DecideIssues
from flext_quality.application.issues.export_issues import ExportIssues
from flext_quality.application.issues.read_issues import GetIssue, ListIssueHistory, ListIssues
from flext_quality.application.issues.triage_issue import TriageIssue
from flext_quality.application.jobs.apply_retention import ApplyRetention
from flext_quality.application.jobs.expire_decisions import ExpireDecisions
from flext_quality.application.jobs.forget_deliveries import ForgetDeliveries, KeepDeliveries
from flext_quality.application.jobs.observe_projects import ObserveProjects
from flext_quality.application.jobs.plan_notifications import PlanNotifications
from flext_quality.application.jobs.record_breakers import RecordBreakers
from flext_quality.application.jobs.recover_analyses import RecoverAnalyses
from flext_quality.application.jobs.rotate_secrets import RotateSecrets
from flext_quality.application.jobs.send_deliveries import SendDeliveries, SendersAtOnce
from flext_quality.application.metrics.aggregate_metrics import AggregateMetrics
from flext_quality.application.metrics.assess_analysis import AssessAnalysis
from flext_quality.application.metrics.get_project_metrics import GetProjectMetrics
from flext_quality.application.metrics.get_trends import GetTrends
from flext_quality.application.metrics.list_path_measures import ListPathMeasures
from flext_quality.application.metrics.query_metrics import QueryMetrics
from flext_quality.application.metrics.reassess import Reassess
from flext_quality.application.metrics.watch_metrics import WatchMetrics
from flext_quality.application.notifications.attempt_delivery import AttemptDelivery
from flext_quality.application.notifications.channel_rules import ChannelRules
from flext_quality.application.notifications.create_channel import CreateChannel
from flext_quality.application.notifications.deliveries import (
    GetDelivery,
    ListDeliveries,
    ReplayDelivery,
)
from flext_quality.application.notifications.read_channels import (
    DeleteChannel,
    GetChannel,
    ListChannels,
)
from flext_quality.application.notifications.try_channel import TryChannel
from flext_quality.application.notifications.update_channel import UpdateChannel
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.application.projects.create_project import CreateProject
from flext_quality.application.projects.delete_project import DeleteProject
from flext_quality.application.projects.read_projects import GetProject, ListProjects
from flext_quality.application.projects.update_project import UpdateProject
from flext_quality.application.reports.generate_report import GenerateReport
from flext_quality.domain.metrics.retention import RetentionPolicy
from flext_quality.domain.notifications.channel import EmailSecurity
from flext_quality.domain.notifications.defaults import ChannelDefaults, MailServer
from flext_quality.settings import (
    FlextApiSettings,
    LiveSettings,
)


class UseCasesProvider(Provider):
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
    change_gate = provide(ChangeGate)
    update_quality_gate = provide(UpdateQualityGate)
    reset_quality_gate = provide(ResetQualityGate)
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
    update_issue = provide(TriageIssue)
    batch_triage_issues = provide(BatchTriageIssues)
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
    def channel_defaults(self, settings: FlextApiSettings) -> ChannelDefaults:
        slack, email = settings.notifications.slack, settings.notifications.email
        server = MailServer(
            email.smtp_server,
            email.smtp_port,
            EmailSecurity[email.security.upper()],
            email.user,
            email.password.get_secret_value() if email.password else "",
        )
        return ChannelDefaults(
            slack.webhook_url.get_secret_value() if slack.webhook_url else "",
            slack.default_channel,
            server if server.host else None,
            email.from_email,
        )

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


def _age(days: float) -> timedelta | None:
    return timedelta(days=days) if days else None
