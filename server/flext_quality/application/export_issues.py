"""ExportIssues: all of a project's issues, batch by batch, as of one moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from flext_quality.application.issue_scope import in_scope
from flext_quality.application.knowledge_ports import IssueBatch, IssueFilter
from flext_quality.application.ports import UnitOfWorkFactory
from flext_quality.domain.identifiers import AnalysisName, ProjectName


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
            # The next batch is read while this one is sent.
            reading = asyncio.create_task(_next(batches))
            try:
                while (batch := await reading) is not None:
                    reading = asyncio.create_task(_next(batches))
                    yield batch
            finally:
                reading.cancel()
                await asyncio.wait({reading})


async def _next(batches: AsyncIterator[IssueBatch]) -> IssueBatch | None:
    return await anext(batches, None)
