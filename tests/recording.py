"""A report that remembers what an analyzer said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from flext_quality.domain.analyses.events import ConfigurationIgnored, FilesSkipped, SkipReason
from flext_quality.domain.findings.finding import Finding
from flext_quality.domain.sources.measures import FileMeasures


@dataclass
class RecordingReport:
    """Fulfils the `Report` port and keeps everything, in the order in which it was said."""

    starts: list[tuple[str, int, str]] = field(default_factory=list)
    batches: list[list[Finding]] = field(default_factory=list)
    progress: list[tuple[int, int]] = field(default_factory=list)
    skips: list[FilesSkipped] = field(default_factory=list)
    ignored: list[ConfigurationIgnored] = field(default_factory=list)
    measured: list[FileMeasures] = field(default_factory=list)

    async def started(self, version: str, file_count: int, config_digest: str) -> None:
        """Remembers the start."""
        self.starts.append((version, file_count, config_digest))

    async def findings(self, findings: Sequence[Finding]) -> None:
        """Remembers a batch."""
        self.batches.append(list(findings))

    async def progressed(self, files_done: int, files_total: int) -> None:
        """Remembers how far it came."""
        self.progress.append((files_done, files_total))

    async def skipped(self, skipped: FilesSkipped) -> None:
        """Remembers skipped files."""
        self.skips.append(skipped)

    async def configuration_ignored(self, ignored: ConfigurationIgnored) -> None:
        """Remembers an option."""
        self.ignored.append(ignored)

    async def measures(self, measures: Sequence[FileMeasures]) -> None:
        """Remembers measures."""
        self.measured.extend(measures)

    @property
    def all_findings(self) -> list[Finding]:
        """The findings of all batches."""
        return [finding for batch in self.batches for finding in batch]

    @property
    def by_rule(self) -> Counter[str]:
        """How many findings each rule has."""
        return Counter(finding.rule for finding in self.all_findings)

    @property
    def skipped_paths(self) -> dict[str, SkipReason]:
        """Why each skipped file was skipped."""
        return {path: skip.reason for skip in self.skips for path in skip.paths}

    @property
    def ignored_options(self) -> list[tuple[str, str]]:
        """The file and name of each option that was not used, sorted."""
        return sorted((ignored.path, ignored.option) for ignored in self.ignored)
