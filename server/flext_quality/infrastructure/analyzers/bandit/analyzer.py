"""Bandit as an analyzer."""

from __future__ import annotations

import asyncio
import hashlib
import platform
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from flext_quality.application.ports import FileResultCache, Report, SourceFile, Workspace
from flext_quality.domain.errors import AnalyzerDisabledError, NothingToAnalyzeError, ToolError
from flext_quality.domain.event import FilesSkipped, SkipReason
from flext_quality.domain.finding import Finding
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.bandit.configuration import BanditConfiguration
from flext_quality.infrastructure.analyzers.bandit.operators import BanditOperator
from flext_quality.infrastructure.analyzers.bandit.output import (
    FileResult,
    decode_result,
    encode_result,
)
from flext_quality.infrastructure.analyzers.bandit.shards import BanditShards
from flext_quality.infrastructure.analyzers.process import within_limit
from flext_quality.infrastructure.analyzers.tool import (
    ToolOptions,
    config_digest,
    installed_version,
)

_NAME = "bandit"
_CACHE_FORMAT = "1"
"""Changes whenever `FileResult` or what it holds does."""
_REPORT_EVERY_SECONDS = 0.5
_BATCH_FINDINGS = 1000
"""About how many findings are reported at once."""
_NOT_SCANNED = "Bandit's defaults or the project's settings leave it out"


class BanditAnalyzer:
    """Runs Bandit as `bandit -r .` in the project's directory would, in several processes.

    Files whose result is in the cache are not scanned again.
    """

    name = _NAME

    def __init__(
        self,
        options: ToolOptions,
        cache: FileResultCache,
        operator: BanditOperator = BanditOperator(),  # noqa: B008  # frozen
    ) -> None:
        self._options = options
        self._cache = cache
        self._operator = operator

    async def version(self) -> FlextResult[str]:
        """The tool's version. Fails with `ToolNotInstalledError`."""
        return installed_version(_NAME)

    async def run(self, workspace: Workspace, report: Report) -> FlextResult[None]:
        """Analyses the working copy and tells `report`. Fails with a `ToolError`."""
        if not self._options.enabled:
            return FlextResult.fail(AnalyzerDisabledError(_NAME))
        if not workspace.files:
            return FlextResult.fail(NothingToAnalyzeError(_NAME))
        return await within_limit(
            _NAME, self._options.timeout_seconds, self._run(workspace, report)
        )

    async def _run(self, workspace: Workspace, report: Report) -> FlextResult[None]:
        try:
            version = installed_version(_NAME).unwrap()
            configuration = await asyncio.to_thread(self._operator.configuration, workspace.root)
            scanned, left_out = await asyncio.to_thread(_divide, workspace, configuration)
            effective = (version, platform.python_version(), configuration.canonical())
            await report.started(version, len(scanned), config_digest((_NAME, *effective), {}))
            for ignored in configuration.ignored:
                await report.configuration_ignored(ignored)
            if left_out:
                skipped = FilesSkipped(SkipReason.EXCLUDED, tuple(left_out), _NAME, _NOT_SCANNED)
                await report.skipped(skipped)
            if not scanned:
                return FlextResult.fail(NothingToAnalyzeError(_NAME))
            keys = await asyncio.to_thread(cache_keys, scanned, effective)
            results = _Results(scanned, keys, self._cache, report)
            missing = await results.take_cached()
            shards = BanditShards(workspace, configuration, self._options, results.take)
            await shards.run(missing)
            await results.finish()
        except ToolError as error:
            return FlextResult.fail(error)
        return FlextResult.ok(None)


def _divide(
    workspace: Workspace, configuration: BanditConfiguration
) -> tuple[list[SourceFile], list[str]]:
    """The files that Bandit scans, and the paths of the others."""
    wanted = configuration.files(workspace.root)
    scanned = [file for file in workspace.files if file.path in wanted]
    return scanned, [file.path for file in workspace.files if file.path not in wanted]


def cache_keys(files: Sequence[SourceFile], effective: Sequence[str]) -> dict[str, str]:
    """The cache's key for each file, by path: a SHA-256 over all that its result depends on."""
    common = hashlib.sha256("\0".join((_NAME, _CACHE_FORMAT, *effective, "")).encode())
    keys = {}
    for file in files:
        key = common.copy()
        key.update(f"{file.path}\0{file.sha256}".encode())
        keys[file.path] = key.hexdigest()
    return keys


@dataclass
class _Results:
    """Collects results, in whatever order they come, and reports them in the order of the files."""

    files: Sequence[SourceFile]
    keys: Mapping[str, str]
    cache: FileResultCache
    report: Report
    _results: dict[str, FileResult] = field(default_factory=dict)
    _unsaved: dict[str, bytes] = field(default_factory=dict)
    _reported: int = 0
    _reported_at: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take_cached(self) -> list[SourceFile]:
        """Takes what the cache has; returns the files that it has nothing of."""
        cached = await self.cache.get_many(list(self.keys.values()))
        await asyncio.to_thread(self._decode, cached)
        return [file for file in self.files if file.path not in self._results]

    def _decode(self, cached: Mapping[str, bytes]) -> None:
        for path, key in self.keys.items():
            if key in cached:
                try:
                    self._results[path] = decode_result(cached[key])
                except msgspec.DecodeError:
                    continue  # as good as not there

    async def take(self, results: Sequence[tuple[str, FileResult]]) -> None:
        """Takes new results; tells of them now and then."""
        for path, result in results:
            self._results[path] = result
            if result.is_lasting:
                self._unsaved[self.keys[path]] = encode_result(result)
        now = asyncio.get_running_loop().time()
        if now - self._reported_at >= _REPORT_EVERY_SECONDS:
            self._reported_at = now
            await self._tell()

    async def finish(self) -> None:
        """Tells all that was not told yet."""
        await self._tell()
        skipped: defaultdict[tuple[SkipReason, str], list[str]] = defaultdict(list)
        for file in self.files:
            if (skip := self._results[file.path].skip) is not None:
                skipped[skip].append(file.path)
        for (reason, detail), paths in skipped.items():
            await self.report.skipped(FilesSkipped(reason, tuple(paths), _NAME, detail))

    async def _tell(self) -> None:
        async with self._lock:
            unsaved, self._unsaved = self._unsaved, {}
            if unsaved:
                await self.cache.put_many(unsaved)
            while findings := self._next_findings():
                await self.report.findings(findings)
            await self.report.progressed(len(self._results), len(self.files))

    def _next_findings(self) -> list[Finding]:
        """Some findings of the next files, as far as there is no gap; none when all are told."""
        findings: list[Finding] = []
        while self._reported < len(self.files) and len(findings) < _BATCH_FINDINGS:
            path = self.files[self._reported].path
            if path not in self._results:
                break
            findings += self._results[path].findings(path)
            self._reported += 1
        return findings
