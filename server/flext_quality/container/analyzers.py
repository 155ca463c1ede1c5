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
from flext_quality.infrastructure.analyzers.rule_catalog import ProfileRuleCatalog
from flext_quality.infrastructure.analyzers.sarif import (
    SarifAnalyzer,
    SarifCommand,
    SarifCommandAnalyzer,
)
from flext_quality.infrastructure.analyzers.tool import ToolOptions
from flext_quality.infrastructure.flags.openfeature_flags import FlagRule, OpenFeatureFlags
from flext_quality.infrastructure.plugins import LoadedPlugins
from flext_quality.settings import (
    BUILT_IN_ANALYZERS,
    FlextApiSettings,
    LiveSettings,
    SarifToolSettings,
    ToolSettings,
)

_FOLDER = "flext_quality.infrastructure.analyzers"


@cache
def built_in_profiles() -> AnalyzerProfiles:
    """Those of the server's own analyzers, each of which has a folder of its name."""
    modules = (import_module(f"{_FOLDER}.{name}.profile") for name in sorted(BUILT_IN_ANALYZERS))
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
