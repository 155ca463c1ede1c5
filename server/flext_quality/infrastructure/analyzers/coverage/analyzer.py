"""Test coverage as an analyzer."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from flext_quality.application.ports.analyzers import FindingSink
from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.analyses.events import ConfigurationIgnored, FilesSkipped, SkipReason
from flext_quality.domain.errors import (
    AnalyzerDisabledError,
    NothingToAnalyzeError,
    ReportMissingError,
    ToolError,
    ToolOutputInvalidError,
)
from flext_quality.domain.findings.finding import Finding
from flext_quality.domain.result import FlextResult
from flext_quality.domain.sources.measures import FileMeasures
from flext_quality.infrastructure.analyzers.coverage.findings import (
    NAME,
    findings_of,
    measures_of,
)
from flext_quality.infrastructure.analyzers.coverage.messages import (
    Beyond,
    Broken,
    Ignored,
    Job,
    Measured,
    Message,
    ReportFile,
    Started,
    Unknown,
    Unparsed,
    Unwanted,
)
from flext_quality.infrastructure.analyzers.coverage.profile import CONFIGURATION_FILES, PROFILE
from flext_quality.infrastructure.analyzers.coverage.reports import reports_of
from flext_quality.infrastructure.analyzers.coverage.settings import CoverageSettings
from flext_quality.infrastructure.analyzers.process import (
    ToolCommand,
    run_tool,
    within_limit,
    without_server_paths,
)
from flext_quality.infrastructure.analyzers.tool import (
    AnalyzerContext,
    ToolOptions,
    config_digest,
    installed_version,
)
from flext_quality.infrastructure.sources.selection import SOURCE_SUFFIXES, escaped

# Isolated: neither the working copy nor the user's packages are on the path.
_PYTHON = ("-I", "-B", "-X", "utf8", "-W", "ignore")
_RUNNER = "flext_quality.infrastructure.analyzers.coverage.runner"
_BATCH_FINDINGS = 1000
"""About how many findings are reported at once."""

_NOT_PARSED = "its executable lines are not known, because it cannot be parsed"
_LEFT_OUT = "the project's settings of coverage.py leave it out of reports"


class CoverageAnalyzer:
    """Reads the reports of test runs and tells what tests leave out. Runs no test."""

    name = NAME
    profile = PROFILE

    def __init__(self, options: ToolOptions) -> None:
        self._options = options

    async def version(self) -> FlextResult[str]:
        """The version of coverage.py. Fails with `ToolNotInstalledError`."""
        return installed_version(PROFILE)

    async def run(self, workspace: Workspace, sink: FindingSink) -> FlextResult[None]:
        """Reads the reports and tells `report`. Fails with a `ToolError`."""
        if not self._options.enabled:
            return FlextResult.fail(AnalyzerDisabledError(NAME))
        return await within_limit(NAME, self._options.timeout_seconds, self._run(workspace, sink))

    async def _run(self, workspace: Workspace, sink: FindingSink) -> FlextResult[None]:
        try:
            version = installed_version(PROFILE).unwrap()
            place = workspace.scratch / NAME
            reports = await asyncio.to_thread(_prepare, workspace, place)
            if not reports:
                return FlextResult.fail(ReportMissingError(NAME))
            digest = await asyncio.to_thread(_digest, workspace.root, version, reports)
            reader = _Reader(workspace, sink, version, digest)
            await self._read(workspace, place / "job.json", reader)
            await reader.finish()
            if not reader.file_count:
                return FlextResult.fail(NothingToAnalyzeError(NAME))
        except ToolError as error:
            return FlextResult.fail(error)
        return FlextResult.ok(None)

    async def _read(self, workspace: Workspace, job: Path, reader: _Reader) -> None:
        command = ToolCommand(
            NAME,
            (sys.executable, *_PYTHON, "-m", _RUNNER, str(job)),
            workspace,
            timeout_seconds=None,
            memory_limit_bytes=self._options.memory_limit_bytes,
        )
        ended = (await run_tool(command, reader.take)).unwrap()
        if ended.exit_code != 0:
            raise ended.failure


def _prepare(workspace: Workspace, place: Path) -> list[ReportFile]:
    """The reports; writes the job that reads them."""
    place.mkdir()
    reports = reports_of(workspace, place)
    files = [file.path for file in workspace.files if file.path.endswith(SOURCE_SUFFIXES)]
    (place / "job.json").write_bytes(msgspec.json.encode(Job(reports, files)))
    return reports


def _digest(root: Path, version: str, reports: Sequence[ReportFile]) -> str:
    present = [name for name in CONFIGURATION_FILES if (root / name).is_file()]
    names = (report.name for report in reports)
    return config_digest(
        (NAME, version, *names), {name: (root / name).read_bytes() for name in present}
    )


@dataclass
class _Reader:
    """Takes the lines of the process that reads reports, and reports what they say."""

    workspace: Workspace
    sink: FindingSink
    version: str
    digest: str
    file_count: int = 0
    _findings: list[Finding] = field(default_factory=list)
    _measures: list[FileMeasures] = field(default_factory=list)
    _done: int = 0

    async def take(self, lines: Sequence[bytes]) -> None:
        """Takes some lines."""
        for line in lines:
            try:
                message = msgspec.json.decode(line, type=Message)
            except msgspec.DecodeError as error:
                raise ToolOutputInvalidError(NAME, str(error)) from None
            await self._take(message)

    async def _take(self, message: Message) -> None:
        match message:
            case Started(file_count):
                self.file_count = file_count
                await self.sink.started(self.version, file_count, self.digest)
            case Measured():
                self._findings += findings_of(message)
                self._measures.append(measures_of(message))
                if len(self._findings) >= _BATCH_FINDINGS:
                    await self._flush()
            case Broken(report, why):
                detail = without_server_paths(f"{report}: {why}", self.workspace)
                raise ToolOutputInvalidError(NAME, escaped(detail))
            case Unknown(report, paths):
                detail = f"{report} names it, but the project has no such file"
                await self._skip(SkipReason.EXCLUDED, [escaped(path) for path in paths], detail)
            case Unparsed(paths):
                await self._skip(SkipReason.SYNTAX, paths, _NOT_PARSED)
            case Unwanted(paths):
                await self._skip(SkipReason.EXCLUDED, paths, _LEFT_OUT)
            case Ignored(path, option, why):
                await self._ignore(path, option, without_server_paths(why, self.workspace))
            case Beyond(report, path, count):
                what = "1 line" if count == 1 else f"{count} lines"
                await self._ignore(
                    report,
                    path,
                    f"{what} beyond the end of the file: the report is of another version",
                )

    async def finish(self) -> None:
        """Reports what is left."""
        await self._flush()

    async def _skip(self, reason: SkipReason, paths: Sequence[str], detail: str) -> None:
        await self.sink.skipped(FilesSkipped(reason, tuple(paths), NAME, detail))

    async def _ignore(self, path: str, option: str, why: str) -> None:
        await self.sink.configuration_ignored(ConfigurationIgnored(NAME, path, option, why))

    async def _flush(self) -> None:
        self._done += len(self._measures)
        if self._findings:
            await self.sink.findings(self._findings)
        if self._measures:
            await self.sink.measures(self._measures)
            await self.sink.progressed(self._done, self.file_count)
        self._findings, self._measures = [], []


def create(settings: CoverageSettings, server: AnalyzerContext) -> CoverageAnalyzer:
    """The analyzer as the operator wants it."""
    return CoverageAnalyzer(ToolOptions.of(settings, server.processes))
