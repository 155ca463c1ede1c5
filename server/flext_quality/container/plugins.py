"""Plugins that are installed beside the server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dishka import Provider, Scope, provide

from flext_quality import __version__
from flext_quality.application.ports.analyzers import Analyzer
from flext_quality.application.ports.health import HealthCheck
from flext_quality.application.ports.http_client import HttpClient, NoHttpClient
from flext_quality.application.ports.plugins import NotifierPlugin, PluginGroup, PublisherPlugin
from flext_quality.application.ports.reports import ReportRenderer
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.reports.report import ReportFormat
from flext_quality.infrastructure.events.health import BrokerCheck
from flext_quality.infrastructure.persistence.health import DatabaseCheck
from flext_quality.infrastructure.plugins import (
    GroupRules,
    LoadedPlugins,
    PluginOptions,
    load_plugins,
)
from flext_quality.infrastructure.redis.health import RedisCheck
from flext_quality.infrastructure.sources.data_directory import DataDirectoryCheck
from flext_quality.settings import BROKERS, BUILT_IN_ANALYZERS, FlextApiSettings

_OWN_CHECKS = {DatabaseCheck.name, DataDirectoryCheck.name, RedisCheck.name, BrokerCheck.name}


class PluginsProvider(Provider):
    """Binds the plugins that the settings allow."""

    scope = Scope.APP

    @provide
    def _plugins(self, settings: FlextApiSettings, http: HttpClient) -> LoadedPlugins:
        return installed_plugins(settings, http)


def plugin_rules(settings: FlextApiSettings) -> dict[PluginGroup, GroupRules]:
    """What plugins of each group have to be, and the names that they cannot have."""
    own = {tool.name for tool in settings.external_tools.sarif_tools}
    formats = {known.name.lower() for known in ReportFormat}
    return {
        PluginGroup.ANALYZERS: GroupRules(
            Analyzer, "name", BUILT_IN_ANALYZERS | own, problem_of_profile
        ),
        PluginGroup.NOTIFIERS: GroupRules(NotifierPlugin, "name"),
        PluginGroup.PUBLISHERS: GroupRules(PublisherPlugin, "name", BROKERS),
        PluginGroup.REPORT_FORMATS: GroupRules(ReportRenderer, "format", formats),
        PluginGroup.HEALTH_CHECKS: GroupRules(HealthCheck, "name", _OWN_CHECKS),
    }


def problem_of_profile(analyzer: Analyzer) -> str:
    """What is wrong with what a plugin's analyzer tells of itself; empty if nothing is."""
    profile: object = analyzer.profile
    if not isinstance(profile, AnalyzerProfile):
        return f"its profile is a {type(profile).__name__}, no AnalyzerProfile"
    if profile.name != analyzer.name:
        return f"its profile is that of {profile.name!r}, not of {analyzer.name!r}"
    return ""


def installed_plugins(settings: FlextApiSettings, http: HttpClient | None = None) -> LoadedPlugins:
    """The plugins that are installed beside the server, loaded as these settings say.

    Without `http`, as for a list of them, they are not to ask anybody.
    """
    options = PluginOptions(
        server_version=__version__,
        data_dir=Path(settings.data_dir, "plugins"),
        enabled=settings.plugins.enabled,
        disabled=settings.plugins.disabled,
        options=settings.plugins.options,
        http=http or NoHttpClient(),
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
