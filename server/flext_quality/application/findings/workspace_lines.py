"""The lines of a working copy, read once for all analyzers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from flext_quality.application.ports.sources import FileLines, Sources, Workspace
from flext_quality.domain.findings.finding import Finding, bounded
from flext_quality.domain.findings.profile import AnalyzerProfiles
from flext_quality.domain.sources.measures import LineHashes


@dataclass
class WorkspaceLines:
    """Knows the lines of the files that it was asked for."""

    sources: Sources
    workspace: Workspace
    profiles: AnalyzerProfiles
    _files: dict[str, FileLines] = field(default_factory=dict)

    async def complete(self, findings: list[Finding]) -> list[Finding]:
        """The findings as they are stored: bounded, with the hash of their line and a category."""
        await self._read({finding.path for finding in findings})
        return await asyncio.to_thread(self._completed, findings)

    async def of_contents(self, contents: Iterable[str]) -> dict[str, LineHashes]:
        """The lines of the Python files that have these contents, by SHA-256."""
        wanted = set(contents)
        paths = {file.sha256: file.path for file in self.workspace.files if file.sha256 in wanted}
        await self._read(set(paths.values()))
        return {content: self._files[path].hashes for content, path in paths.items()}

    async def _read(self, paths: set[str]) -> None:
        missing = paths - self._files.keys()
        if missing:
            self._files.update(await self.sources.lines(self.workspace, sorted(missing)))

    def _completed(self, findings: list[Finding]) -> list[Finding]:
        return [
            replace(
                bounded(finding),
                line_hash=self._files[finding.path].at(finding.line, finding.cell),
                category=self.profiles.category_of(finding),
            )
            for finding in findings
        ]
