"""Jobs, sources and analyzers that do as they are told."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from flext_quality.application.ports.analyzers import FindingSink
from flext_quality.application.ports.sources import FileLines, SourceFile, Workspace
from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.errors import (
    QualityError,
    SourceNotFoundError,
)
from flext_quality.domain.findings.finding import Finding
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.result import FlextResult
from flext_quality.domain.sources.measures import FileMeasures


@dataclass
class FakeJobQueue:
    """Takes analyses in and leaves it to the test to run them."""

    instance: str = "this-instance"
    living: set[str] = field(default_factory=set)
    enqueued: list[AnalysisName] = field(default_factory=list)
    cancelled: list[AnalysisName] = field(default_factory=list)

    def is_alive(self, instance: str) -> bool:
        return instance == self.instance or instance in self.living

    async def enqueue(self, uow: UnitOfWork, name: AnalysisName) -> None:
        uow.after_commit(lambda: self.enqueued.append(name))

    def cancel(self, name: AnalysisName) -> None:
        self.cancelled.append(name)


@dataclass
class FakeSources:
    """Knows the paths in `workspaces`, and what is wrong with those in `errors`."""

    workspaces: dict[str, Workspace] = field(default_factory=dict)
    errors: dict[str, QualityError] = field(default_factory=dict)
    copied: set[str] = field(default_factory=set)
    files: dict[str, FileLines] = field(default_factory=dict)

    def hold(self, local_path: str, *paths: str) -> Workspace:
        """Takes in a path with these files; they are empty, and on no disk."""
        files = tuple(SourceFile(path, 0, "0" * 64) for path in paths)
        nowhere = Path("/nowhere")
        workspace = Workspace(ProjectName("fake"), nowhere, nowhere, files, (), 0, 0)
        self.workspaces[local_path] = workspace
        return workspace

    async def check(self, local_path: str) -> FlextResult[str]:
        if (error := self._error(local_path)) is not None:
            return FlextResult.fail(error)
        return FlextResult.ok(local_path)

    def is_allowed(self, local_path: str) -> bool:
        return local_path in self.workspaces

    async def prepare(self, analysis: AnalysisName, local_path: str) -> FlextResult[Workspace]:
        if (error := self._error(local_path)) is not None:
            return FlextResult.fail(error)
        self.copied.add(analysis.analysis_id)
        return FlextResult.ok(replace(self.workspaces[local_path], project=analysis.project))

    async def lines(self, workspace: Workspace, paths: Collection[str]) -> dict[str, FileLines]:
        return {path: self.files.get(path, FileLines()) for path in paths}

    async def copies(self) -> set[str]:
        return set(self.copied)

    async def discard(self, analysis_id: str) -> None:
        self.copied.discard(analysis_id)

    def _error(self, local_path: str) -> QualityError | None:
        known = local_path in self.workspaces
        return self.errors.get(local_path, None if known else SourceNotFoundError())


@dataclass
class FakeAnalyzer:
    """Reports `findings` one batch after the other and `measured`, then ends with `error` if there is one.

    With `gate`, it waits in the middle until that is set, or until it is cancelled. Without `told`, its
    profile is that of the server's own analyzer of its name, if there is one, and it may measure anything.
    """

    name: str
    findings: Sequence[Sequence[Finding]] = ()
    error: QualityError | None = None
    tool_version: str = "1.0"
    gate: asyncio.Event | None = None
    was_cancelled: bool = False
    measured: Sequence[FileMeasures] = ()
    told: AnalyzerProfile | None = None
    workspace: Workspace | None = None
    """What it was last run on."""

    @property
    def profile(self) -> AnalyzerProfile:
        if self.told is not None:
            return self.told
        # Here, because it loads the server.
        from flext_quality.container.analyzers import built_in_profiles  # noqa: PLC0415

        metrics = frozenset(key for one in self.measured for key in one.values)
        return replace(built_in_profiles()[self.name], metrics=metrics)

    async def version(self) -> FlextResult[str]:
        return FlextResult.ok(self.tool_version)

    async def run(self, workspace: Workspace, sink: FindingSink) -> FlextResult[None]:
        self.workspace = workspace
        files = len(workspace.files)
        await sink.started(self.tool_version, files, "0" * 64)
        await self._wait()
        for batch in self.findings:
            await sink.findings(batch)
        await sink.measures(self.measured)
        await sink.progressed(files, files)
        return FlextResult.fail(self.error) if self.error else FlextResult.ok(None)

    async def _wait(self) -> None:
        try:
            if self.gate is not None:
                await self.gate.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
