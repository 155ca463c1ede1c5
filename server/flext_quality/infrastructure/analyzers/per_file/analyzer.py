"""What the analyzers that go file by file have in common."""

from __future__ import annotations

import asyncio
import platform
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Generic

from flext_quality.application.ports.analyzers import FileResultCache, FindingSink
from flext_quality.application.ports.sources import SourceFile, Workspace
from flext_quality.domain.analyses.events import ConfigurationIgnored, FilesSkipped
from flext_quality.domain.errors import AnalyzerDisabledError, NothingToAnalyzeError, ToolError
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.per_file.result import R
from flext_quality.infrastructure.analyzers.per_file.results import Results, cache_keys
from flext_quality.infrastructure.analyzers.per_file.shards import Scanner, Shards
from flext_quality.infrastructure.analyzers.process import within_limit
from flext_quality.infrastructure.analyzers.tool import ToolOptions, config_digest


async def _nothing() -> None:
    """The work of an analyzer that has said all when the last file is done."""


@dataclass(frozen=True)
class FileWork(Generic[R]):
    """What an analyzer does in one project.

    Attributes:
        scanned: the files it looks at, in order of path.
        left_out: those it does not, and why.
        ignored: configuration that is not used.
        configuration: all that a file's result depends on, besides its path, its content and the versions
            of tool and Python: the same text for the same effect.
        judgement: what only the findings depend on, which are made of the results anew each time.
        tell: takes the results of the next files, in order.
        finish: called when all are told.
    """

    scanned: Sequence[SourceFile]
    left_out: Sequence[FilesSkipped]
    ignored: Sequence[ConfigurationIgnored]
    scanner: Scanner[R]
    tell: Callable[[Sequence[R]], Awaitable[None]]
    finish: Callable[[], Awaitable[None]] = _nothing
    configuration: str = ""
    judgement: str = ""


class PerFileAnalyzer(ABC, Generic[R]):
    """An analyzer that has its scanner run over the files whose result is not in the cache."""

    profile: ClassVar[AnalyzerProfile]
    cache_format: ClassVar[str]
    """Changes whenever the type of the results, or what the scanner puts into them, does."""

    def __init__(self, options: ToolOptions, cache: FileResultCache) -> None:
        self._options = options
        self._cache = cache

    @property
    def name(self) -> str:
        """Lower case, as in the contract."""
        return self.profile.name

    @abstractmethod
    async def version(self) -> FlextResult[str]:
        """The tool's version. Fails with `ToolNotInstalledError`."""

    @abstractmethod
    def plan(self, workspace: Workspace, sink: FindingSink) -> FileWork[R]:
        """What there is to do. Blocks, for it reads the project's configuration.

        Raises:
            ToolError: the configuration makes no sense to the tool.
        """

    async def run(self, workspace: Workspace, sink: FindingSink) -> FlextResult[None]:
        """Analyses the working copy and tells `report`. Fails with a `ToolError`."""
        if not self._options.enabled:
            return FlextResult.fail(AnalyzerDisabledError(self.name))
        if not workspace.files:
            return FlextResult.fail(NothingToAnalyzeError(self.name))
        return await within_limit(
            self.name, self._options.timeout_seconds, self._run(workspace, sink)
        )

    async def _run(self, workspace: Workspace, sink: FindingSink) -> FlextResult[None]:
        try:
            version = (await self.version()).unwrap()
            work = await asyncio.to_thread(self.plan, workspace, sink)
            effective = (version, platform.python_version(), work.configuration)
            judged = (work.judgement,) if work.judgement else ()
            digest = config_digest((self.name, *effective, *judged), {})
            await sink.started(version, len(work.scanned), digest)
            for ignored in work.ignored:
                await sink.configuration_ignored(ignored)
            for skipped in work.left_out:
                await sink.skipped(skipped)
            if not work.scanned:
                return FlextResult.fail(NothingToAnalyzeError(self.name))
            await self._scan(workspace, sink, work, (self.cache_format, *effective))
            await work.finish()
        except ToolError as error:
            return FlextResult.fail(error)
        return FlextResult.ok(None)

    async def _scan(
        self, workspace: Workspace, sink: FindingSink, work: FileWork[R], effective: Sequence[str]
    ) -> None:
        keys = await asyncio.to_thread(cache_keys, self.name, work.scanned, effective)
        results = Results(
            self.name,
            work.scanned,
            keys,
            work.scanner.result_type,
            self._cache,
            sink,
            work.tell,
        )
        missing = await results.take_cached()
        shards = Shards(self.name, work.scanner, workspace, self._options, results.take)
        await shards.run(missing)
        await results.finish()


def left_out(
    why: FilesSkipped, workspace: Workspace, scanned: Sequence[SourceFile]
) -> list[FilesSkipped]:
    """`why`, of the project's files that are not scanned; nothing if there are none."""
    wanted = {file.path for file in scanned}
    paths = tuple(file.path for file in workspace.files if file.path not in wanted)
    return [replace(why, paths=paths)] if paths else []
