"""Stores what one analyzer tells while it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from flext_quality.application.ports import Clock, FindingCodec, UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.analysis import Analysis
from flext_quality.domain.event import (
    AnalyzerProgressed,
    AnalyzerStarted,
    ConfigurationIgnored,
    FilesSkipped,
)
from flext_quality.domain.finding import Finding, bounded
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.domain.measures import FileMeasures

MAX_BATCH_FINDINGS = 1000
MAX_BATCH_BYTES = 1024 * 1024
"""Well under the 4 MiB that gRPC clients take by default, with room for one large finding."""


@dataclass(frozen=True)
class AnalysisLog:
    """Changes one analysis, a transaction for each change."""

    name: AnalysisName
    uow: UnitOfWorkFactory
    clock: Clock

    @asynccontextmanager
    async def change(self) -> AsyncIterator[tuple[Analysis, UnitOfWork]]:
        """The analysis as it is now; what is done to it in the block is stored at the block's end."""
        async with self.uow() as uow:
            analysis = (await uow.analyses.get(self.name, for_update=True)).unwrap()
            yield analysis, uow
            await uow.analyses.save(analysis)
            await uow.commit()

    async def record(self, act: Callable[[Analysis], None]) -> None:
        """Does `act` to the analysis and stores it."""
        async with self.change() as (analysis, _):
            act(analysis)


@dataclass(frozen=True)
class AnalyzerReport:
    """The `Report` of one analyzer in one analysis."""

    analyzer: str
    log: AnalysisLog
    codec: FindingCodec
    measured: list[FileMeasures] = field(default_factory=list)

    async def started(self, version: str, file_count: int, config_digest: str) -> None:
        """The tool begins."""
        what = AnalyzerStarted(self.analyzer, version, file_count, config_digest)
        await self.log.record(lambda a: a.analyzer_started(what, self.log.clock()))

    async def findings(self, findings: Sequence[Finding]) -> None:
        """Stores findings in batches, each with its event, all in one transaction."""
        if not findings:
            return
        batches = list(self._batches([bounded(finding) for finding in findings]))
        async with self.log.change() as (analysis, uow):
            for batch, payload in batches:
                await uow.findings.append(analysis.name, self.analyzer, len(batch), payload)
                analysis.findings_reported(self.analyzer, batch, self.log.clock())

    async def progressed(self, files_done: int, files_total: int) -> None:
        """The tool came further."""
        what = AnalyzerProgressed(self.analyzer, files_done, files_total)
        await self.log.record(lambda a: a.analyzer_progressed(what, self.log.clock()))

    async def skipped(self, skipped: FilesSkipped) -> None:
        """Files that the tool did not analyse."""
        await self.log.record(lambda a: a.files_skipped(skipped, self.log.clock()))

    async def configuration_ignored(self, ignored: ConfigurationIgnored) -> None:
        """An option that is not used."""
        await self.log.record(lambda a: a.configuration_ignored(ignored, self.log.clock()))

    async def measures(self, measures: Sequence[FileMeasures]) -> None:
        """Keeps what was measured about files until the analysis ends."""
        self.measured.extend(measures)

    def _batches(self, findings: Sequence[Finding]) -> Iterator[tuple[Sequence[Finding], bytes]]:
        for start in range(0, len(findings), MAX_BATCH_FINDINGS):
            yield from self._split(findings[start : start + MAX_BATCH_FINDINGS])

    def _split(self, findings: Sequence[Finding]) -> Iterator[tuple[Sequence[Finding], bytes]]:
        payload = self.codec.encode(findings)
        if len(payload) <= MAX_BATCH_BYTES or len(findings) == 1:
            yield findings, payload
            return
        middle = len(findings) // 2
        yield from self._split(findings[:middle])
        yield from self._split(findings[middle:])
