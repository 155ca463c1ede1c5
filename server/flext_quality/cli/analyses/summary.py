"""What an ended analysis comes to: plain figures for people, from the analysis and its findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass

from flext.quality.v1.analysis_pb2 import Analysis
from flext.quality.v1.finding_pb2 import Finding
from flext.quality.v1.severity_pb2 import Severity

WORST_FILES = 10

WEIGHTS = {
    Severity.SEVERITY_CRITICAL: 50,
    Severity.SEVERITY_HIGH: 20,
    Severity.SEVERITY_MEDIUM: 5,
    Severity.SEVERITY_LOW: 2,
    Severity.SEVERITY_INFO: 1,
}
"""How much a finding counts in the order of the worst files: our own choice, so that a likely bug goes
before any usual amount of style. It decides nothing else."""


@dataclass(frozen=True)
class FileFigures:
    """A file's findings by severity, and their weight."""

    path: str
    counts: Counter[Severity]

    @property
    def weight(self) -> int:
        """The sum of its findings' weights."""
        return sum(WEIGHTS.get(severity, 0) * n for severity, n in self.counts.items())


@dataclass(frozen=True)
class Summary:
    """An ended analysis.

    Attributes:
        worst: the `WORST_FILES` files of the greatest weight, first the worst.
        file_count: how many files have findings.
    """

    analysis: Analysis
    worst: Sequence[FileFigures]
    file_count: int


async def summarize(analysis: Analysis, findings: AsyncIterable[Finding]) -> Summary:
    """Counts the findings, of which none is kept."""
    by_file: dict[str, Counter[Severity]] = {}
    async for finding in findings:
        path = finding.path
        if path not in by_file:
            by_file[path] = Counter()
        by_file[path][finding.severity] += 1
    files = [FileFigures(path, counts) for path, counts in by_file.items()]
    files.sort(key=lambda file: (-file.weight, file.path))
    return Summary(analysis, files[:WORST_FILES], len(files))
