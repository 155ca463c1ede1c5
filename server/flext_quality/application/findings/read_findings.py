"""ListFindings and StreamFindings: an analysis's findings, a page at a time or batch by batch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from flext_quality.application.pages import DEFAULT_FINDINGS_PAGE_SIZE, Page, page_limit
from flext_quality.application.ports.records import FindingBatch
from flext_quality.application.ports.storage import FindingCodec, UnitOfWorkFactory
from flext_quality.domain.findings.finding import Finding, FindingFilter
from flext_quality.domain.identifiers import AnalysisName

_BATCHES_PER_READ = 4


@dataclass(frozen=True)
class ListFindings:
    """Pages through the stored batches.

    The cursor is "position:offset": the batch that is being read and how many of its findings the
    pages before have passed.
    """

    uow: UnitOfWorkFactory
    codec: FindingCodec

    async def __call__(
        self, analysis: AnalysisName, *, wanted: FindingFilter, page_size: int, cursor: str
    ) -> Page[Finding]:
        """A page of findings.

        Raises:
            AnalysisNotFoundError: there is none of that name.
        """
        limit = page_limit(page_size, DEFAULT_FINDINGS_PAGE_SIZE)
        position, offset = (int(part) for part in cursor.split(":")) if cursor else (1, 0)
        found: list[Finding] = []
        async with self.uow(read_only=True) as uow:
            (await uow.analyses.get(analysis)).unwrap()
            while batches := await uow.findings.batches(
                analysis, limit=_BATCHES_PER_READ, after=position - 1, analyzers=wanted.analyzers
            ):
                for batch in batches:
                    if batch.position != position:
                        position, offset = batch.position, 0
                    for finding in self.codec.decode(batch.payload)[offset:]:
                        if wanted.matches(finding):
                            # One more than fits is the proof that there is a next page.
                            if len(found) == limit:
                                return Page(found, f"{position}:{offset}")
                            found.append(finding)
                        offset += 1
                position, offset = position + 1, 0
        return Page(found, "")


_STREAMED_BATCHES_PER_READ = 8
"""Bounds what a slow reader holds in memory, twice: a batch has at most about 1 MiB, mostly a tenth."""


@dataclass(frozen=True)
class StreamFindings:
    """Streams the stored batches, as they are where the filter permits it."""

    uow: UnitOfWorkFactory
    codec: FindingCodec

    async def __call__(
        self, analysis: AnalysisName, *, wanted: FindingFilter, after: int
    ) -> AsyncIterator[FindingBatch]:
        """The batches after position `after`, with the wanted findings only; none is empty.

        Raises:
            AnalysisNotFoundError: there is none of that name.
        """
        async with self.uow(read_only=True) as uow:
            (await uow.analyses.get(analysis)).unwrap()
        # A unit of work for each read: a slow reader must not hold a connection or a snapshot.
        # The next batches are read while these are sent.
        reading = asyncio.create_task(self._read(analysis, wanted, after))
        try:
            while batches := await reading:
                after = batches[-1].position
                reading = asyncio.create_task(self._read(analysis, wanted, after))
                for batch in batches:
                    narrowed = batch if wanted.is_by_analyzer_only else self._narrow(batch, wanted)
                    if narrowed.count:
                        yield narrowed
        finally:
            reading.cancel()
            await asyncio.wait({reading})

    async def _read(
        self, analysis: AnalysisName, wanted: FindingFilter, after: int
    ) -> list[FindingBatch]:
        async with self.uow(read_only=True) as uow:
            return await uow.findings.batches(
                analysis, limit=_STREAMED_BATCHES_PER_READ, after=after, analyzers=wanted.analyzers
            )

    def _narrow(self, batch: FindingBatch, wanted: FindingFilter) -> FindingBatch:
        kept = [f for f in self.codec.decode(batch.payload) if wanted.matches(f)]
        return replace(batch, count=len(kept), payload=self.codec.encode(kept))
