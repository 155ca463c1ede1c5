"""jscpd as an analyzer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from flext_quality.application.ports.analyzers import FindingSink
from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.analyses.events import FilesSkipped, SkipReason
from flext_quality.domain.errors import (
    AnalyzerDisabledError,
    NothingToAnalyzeError,
    ToolError,
    ToolNotInstalledError,
)
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.duplication.clones import (
    NAME,
    Clone,
    clones_of,
    measures_of,
)
from flext_quality.infrastructure.analyzers.duplication.configuration import (
    CloneConfiguration,
    CloneSize,
    read_configuration,
)
from flext_quality.infrastructure.analyzers.duplication.output import read_pairs
from flext_quality.infrastructure.analyzers.duplication.profile import PROFILE, PROGRAM
from flext_quality.infrastructure.analyzers.duplication.search_directory import SearchDirectory
from flext_quality.infrastructure.analyzers.duplication.settings import DuplicationSettings
from flext_quality.infrastructure.analyzers.process import ToolCommand, run_tool, within_limit
from flext_quality.infrastructure.analyzers.tool import (
    AnalyzerContext,
    ToolOptions,
    brought_program,
    config_digest,
    installed_version,
)

_BATCH_FINDINGS = 1000
"""About how many findings are reported at once."""
_SUFFIXES = (".py", ".pyi", ".pyw")
_NOT_COMPARED = "only .py, .pyi and .pyw files are compared"
_LEFT_OUT = "the project's settings leave it out"

# `--config` keeps jscpd from looking for the project's own configuration. `--no-gitignore` and the
# directory's ignore file leave the choice of files to us. The size limit is above that of the sources.
_ARGUMENTS = (
    *("--format", "python", "--formats-exts", "python:py,pyi,pyw", "--mode", "mild"),
    *("--reporters", "json", "--silent", "--no-tips", "--no-colors"),
    *("--no-gitignore", "--max-size", str(1 << 40)),
)


class DuplicationAnalyzer:
    """Finds blocks of the same code with jscpd, in the project's Python files but notebooks.

    `size` is in effect unless the project's own configuration has other sizes.
    """

    name = NAME
    profile = PROFILE

    def __init__(self, options: ToolOptions, size: CloneSize | None = None) -> None:
        self._options = options
        self._size = size or CloneSize()

    async def version(self) -> FlextResult[str]:
        """The version of jscpd. Fails with `ToolNotInstalledError`."""
        return installed_version(PROFILE)

    async def run(self, workspace: Workspace, sink: FindingSink) -> FlextResult[None]:
        """Analyses the working copy and tells `report`. Fails with a `ToolError`."""
        if not self._options.enabled:
            return FlextResult.fail(AnalyzerDisabledError(NAME))
        if not workspace.files:
            return FlextResult.fail(NothingToAnalyzeError(NAME))
        return await within_limit(NAME, self._options.timeout_seconds, self._run(workspace, sink))

    async def _run(self, workspace: Workspace, sink: FindingSink) -> FlextResult[None]:
        try:
            version = installed_version(PROFILE).unwrap()
            configuration = await asyncio.to_thread(read_configuration, workspace.root, self._size)
            searched = await self._search_directory(workspace, configuration)
            await sink.started(version, len(searched.paths), _digest(version, configuration))
            for ignored in configuration.ignored:
                await sink.configuration_ignored(ignored)
            for (reason, detail), paths in searched.skipped.items():
                await sink.skipped(FilesSkipped(reason, tuple(paths), NAME, detail))
            if not searched.paths:
                return FlextResult.fail(NothingToAnalyzeError(NAME))
            await self._jscpd(workspace, searched, configuration.size)
            clones = await asyncio.to_thread(_read_clones, workspace, searched)
            await _tell(sink, searched.paths, clones)
        except ToolError as error:
            return FlextResult.fail(error)
        return FlextResult.ok(None)

    async def _search_directory(
        self, workspace: Workspace, configuration: CloneConfiguration
    ) -> SearchDirectory:
        """The files to compare. When cancelled, nothing is written any more."""
        searched = SearchDirectory(workspace.root, _place(workspace) / "files")
        stop = threading.Event()
        work = asyncio.ensure_future(
            asyncio.to_thread(_fill, searched, workspace, configuration, stop)
        )
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            stop.set()
            await asyncio.wait([work])
            raise
        return searched

    async def _jscpd(
        self, workspace: Workspace, searched: SearchDirectory, size: CloneSize
    ) -> None:
        own = _place(workspace) / "jscpd.json"
        own.write_text("{}", "ascii")
        command = ToolCommand(
            NAME,
            (
                *(_program(), "--config", str(own), "--output", str(_place(workspace) / "out")),
                *("--min-lines", str(size.min_lines), "--min-tokens", str(size.min_tokens)),
                *("--workers", str(self._options.processes)),
                *(*_ARGUMENTS, str(searched.place.resolve())),
            ),
            workspace,
            timeout_seconds=None,
            memory_limit_bytes=self._options.memory_limit_bytes,
        )
        ended = (await run_tool(command)).unwrap()
        if ended.exit_code != 0:
            raise ended.failure


def _fill(
    searched: SearchDirectory,
    workspace: Workspace,
    configuration: CloneConfiguration,
    stop: threading.Event,
) -> None:
    chosen = []
    for file in workspace.files:
        if not file.path.endswith(_SUFFIXES):
            searched.skipped[SkipReason.EXCLUDED, _NOT_COMPARED].append(file.path)
        elif configuration.leaves_out(file.path):
            searched.skipped[SkipReason.EXCLUDED, _LEFT_OUT].append(file.path)
        else:
            chosen.append(file.path)
    searched.fill(chosen, stop)


def _read_clones(workspace: Workspace, searched: SearchDirectory) -> list[Clone]:
    return clones_of(read_pairs(_place(workspace) / "out" / "jscpd-report.json", searched.path_of))


async def _tell(sink: FindingSink, paths: Sequence[str], clones: Sequence[Clone]) -> None:
    for start in range(0, len(clones), _BATCH_FINDINGS):
        batch = clones[start : start + _BATCH_FINDINGS]
        await sink.findings([clone.to_finding() for clone in batch])
    await sink.measures(measures_of(paths, clones))
    await sink.progressed(len(paths), len(paths))


def _place(workspace: Workspace) -> Path:
    return workspace.scratch / NAME


def _digest(version: str, configuration: CloneConfiguration) -> str:
    size = configuration.size
    parts = (NAME, version, *_ARGUMENTS, str(size.min_lines), str(size.min_tokens))
    return config_digest((*parts, *(pattern.pattern for pattern in configuration.ignore)), {})


@cache
def _program() -> str:
    """The program that the package brought.

    Raises:
        ToolNotInstalledError: the package is not there, or has none.
    """
    program = brought_program(PROGRAM)
    if program is None:
        raise ToolNotInstalledError(NAME)
    return str(program)


def create(settings: DuplicationSettings, server: AnalyzerContext) -> DuplicationAnalyzer:
    """The analyzer as the operator wants it."""
    options = ToolOptions.of(settings, server.processes)
    return DuplicationAnalyzer(options, CloneSize(settings.min_lines, settings.min_tokens))
