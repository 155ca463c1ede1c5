"""StreamFindings: all of an analysis's findings, batch by batch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from flext_quality.application.ports.records import FindingBatch
from flext_quality.application.ports.storage import FindingCodec, UnitOfWorkFactory
from flext_quality.domain.finding import FindingFilter
from flext_quality.domain.identifiers import AnalysisName

_BATCHES_PER_READ = 8
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
                analysis, limit=_BATCHES_PER_READ, after=after, analyzers=wanted.analyzers
            )

    def _narrow(self, batch: FindingBatch, wanted: FindingFilter) -> FindingBatch:
        kept = [f for f in self.codec.decode(batch.payload) if wanted.matches(f)]
        return replace(batch, count=len(kept), payload=self.codec.encode(kept))
