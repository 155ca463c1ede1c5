"""MyPy as an `Analyzer`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from flext_quality.application.ports.analyzers import FindingSink
from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.analyses.events import FilesSkipped, SkipReason
from flext_quality.domain.errors import AnalyzerDisabledError, NothingToAnalyzeError, ToolError
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.mypy.cache import project_cache
from flext_quality.infrastructure.analyzers.mypy.configuration import MyPyConfiguration
from flext_quality.infrastructure.analyzers.mypy.crawl import SUFFIXES, Crawl, crawl
from flext_quality.infrastructure.analyzers.mypy.environment import default_python, describe
from flext_quality.infrastructure.analyzers.mypy.invocation import Invoker
from flext_quality.infrastructure.analyzers.mypy.operators import MyPyOperator
from flext_quality.infrastructure.analyzers.mypy.output import ANALYZER
from flext_quality.infrastructure.analyzers.mypy.profile import PROFILE
from flext_quality.infrastructure.analyzers.mypy.session import Session
from flext_quality.infrastructure.analyzers.mypy.settings import MypySettings
from flext_quality.infrastructure.analyzers.tool import (
    AnalyzerContext,
    ToolOptions,
    config_digest,
    installed_version,
)


class MyPyAnalyzer:
    """The `Analyzer` port for MyPy.

    Args:
        data_dir: the server's; the caches lie in `cache/mypy` there.
        python_executable: an interpreter whose environment holds the projects' dependencies. None
            for the environment that MyPy itself is installed in.
    """

    name = ANALYZER
    profile = PROFILE

    def __init__(
        self,
        options: ToolOptions,
        data_dir: Path,
        python_executable: Path | None = None,
        operator: MyPyOperator = MyPyOperator(),  # noqa: B008  # frozen
    ) -> None:
        self._options = options
        self._caches = data_dir / "cache" / ANALYZER
        self._python = python_executable or default_python()
        self._operator = operator

    async def version(self) -> FlextResult[str]:
        """The version of MyPy beside the server."""
        return installed_version(PROFILE)

    async def run(self, workspace: Workspace, sink: FindingSink) -> FlextResult[None]:
        """Type-checks the working copy; docs/mypy.md says how."""
        if not self._options.enabled:
            return FlextResult.fail(AnalyzerDisabledError(ANALYZER))
        try:
            return await self._run(workspace, sink)
        except ToolError as error:
            return FlextResult.fail(error)

    async def _run(self, workspace: Workspace, sink: FindingSink) -> FlextResult[None]:
        version = installed_version(PROFILE).unwrap()
        paths = [file.path for file in workspace.files if file.path.endswith(SUFFIXES)]
        if not paths:
            raise NothingToAnalyzeError(ANALYZER)
        invoker = Invoker(workspace, self._options, self._python)
        environment = (await describe(self._python, invoker.command)).unwrap()
        configuration = await asyncio.to_thread(self._operator.configuration, workspace.root)
        digest = config_digest(
            (ANALYZER, version, *environment),
            {configuration.path: configuration.to_toml().encode()},
        )
        await sink.started(version, len(paths), digest)
        for ignored in configuration.ignored:
            await sink.configuration_ignored(ignored)
        excluded = await _excluded(configuration, invoker)
        found = await asyncio.to_thread(crawl, paths, excluded)
        for skipped in _left_out(found, configuration):
            await sink.skipped(skipped)
        if not found.taken:
            raise NothingToAnalyzeError(ANALYZER)
        with project_cache(
            self._caches,
            workspace.project.project_id,
            (version, *environment[:2]),
            workspace.scratch / ANALYZER / "cache",
        ) as cache:
            session = Session(
                workspace, sink, invoker, cache, configuration, self._options.timeout_seconds
            )
            return await session.run(paths, found.taken)


async def _excluded(configuration: MyPyConfiguration, invoker: Invoker) -> list[str]:
    """What the project's configuration leaves out."""
    if not configuration.has_exclusions:
        return []
    asked = await invoker.excluded(configuration.exclude, gitignore=configuration.exclude_gitignore)
    return asked.unwrap()


def _left_out(found: Crawl, configuration: MyPyConfiguration) -> Iterable[FilesSkipped]:
    for reason, paths, detail in (
        (
            SkipReason.DUPLICATE_MODULE,
            found.covered,
            "a directory of the same name beside it stands for the module",
        ),
        (SkipReason.EXCLUDED, found.excluded, f"by the exclusions in {configuration.path}"),
        (SkipReason.EXCLUDED, found.hidden, "MyPy does not search directories of this name"),
    ):
        if paths:
            yield FilesSkipped(reason, tuple(sorted(paths)), ANALYZER, detail)


def create(settings: MypySettings, server: AnalyzerContext) -> MyPyAnalyzer:
    """The analyzer as the operator wants it."""
    options = ToolOptions.of(settings, server.processes)
    operator = MyPyOperator(settings.config_file, settings.strict_mode)
    return MyPyAnalyzer(options, server.data_dir, settings.python_executable, operator)
