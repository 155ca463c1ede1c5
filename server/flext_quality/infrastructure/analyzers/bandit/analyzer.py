"""Bandit as an analyzer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flext_quality.application.ports.analyzers import FileResultCache, FindingSink
from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.analyses.events import FilesSkipped, SkipReason
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.bandit.configuration import BanditConfiguration
from flext_quality.infrastructure.analyzers.bandit.operators import BanditOperator
from flext_quality.infrastructure.analyzers.bandit.output import BanditResult
from flext_quality.infrastructure.analyzers.bandit.profile import PROFILE
from flext_quality.infrastructure.analyzers.bandit.settings import BanditSettings
from flext_quality.infrastructure.analyzers.per_file.analyzer import (
    FileWork,
    PerFileAnalyzer,
    left_out,
)
from flext_quality.infrastructure.analyzers.per_file.shards import Scanner
from flext_quality.infrastructure.analyzers.toml import to_toml
from flext_quality.infrastructure.analyzers.tool import (
    AnalyzerContext,
    ToolOptions,
    installed_version,
)

_NOT_SCANNED = "Bandit's defaults or the project's settings leave it out"


class BanditAnalyzer(PerFileAnalyzer[BanditResult]):
    """Runs Bandit as `bandit -r .` in the project's directory would, in several processes."""

    profile = PROFILE
    cache_format = "1"

    def __init__(
        self,
        options: ToolOptions,
        cache: FileResultCache,
        operator: BanditOperator = BanditOperator(),  # noqa: B008  # frozen
    ) -> None:
        super().__init__(options, cache)
        self._operator = operator

    async def version(self) -> FlextResult[str]:
        """The tool's version. Fails with `ToolNotInstalledError`."""
        return installed_version(PROFILE)

    def plan(self, workspace: Workspace, sink: FindingSink) -> FileWork[BanditResult]:
        """What there is to do."""
        configuration = self._operator.configuration(workspace.root)
        wanted = configuration.files(workspace.root)
        scanned = [file for file in workspace.files if file.path in wanted]

        async def tell(results: Sequence[BanditResult]) -> None:
            await sink.findings([found for result in results for found in result.findings()])

        return FileWork(
            scanned,
            left_out(
                FilesSkipped(SkipReason.EXCLUDED, (), self.name, _NOT_SCANNED), workspace, scanned
            ),
            configuration.ignored,
            scanner_for(workspace, configuration),
            tell,
            configuration=configuration.canonical(),
        )


def scanner_for(workspace: Workspace, configuration: BanditConfiguration) -> Scanner[BanditResult]:
    """What scans the project's files."""
    settings = ""
    if configuration.settings is not None:
        path = workspace.scratch / "bandit.toml"
        path.write_text(to_toml({"tool": {"bandit": configuration.settings}}), "utf-8")
        settings = str(path)
    return Scanner(
        Path(__file__).with_name("scanner.py"),
        {
            "settings": settings,
            "tests": configuration.tests,
            "skips": configuration.skips,
            "ignore_nosec": configuration.ignore_nosec,
            "severity": configuration.severity,
            "confidence": configuration.confidence,
        },
        BanditResult,
    )


def create(settings: BanditSettings, server: AnalyzerContext) -> BanditAnalyzer:
    """The analyzer as the operator wants it."""
    options = ToolOptions.of(settings, server.processes)
    operator = BanditOperator(
        settings.config_file, settings.severity_level, settings.confidence_level
    )
    return BanditAnalyzer(options, server.cache, operator)
