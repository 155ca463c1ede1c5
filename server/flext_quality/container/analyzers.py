"""The analyzers, as the settings of the moment say."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from dishka import Provider, Scope, provide

from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.ports.analyzers import FileResultCache
from flext_quality.application.ports.flags import FeatureFlags
from flext_quality.application.ports.plugins import PluginGroup
from flext_quality.application.ports.rules import RuleCatalog
from flext_quality.domain.findings.profile import AnalyzerProfiles
from flext_quality.infrastructure.analyzers.current import CurrentAnalyzer
from flext_quality.infrastructure.analyzers.rule_catalog import ProfileRuleCatalog
from flext_quality.infrastructure.analyzers.sarif.command import SarifCommand, SarifCommandAnalyzer
from flext_quality.infrastructure.analyzers.tool import AnalyzerContext
from flext_quality.infrastructure.flags.openfeature_flags import FlagRule, OpenFeatureFlags
from flext_quality.infrastructure.plugins import LoadedPlugins
from flext_quality.settings import BUILT_IN_ANALYZERS, FlextApiSettings, LiveSettings

_FOLDERS = "flext_quality.infrastructure.analyzers"
"""What lies there for each of the server's own analyzers, in a folder of its name: `profile.PROFILE`, and
`analyzer.create`, which takes its settings and an `AnalyzerContext`."""


@cache
def built_in_profiles() -> AnalyzerProfiles:
    """Those of the server's own analyzers."""
    modules = (import_module(f"{_FOLDERS}.{name}.profile") for name in sorted(BUILT_IN_ANALYZERS))
    return AnalyzerProfiles.of(*(module.PROFILE for module in modules))


class AnalyzersProvider(Provider):
    """Binds the analyzers, and the flags that say for which projects each runs."""

    scope = Scope.APP

    @provide
    def flags(self, live: LiveSettings) -> FeatureFlags:
        return OpenFeatureFlags(
            lambda: {
                name: FlagRule(flag.enabled, flag.on_for, flag.off_for)
                for name, flag in live.current.features.flags.items()
            }
        )

    @provide
    def profiles(self, analyzers: Analyzers) -> AnalyzerProfiles:
        return analyzers.profiles

    rules = provide(ProfileRuleCatalog, provides=RuleCatalog)

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
        context = AnalyzerContext(tools.processes, settings.data_dir, cache)
        return Analyzers.of(
            *(
                import_module(f"{_FOLDERS}.{name}.analyzer").create(chosen, context)
                for name, chosen in tools.by_analyzer.items()
            ),
            *(SarifCommandAnalyzer(SarifCommand.of(tool)) for tool in tools.sarif_tools),
            *plugins.of(PluginGroup.ANALYZERS).values(),
        )
