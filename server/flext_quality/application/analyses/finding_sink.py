"""Stores what one analyzer reports while it runs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from flext_quality.application.findings.workspace_lines import WorkspaceLines
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import FindingCodec, UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.analyses.events import (
    AnalyzerProgressed,
    AnalyzerStarted,
    ConfigurationIgnored,
    FilesSkipped,
)
from flext_quality.domain.findings.finding import Finding
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.domain.sources.measures import FileMeasures

MAX_BATCH_FINDINGS = 1000
MAX_BATCH_BYTES = 1024 * 1024
"""Well under the 4 MiB that gRPC clients take by default, with room for one large finding."""

_BATCHES_PER_READ = 16

Batch = tuple[Sequence[Finding], bytes]
"""Findings, and what the codec made of them."""


@dataclass(frozen=True)
class AnalysisEventLog:
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


@dataclass
class AnalyzerFindingSink:
    """The port `FindingSink` for one analyzer in one analysis.

    As long as the findings are among those of `earlier`, the branch's latest analysis in which the analyzer
    succeeded, they are not stored. If all of them turn out to be the same, in whatever order, one row says
    so; at the first that differs, those until then are stored, and the others as they come.

    Attributes:
        found: all findings.
        measured: all measures.
        is_as_before: whether the findings are those of `earlier`; known once `ended` was called.
    """

    analyzer: str
    log: AnalysisEventLog
    codec: FindingCodec
    lines: WorkspaceLines
    earlier: AnalysisName | None = None
    found: list[Finding] = field(default_factory=list)
    measured: list[FileMeasures] = field(default_factory=list)
    is_as_before: bool = False
    _expected: Counter[bytes] | None = None
    _held_back: list[Batch] = field(default_factory=list)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._compares = self.earlier is not None

    async def started(self, version: str, file_count: int, config_digest: str) -> None:
        """The tool begins."""
        what = AnalyzerStarted(self.analyzer, version, file_count, config_digest)
        await self.log.record(lambda a: a.analyzer_started(what, self.log.clock()))

    async def findings(self, findings: Sequence[Finding]) -> None:
        """Stores findings in batches, each with its event, all in one transaction."""
        if not findings:
            return
        async with self._turn:
            complete = await self.lines.complete(list(findings))
            batches = await asyncio.to_thread(lambda: list(self._batches(complete)))
            self.found += complete
            self._held_back += batches
            if not await self._are_as_before(batches):
                await self._store()

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
        """Keeps what was measured about files until the analysis ends.

        Raises:
            ValueError: the analyzer's profile does not name one of the metrics.
        """
        named = self.lines.profiles[self.analyzer].metrics
        unknown = {key for one in measures for key in one.values} - named
        if unknown:
            keys = ", ".join(sorted(unknown))
            raise ValueError(f"{self.analyzer} measured {keys}, which its profile does not name")
        self.measured.extend(measures)

    async def succeeded(self) -> None:
        """The analyzer did its work."""
        async with self._turn:
            self.is_as_before = await self._are_all_as_before()
            async with self.log.change() as (analysis, uow):
                if self.is_as_before and self.earlier is not None and self.found:
                    await uow.findings.refer(analysis.name, self.analyzer, self.earlier)
                    analysis.findings_reported(self.analyzer, self.found, self.log.clock())
                else:
                    await self._store_in(analysis, uow)
                analysis.analyzer_succeeded(self.analyzer, self.log.clock())
            self._held_back, self._expected = [], None

    async def broke_off(self) -> None:
        """The analyzer did not do its work; what it found until then is stored."""
        async with self._turn:
            await self._store()

    # --- comparing with what was said before -------------------------------------------------------

    async def _are_as_before(self, batches: Sequence[Batch]) -> bool:
        """Whether all until now was said before; these are the last of it."""
        if self._compares:
            expected = await self._said_before()
            self._compares = await asyncio.to_thread(self._takes, expected, batches)
        return self._compares

    async def _are_all_as_before(self) -> bool:
        return self._compares and not (await self._said_before()).total()

    async def _said_before(self) -> Counter[bytes]:
        """The findings of `earlier` that were not said again yet."""
        if self._expected is None:
            self._expected = Counter()
            after = 0
            while self.earlier is not None:
                async with self.log.uow(read_only=True) as uow:
                    batches = await uow.findings.batches(
                        self.earlier,
                        limit=_BATCHES_PER_READ,
                        after=after,
                        analyzers=[self.analyzer],
                    )
                if not batches:
                    break
                after = batches[-1].position
                for batch in batches:
                    parts = await asyncio.to_thread(self.codec.parts, batch.payload)
                    self._expected.update(parts)
        return self._expected

    def _takes(self, expected: Counter[bytes], batches: Sequence[Batch]) -> bool:
        """Takes the batches' findings from the expected ones; False if one is not among them."""
        for _, payload in batches:
            for part in self.codec.parts(payload):
                expected[part] -= 1
                if expected[part] < 0:
                    return False
        return True

    # --- storing --------------------------------------------------------------------------------------

    async def _store(self) -> None:
        if self._held_back:
            async with self.log.change() as (analysis, uow):
                await self._store_in(analysis, uow)
        self._held_back, self._expected, self._compares = [], None, False

    async def _store_in(self, analysis: Analysis, uow: UnitOfWork) -> None:
        for batch, payload in self._held_back:
            await uow.findings.append(analysis.name, self.analyzer, len(batch), payload)
            analysis.findings_reported(self.analyzer, batch, self.log.clock())

    def _batches(self, findings: Sequence[Finding]) -> Iterator[Batch]:
        for start in range(0, len(findings), MAX_BATCH_FINDINGS):
            yield from self._split(findings[start : start + MAX_BATCH_FINDINGS])

    def _split(self, findings: Sequence[Finding]) -> Iterator[Batch]:
        payload = self.codec.encode(findings)
        if len(payload) <= MAX_BATCH_BYTES or len(findings) == 1:
            yield findings, payload
            return
        middle = len(findings) // 2
        yield from self._split(findings[:middle])
        yield from self._split(findings[middle:])
