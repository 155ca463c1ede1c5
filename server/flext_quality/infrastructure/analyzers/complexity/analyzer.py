"""Complexity as an analyzer."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import msgspec

from flext_quality.application.ports.analyzers import FindingSink
from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.analyses.events import ConfigurationIgnored, FilesSkipped, SkipReason
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.complexity.output import ComplexityResult
from flext_quality.infrastructure.analyzers.complexity.profile import PROFILE
from flext_quality.infrastructure.analyzers.complexity.settings import ComplexitySettings
from flext_quality.infrastructure.analyzers.per_file.analyzer import (
    FileWork,
    PerFileAnalyzer,
    left_out,
)
from flext_quality.infrastructure.analyzers.per_file.shards import Scanner
from flext_quality.infrastructure.analyzers.toml import tool_tables
from flext_quality.infrastructure.analyzers.tool import (
    AnalyzerContext,
    ToolOptions,
    installed_version,
)

_MEASURED = (".py", ".pyw")
_NOT_MEASURED = "only .py and .pyw files are measured"
_NOT_TAKEN = "all files are measured, and thresholds are set on the project"
_RECURSION_LIMIT = 10_000
"""Python's 1,000 is too low for the trees of long sums and of `elif` after `elif`."""


class ComplexityAnalyzer(PerFileAnalyzer[ComplexityResult]):
    """Measures every function and file with radon and complexipy, and tells what is too complex.

    What is cached are the measured values: other thresholds do not make it measure anew.
    """

    profile = PROFILE
    cache_format = "1"

    async def version(self) -> FlextResult[str]:
        """The versions of radon and complexipy. Fails with `ToolNotInstalledError`."""
        return installed_version(PROFILE)

    def plan(self, workspace: Workspace, sink: FindingSink) -> FileWork[ComplexityResult]:
        """What there is to do."""
        scanned = [file for file in workspace.files if file.path.endswith(_MEASURED)]
        thresholds = workspace.thresholds

        async def tell(results: Sequence[ComplexityResult]) -> None:
            await sink.measures([m for result in results if (m := result.measures()) is not None])
            found = [one for result in results for one in result.findings(thresholds)]
            await sink.findings(found)

        return FileWork(
            scanned,
            left_out(
                FilesSkipped(SkipReason.EXCLUDED, (), self.name, _NOT_MEASURED), workspace, scanned
            ),
            [
                ConfigurationIgnored(self.name, "pyproject.toml", f"tool.{tool}", _NOT_TAKEN)
                for tool in PROFILE.packages
                if tool in tool_tables(workspace.root)
            ],
            Scanner(Path(__file__).with_name("scanner.py"), {}, ComplexityResult, _RECURSION_LIMIT),
            tell,
            judgement=msgspec.json.encode(dataclasses.astuple(thresholds)).decode(),
        )


def create(settings: ComplexitySettings, server: AnalyzerContext) -> ComplexityAnalyzer:
    """The analyzer as the operator wants it."""
    return ComplexityAnalyzer(ToolOptions.of(settings, server.processes), server.cache)
