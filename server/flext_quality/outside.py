"""The part of the composition root for what stands around the service: plugins, discovery, its facts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path

from dishka import Provider, Scope, provide

from flext_quality import __version__
from flext_quality.application.get_server_info import (
    GetServerInfo,
    ServerFacts,
    ServerLimits,
    TellFacts,
)
from flext_quality.application.ports.analyzers import Analyzer
from flext_quality.application.ports.discovery import ServiceInstance, ServiceRegistry
from flext_quality.application.ports.plugins import NotifierPlugin, PluginGroup, PublisherPlugin
from flext_quality.application.ports.reports import ReportRenderer
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.report import ReportFormat
from flext_quality.infrastructure.discovery import guarded
from flext_quality.infrastructure.discovery.addresses import reachable
from flext_quality.infrastructure.discovery.consul import ConsulServiceRegistry
from flext_quality.infrastructure.discovery.redis import RedisServiceRegistry
from flext_quality.infrastructure.discovery.static import StaticServiceRegistry
from flext_quality.infrastructure.plugins import (
    GroupRules,
    LoadedPlugins,
    PluginOptions,
    load_plugins,
)
from flext_quality.infrastructure.resilience.policy import ResiliencePolicies
from flext_quality.rpc.server import MAX_REQUEST_BYTES
from flext_quality.rpc.system_servicer import SystemServicer
from flext_quality.settings import FlextApiSettings, LiveSettings
from flext_quality.settings.base import BUILT_IN_ANALYZERS
from flext_quality.settings.groups import BROKERS


class OutsideProvider(Provider):
    """Binds discovery, plugins and what the server tells of itself."""

    scope = Scope.APP

    get_server_info = provide(GetServerInfo)
    system_servicer = provide(SystemServicer)

    @provide
    def _plugins(self, settings: FlextApiSettings) -> LoadedPlugins:
        return installed_plugins(settings)

    @provide
    def _facts(self, live: LiveSettings, plugins: LoadedPlugins) -> TellFacts:
        return lambda: server_facts(live.current, plugins)

    @provide
    async def _registry(
        self, settings: FlextApiSettings, policies: ResiliencePolicies
    ) -> AsyncIterator[ServiceRegistry]:
        registry, kind = service_registry(settings), settings.discovery.registry
        if kind != "static":
            policy = policies.of(guarded.DEPENDENCY, is_shared=False)
            registry = guarded.GuardedServiceRegistry(registry, policy, kind)
        yield registry
        await registry.close()

    @provide(scope=Scope.REQUEST)
    async def _unit_of_work(self, factory: UnitOfWorkFactory) -> AsyncIterator[UnitOfWork]:
        # One for each scope that is entered; leaving it without `commit` changes nothing.
        async with factory() as uow:
            yield uow


def server_facts(settings: FlextApiSettings, plugins: LoadedPlugins) -> ServerFacts:
    """What the server tells of itself that no port knows."""
    tools = settings.external_tools
    disabled = {name for name in BUILT_IN_ANALYZERS if not getattr(tools, name).enabled}
    limits = ServerLimits(
        max_request_bytes=MAX_REQUEST_BYTES,
        max_concurrent_analyses=settings.max_concurrent_analyses,
        max_queued_analyses=settings.max_queued_analyses,
        max_file_bytes=settings.source.max_file_bytes,
        max_files=settings.source.max_files,
        max_total_bytes=settings.source.max_total_bytes,
        max_report_bytes=settings.source.max_report_bytes,
        unary_timeout=timedelta(seconds=settings.default_timeout),
    )
    return ServerFacts(
        version=__version__,
        service_name=settings.discovery.service_name,
        limits=limits,
        disabled_analyzers=frozenset(disabled),
        plugins=plugins.distributions(PluginGroup.ANALYZERS),
    )


def plugin_rules(settings: FlextApiSettings) -> dict[PluginGroup, GroupRules]:
    """What plugins of each group have to be, and the names that they cannot have."""
    own = {tool.name for tool in settings.external_tools.sarif_tools}
    formats = {known.name.lower() for known in ReportFormat}
    return {
        PluginGroup.ANALYZERS: GroupRules(Analyzer, "name", BUILT_IN_ANALYZERS | own),
        PluginGroup.NOTIFIERS: GroupRules(NotifierPlugin, "name"),
        PluginGroup.PUBLISHERS: GroupRules(PublisherPlugin, "name", BROKERS),
        PluginGroup.REPORT_FORMATS: GroupRules(ReportRenderer, "format", formats),
    }


def installed_plugins(settings: FlextApiSettings) -> LoadedPlugins:
    """The plugins that are installed beside the server, loaded as these settings say."""
    options = PluginOptions(
        server_version=__version__,
        data_dir=Path(settings.data_dir, "plugins"),
        enabled=settings.plugins.enabled,
        disabled=settings.plugins.disabled,
        options=settings.plugins.options,
    )
    return load_plugins(plugin_rules(settings), options)


def publisher_plugin(settings: FlextApiSettings, plugins: LoadedPlugins) -> PublisherPlugin | None:
    """The plugin that publishes events; None: the server does it itself, or nobody does.

    Raises:
        InvalidFieldError: the settings ask for one that is not installed, is broken or is disabled.
    """
    name = settings.events.publisher
    if name in BROKERS:
        return None
    there: Mapping[str, PublisherPlugin] = plugins.of(PluginGroup.PUBLISHERS)
    if name not in there:
        allowed = ", ".join(sorted({*BROKERS, *there}))
        why = f"there is no plugin {name!r} that works; allowed here: {allowed}"
        raise invalid_field("FLEXT_API_EVENTS__PUBLISHER", why)
    return there[name]


def service_registry(settings: FlextApiSettings) -> ServiceRegistry:
    """The registry that the settings name. It connects when it is first used."""
    chosen = settings.discovery
    if chosen.registry == "consul":
        token = chosen.consul_token.get_secret_value() if chosen.consul_token else ""
        return ConsulServiceRegistry(chosen.consul_url, token)
    if chosen.registry == "redis":
        return RedisServiceRegistry(chosen.redis_url)
    return StaticServiceRegistry(
        ServiceInstance(
            known.instance_id,
            chosen.service_name,
            known.version,
            known.endpoints,
            known.capabilities,
        )
        for known in chosen.static_instances
    )


def own_instance(
    settings: FlextApiSettings,
    instance_id: str,
    address: str,
    http_address: str,
    capabilities: tuple[str, ...],
) -> ServiceInstance:
    """This server as registries should know it, listening at `address`, and for HTTP at `http_address`."""
    chosen = settings.discovery
    http = f"http://{reachable(http_address, chosen.advertised_host)}" if http_address else ""
    endpoints = {
        "grpc": reachable(address, chosen.advertised_host),
        "health": chosen.health_url or (http and f"{http}/health/ready"),
        "metrics": chosen.metrics_url or (http and f"{http}/metrics"),
    }
    return ServiceInstance(
        instance_id,
        chosen.service_name,
        __version__,
        {purpose: at for purpose, at in endpoints.items() if at},
        capabilities,
    )
