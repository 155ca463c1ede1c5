"""Ruff as an analyzer."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from flext_quality.application.ports.analyzers import FindingSink
from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.analyses.events import FilesSkipped, SkipReason
from flext_quality.domain.errors import (
    AnalyzerDisabledError,
    NothingToAnalyzeError,
    ToolError,
    ToolFailedError,
    ToolOutputInvalidError,
)
from flext_quality.domain.findings.finding import Finding
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.process import ToolCommand, run_tool, within_limit
from flext_quality.infrastructure.analyzers.process_output import LineSink
from flext_quality.infrastructure.analyzers.ruff.configuration import (
    RuffConfiguration,
    operators_configuration,
    prepare_configuration,
)
from flext_quality.infrastructure.analyzers.ruff.output import (
    IO_RULE,
    decode_diagnostic,
    skip_reason,
    to_finding,
    unread_file,
)
from flext_quality.infrastructure.analyzers.ruff.profile import PROFILE
from flext_quality.infrastructure.analyzers.ruff.rules import NAME, ruff_program
from flext_quality.infrastructure.analyzers.ruff.settings import RuffSettings
from flext_quality.infrastructure.analyzers.tool import (
    AnalyzerContext,
    ToolOptions,
    config_digest,
    installed_version,
)

_BATCH_FINDINGS = 1000
"""How many findings are reported at once: enough to make storing them cheap."""

# Arguments have precedence over all configuration files.
_ARGUMENTS = ("--no-cache", "--no-fix", "--no-fix-only", "--no-unsafe-fixes", "--no-show-fixes")
_NOT_CHECKED = "Ruff's defaults or the project's settings leave it out"


class RuffAnalyzer:
    """Runs Ruff with the project's own configuration.

    `prepare_configuration` takes out of it what reaches beyond the project. Which files are checked,
    Ruff decides as if it ran in the project's directory; the other Python files are EXCLUDED.
    `config_file` is an operator's configuration, used in place of the project's.
    """

    name = NAME
    profile = PROFILE

    def __init__(self, options: ToolOptions, config_file: Path | None = None) -> None:
        self._options = options
        self._config_file = config_file

    async def version(self) -> FlextResult[str]:
        """The tool's version. Fails with `ToolNotInstalledError`."""
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
            configuration = await asyncio.to_thread(self._configuration, workspace.root)
            checked = await self._checked_files(workspace)
            digest = config_digest([NAME, version, *_ARGUMENTS], configuration.files)
            await sink.started(version, len(checked), digest)
            for ignored in configuration.ignored:
                await sink.configuration_ignored(ignored)
            left_out = [file.path for file in workspace.files if file.path not in checked]
            await _skip(sink, SkipReason.EXCLUDED, left_out, _NOT_CHECKED)
            if not checked:
                return FlextResult.fail(NothingToAnalyzeError(NAME))
            await self._check(workspace, sink)
            await sink.progressed(len(checked), len(checked))
        except ToolError as error:
            return FlextResult.fail(error)
        return FlextResult.ok(None)

    def _configuration(self, root: Path) -> RuffConfiguration:
        if self._config_file is None:
            return prepare_configuration(root)
        return operators_configuration(self._config_file, root)

    async def _checked_files(self, workspace: Workspace) -> set[str]:
        """The Python files that Ruff selects."""
        known = {file.path for file in workspace.files}
        selected: set[str] = set()
        relative = _Relative.to(workspace)

        async def take(lines: Sequence[bytes]) -> None:
            selected.update(relative(line.decode(errors="replace")) for line in lines)

        await self._ruff(workspace, ("--show-files",), take)
        return selected & known

    async def _check(self, workspace: Workspace, sink: FindingSink) -> None:
        reader = _Reader(_Relative.to(workspace), sink)
        arguments = ("--exit-zero", "--output-format", "json-lines")
        await self._ruff(workspace, arguments, reader.take, reader.take_errors)
        await reader.finish()

    async def _ruff(
        self,
        workspace: Workspace,
        arguments: Sequence[str],
        on_lines: LineSink,
        on_error_lines: LineSink | None = None,
    ) -> None:
        chosen = ("--config", str(self._config_file)) if self._config_file else ()
        command = ToolCommand(
            NAME,
            (ruff_program(), "check", *_ARGUMENTS, *chosen, *arguments, "."),
            workspace,
            timeout_seconds=None,
            memory_limit_bytes=self._options.memory_limit_bytes,
            environment={"RAYON_NUM_THREADS": str(self._options.processes)},
        )
        ended = (await run_tool(command, on_lines, on_error_lines)).unwrap()
        if ended.exit_code != 0:
            raise self._failure(ended.failure)

    def _failure(self, failure: ToolFailedError) -> ToolFailedError:
        """The failure, without the place of the operator's file on the server."""
        if self._config_file is None:
            return failure
        detail = failure.detail.replace(str(self._config_file), self._config_file.name)
        return ToolFailedError(NAME, failure.exit_code, detail)


@dataclass(frozen=True, slots=True)
class _Relative:
    """Makes the absolute paths that Ruff prints relative to the working copy."""

    prefix: str

    @classmethod
    def to(cls, workspace: Workspace) -> _Relative:
        return cls(f"{workspace.root.resolve()}/")

    def __call__(self, path: str) -> str:
        return path.removeprefix(self.prefix)


@dataclass
class _Reader:
    """Takes Ruff's lines and reports them as findings, some at once."""

    relative: _Relative
    sink: FindingSink
    pending: list[Finding] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)

    async def take(self, lines: Sequence[bytes]) -> None:
        """Takes findings."""
        try:
            for line in lines:
                diagnostic = decode_diagnostic(line)
                finding = to_finding(diagnostic, self.relative(diagnostic.filename))
                if finding.rule == IO_RULE:
                    self.unread[finding.path] = finding.message
                self.pending.append(finding)
        except msgspec.DecodeError as error:
            raise ToolOutputInvalidError(NAME, str(error)) from None
        # Whole batches only: a batch and a few would be stored as two.
        ready = len(self.pending) // _BATCH_FINDINGS * _BATCH_FINDINGS
        await self._flush(ready)

    async def take_errors(self, lines: Sequence[bytes]) -> None:
        """Takes warnings."""
        for line in lines:
            if (unread := unread_file(line.decode(errors="replace"))) is not None:
                path, why = unread
                self.unread[self.relative(path)] = why

    async def finish(self) -> None:
        """Reports what is left."""
        await self._flush(len(self.pending))
        by_why: defaultdict[str, list[str]] = defaultdict(list)
        for path, why in sorted(self.unread.items()):
            by_why[why].append(path)
        for why, paths in by_why.items():
            await _skip(self.sink, skip_reason(why), paths, why)

    async def _flush(self, count: int) -> None:
        findings, self.pending = self.pending[:count], self.pending[count:]
        if findings:
            await self.sink.findings(findings)


async def _skip(sink: FindingSink, reason: SkipReason, paths: Sequence[str], detail: str) -> None:
    if paths:
        await sink.skipped(FilesSkipped(reason, tuple(paths), NAME, detail))


def create(settings: RuffSettings, server: AnalyzerContext) -> RuffAnalyzer:
    """The analyzer as the operator wants it."""
    options = ToolOptions.of(settings, server.processes)
    return RuffAnalyzer(options, settings.config_file)
