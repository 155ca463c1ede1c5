"""Analyzers, and where their findings go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.analyses.events import ConfigurationIgnored, FilesSkipped
from flext_quality.domain.findings.finding import Finding
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.result import FlextResult
from flext_quality.domain.sources.measures import FileMeasures


class FindingSink(Protocol):
    """Takes what an analyzer has to say while it runs. Each call is stored when it returns."""

    async def started(self, version: str, file_count: int, config_digest: str) -> None:
        """The tool begins. Called before the other calls.

        Called once more, before any finding, where only the tool's output tells its version.
        """
        ...

    async def findings(self, findings: Sequence[Finding]) -> None:
        """Some findings, each told once. Any number: they are stored in batches."""
        ...

    async def progressed(self, files_done: int, files_total: int) -> None:
        """The tool came further."""
        ...

    async def skipped(self, skipped: FilesSkipped) -> None:
        """Files that the tool did not analyse."""
        ...

    async def configuration_ignored(self, ignored: ConfigurationIgnored) -> None:
        """An option of the project's own configuration that is not used."""
        ...

    async def measures(self, measures: Sequence[FileMeasures]) -> None:
        """What was measured about files, each file's once. Kept only if the analyzer succeeds."""
        ...


class Analyzer(Protocol):
    """A tool that finds things in code."""

    @property
    def name(self) -> str:
        """Lower case, as in the contract."""
        ...

    @property
    def profile(self) -> AnalyzerProfile:
        """What the server knows of it: what its rules are about, what it measures. Always the same."""
        ...

    async def version(self) -> FlextResult[str]:
        """The tool's version. Fails with `ToolNotInstalledError` or `ToolFailedError`."""
        ...

    async def run(self, workspace: Workspace, sink: FindingSink) -> FlextResult[None]:
        """Analyses the working copy and reports to `sink`.

        Never runs anything that the project brings. Fails with a `ToolError`; what was reported until
        then stays. When cancelled, it kills all processes it started before it raises.
        """
        ...


class FileResultCache(Protocol):
    """Results of per-file analyzers, so that an unchanged file is paid for once.

    A key stands for tool, version, effective configuration, path and content. Losing entries costs time
    only.
    """

    async def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The results that are there, by key."""
        ...

    async def put_many(self, results: Mapping[str, bytes]) -> None:
        """Keeps results; one that is there already stays as it is."""
        ...
