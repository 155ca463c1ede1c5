"""Dead code as an analyzer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from flext_quality.application.ports.analyzers import FindingSink
from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.analyses.events import FilesSkipped, SkipReason
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.deadcode.configuration import read_configuration
from flext_quality.infrastructure.analyzers.deadcode.output import DeadCodeResult, unused
from flext_quality.infrastructure.analyzers.deadcode.profile import PROFILE
from flext_quality.infrastructure.analyzers.deadcode.settings import DeadCodeSettings
from flext_quality.infrastructure.analyzers.per_file.analyzer import (
    FileWork,
    PerFileAnalyzer,
    left_out,
)
from flext_quality.infrastructure.analyzers.per_file.shards import Scanner
from flext_quality.infrastructure.analyzers.tool import (
    AnalyzerContext,
    ToolOptions,
    installed_version,
)

_NOT_READ = "only .py files are read, and of those what the project's settings name"
_RECURSION_LIMIT = 10_000
"""Vulture ends altogether where Python's 1,000 is too low for one file's tree."""


class DeadCodeAnalyzer(PerFileAnalyzer[DeadCodeResult]):
    """Finds what vulture would find in the project's directory.

    What each file uses, and what it defines without using it, is cached; what is dead is found out anew
    each time.
    """

    profile = PROFILE
    cache_format = "2"

    async def version(self) -> FlextResult[str]:
        """The tool's version. Fails with `ToolNotInstalledError`."""
        return installed_version(PROFILE)

    def plan(self, workspace: Workspace, sink: FindingSink) -> FileWork[DeadCodeResult]:
        """What there is to do."""
        configuration = read_configuration(workspace.root)
        settings = {
            "exclude": configuration.exclude,
            "ignore_names": configuration.ignore_names,
            "ignore_decorators": configuration.ignore_decorators,
        }
        scanned = configuration.files(workspace.files)
        everything: list[DeadCodeResult] = []

        async def tell(results: Sequence[DeadCodeResult]) -> None:
            everything.extend(results)

        async def finish() -> None:
            least = configuration.min_confidence
            await sink.findings(await asyncio.to_thread(unused, everything, least))

        return FileWork(
            scanned,
            left_out(
                FilesSkipped(SkipReason.EXCLUDED, (), self.name, _NOT_READ), workspace, scanned
            ),
            configuration.ignored,
            Scanner(
                Path(__file__).with_name("scanner.py"), settings, DeadCodeResult, _RECURSION_LIMIT
            ),
            tell,
            finish,
            configuration=msgspec.json.encode(settings, order="deterministic").decode(),
            judgement=f"{configuration.min_confidence} {sorted(configuration.paths)}",
        )


def create(settings: DeadCodeSettings, server: AnalyzerContext) -> DeadCodeAnalyzer:
    """The analyzer as the operator wants it."""
    return DeadCodeAnalyzer(ToolOptions.of(settings, server.processes), server.cache)
