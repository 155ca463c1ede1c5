"""Commands of the operator that print SARIF."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flext_quality.application.ports.analyzers import FindingSink
from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.errors import (
    ToolError,
    ToolNotInstalledError,
    ToolOutputInvalidError,
)
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.process import ToolCommand, run_tool
from flext_quality.infrastructure.analyzers.sarif.log import MAX_LOG_BYTES, NamedLog, read_log
from flext_quality.infrastructure.analyzers.sarif.profile import command_profile
from flext_quality.infrastructure.analyzers.sarif.runs import LogReader, version_of
from flext_quality.infrastructure.analyzers.sarif.schema import Run
from flext_quality.infrastructure.analyzers.sarif.settings import SarifToolSettings
from flext_quality.infrastructure.analyzers.tool import ToolOptions, config_digest

STDOUT = "stdout"
_ROOT, _SCRATCH = "{root}", "{scratch}"
_ITS_OUTPUT = "its output"


@dataclass(frozen=True, slots=True)
class SarifCommand:
    """What the operator wants to be run.

    Attributes:
        name: the analyzer's.
        command: the program, by its absolute path or a name to be found in PATH, and its arguments. In
            them "{root}" stands for the working copy, which is the current directory too, and "{scratch}"
            for an empty directory of the command's own.
        output: "stdout", or the name of the file in "{scratch}" that takes the log.
        success_exit_codes: those that mean that the log is whole.
    """

    name: str
    command: tuple[str, ...]
    output: str = STDOUT
    success_exit_codes: frozenset[int] = field(default_factory=lambda: frozenset({0}))
    options: ToolOptions = field(default_factory=ToolOptions)

    @classmethod
    def of(cls, settings: SarifToolSettings) -> SarifCommand:
        """What the settings say."""
        options = ToolOptions(
            timeout_seconds=settings.timeout, memory_limit_bytes=settings.memory_limit_mb << 20
        )
        return cls(
            settings.name,
            settings.command,
            settings.output,
            settings.success_exit_codes,
            options,
        )


class SarifCommandAnalyzer:
    """Runs a command in the working copy and reads the SARIF log that it writes.

    The command is the operator's; nothing in the project decides about it. Rules keep their own ids.
    """

    def __init__(self, command: SarifCommand) -> None:
        self._command = command
        self.name = command.name
        self.profile = command_profile(command.name)

    async def version(self) -> FlextResult[str]:
        """Empty: only its log tells it. Fails with `ToolNotInstalledError`."""
        found = self._program() is not None
        return FlextResult.ok("") if found else FlextResult.fail(ToolNotInstalledError(self.name))

    async def run(self, workspace: Workspace, sink: FindingSink) -> FlextResult[None]:
        """Runs the command and tells `report`. Fails with a `ToolError`."""
        program = self._program()
        if program is None:
            return FlextResult.fail(ToolNotInstalledError(self.name))
        try:
            count = len(workspace.files)
            await sink.started("", count, self._digest(""))
            named = await self._log(program, workspace)
            runs = named.log.runs
            version = ", ".join(sorted({version_of(run.tool.driver) for run in runs} - {""}))
            if version:
                await sink.started(version, count, self._digest(version))
            reader = await asyncio.to_thread(
                LogReader.of, self.name, workspace, [named], _no_prefix
            )
            await reader.report(workspace, sink)
        except ToolError as error:
            return FlextResult.fail(error)
        return FlextResult.ok(None)

    def _program(self) -> str | None:
        found = shutil.which(self._command.command[0])
        return found if found is not None and Path(found).is_absolute() else None

    def _digest(self, version: str) -> str:
        return config_digest([self.name, version, *self._command.command], {})

    async def _log(self, program: str, workspace: Workspace) -> NamedLog:
        scratch = workspace.scratch / "sarif" / self.name
        scratch.mkdir(parents=True)
        places = {_ROOT: str(workspace.root), _SCRATCH: str(scratch)}
        arguments = [_filled(argument, places) for argument in self._command.command[1:]]
        options = self._command.options
        command = ToolCommand(
            self.name,
            (program, *arguments),
            workspace,
            timeout_seconds=options.timeout_seconds,
            memory_limit_bytes=options.memory_limit_bytes,
        )
        printed = _Printed(self.name)
        wanted = printed.take if self._command.output == STDOUT else None
        ended = (await run_tool(command, wanted)).unwrap()
        if ended.exit_code not in self._command.success_exit_codes:
            raise ended.failure
        content = b"\n".join(printed.lines) if wanted else self._written(scratch)
        return await asyncio.to_thread(read_log, self.name, _ITS_OUTPUT, content)

    def _written(self, scratch: Path) -> bytes:
        file = scratch / self._command.output
        if file.is_symlink() or not file.is_file():
            raise ToolOutputInvalidError(self.name, f"it did not write {self._command.output}")
        with file.open("rb") as stream:
            return stream.read(MAX_LOG_BYTES + 1)


@dataclass
class _Printed:
    """Keeps what a command prints, up to the limit of a log."""

    analyzer: str
    lines: list[bytes] = field(default_factory=list)
    size: int = 0

    async def take(self, lines: Sequence[bytes]) -> None:
        """Takes lines.

        Raises:
            ToolOutputInvalidError: there are too many.
        """
        self.lines.extend(lines)
        self.size += sum(len(line) + 1 for line in lines)
        if self.size > MAX_LOG_BYTES:
            detail = f"{_ITS_OUTPUT} is larger than {MAX_LOG_BYTES:,} bytes"
            raise ToolOutputInvalidError(self.analyzer, detail)


def _filled(argument: str, places: dict[str, str]) -> str:
    for placeholder, path in places.items():
        argument = argument.replace(placeholder, path)
    return argument


def _no_prefix(_: Run) -> str:
    return ""
