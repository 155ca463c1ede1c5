"""ExportIssues: all of a project's issues, batch by batch, as of one moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from flext_quality.application.issues.scope import in_scope
from flext_quality.application.ports.issues import IssueBatch, IssueFilter
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import AnalysisName, ProjectName

_BATCHES_AHEAD = 4
"""Bounds what a slow reader holds in memory: a batch has at most about 1 MiB, mostly a third."""


@dataclass(frozen=True)
class ExportIssues:
    """Streams the stored issues as they are.

    One unit of work for all of it, however slowly it is read: that is what makes it one moment. It is a
    long one, which nobody else waits for.
    """

    uow: UnitOfWorkFactory

    async def __call__(
        self, project: ProjectName, *, wanted: IssueFilter, analysis: AnalysisName | None
    ) -> AsyncIterator[IssueBatch]:
        """The batches, of which none is empty, in the order of the issues' names.

        Raises:
            QualityError: as ExportIssues in the contract.
        """
        async with self.uow(read_only=True, long=True) as uow:
            scoped = await in_scope(uow, project, wanted, analysis)
            batches = uow.issues.export(project, scoped)
            # The next batches are read while one is sent.
            ahead = asyncio.Queue[IssueBatch | None](_BATCHES_AHEAD)
            reading = asyncio.create_task(_read(batches, ahead))
            try:
                while (batch := await ahead.get()) is not None:
                    yield batch
                await reading
            finally:
                reading.cancel()
                await asyncio.wait({reading})


async def _read(
    batches: AsyncIterator[IssueBatch], ahead: asyncio.Queue[IssueBatch | None]
) -> None:
    """Puts the batches and then None into the queue, the latter also if it fails."""
    try:
        async for batch in batches:
            await ahead.put(batch)
    except Exception:
        await ahead.put(None)
        raise
    await ahead.put(None)
