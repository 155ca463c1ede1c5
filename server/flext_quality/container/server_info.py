"""What the server tells of itself."""

from __future__ import annotations

from datetime import timedelta

from dishka import Provider, Scope, provide

from flext_quality import __version__
from flext_quality.application.ports.plugins import PluginGroup
from flext_quality.application.system.get_server_info import (
    GetServerInfo,
    ServerFacts,
    ServerLimits,
    TellFacts,
)
from flext_quality.infrastructure.plugins import (
    LoadedPlugins,
)
from flext_quality.rpc.server import MAX_REQUEST_BYTES
from flext_quality.rpc.system.servicer import SystemServicer
from flext_quality.settings import FlextApiSettings, LiveSettings


class ServerInfoProvider(Provider):
    """Binds what GetServerInfo answers with."""

    scope = Scope.APP

    get_server_info = provide(GetServerInfo)
    system_servicer = provide(SystemServicer)

    @provide
    def _facts(self, live: LiveSettings, plugins: LoadedPlugins) -> TellFacts:
        return lambda: server_facts(live.current, plugins)


def server_facts(settings: FlextApiSettings, plugins: LoadedPlugins) -> ServerFacts:
    """What the server tells of itself that no port knows."""
    tools = settings.external_tools
    disabled = {name for name, chosen in tools.by_analyzer.items() if not chosen.enabled}
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
