"""Plugins that are installed beside the server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dishka import Provider, Scope, provide

from flext_quality import __version__
from flext_quality.application.ports.analyzers import Analyzer
from flext_quality.application.ports.plugins import NotifierPlugin, PluginGroup, PublisherPlugin
from flext_quality.application.ports.reports import ReportRenderer
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.reports.report import ReportFormat
from flext_quality.infrastructure.plugins import (
    GroupRules,
    LoadedPlugins,
    PluginOptions,
    load_plugins,
)
from flext_quality.settings import BROKERS, BUILT_IN_ANALYZERS, FlextApiSettings


class PluginsProvider(Provider):
    """Binds the plugins that the settings allow."""

    scope = Scope.APP

    @provide
    def _plugins(self, settings: FlextApiSettings) -> LoadedPlugins:
        return installed_plugins(settings)


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
