"""ListFindings: an analysis's findings, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.ports.storage import FindingCodec, UnitOfWorkFactory
from flext_quality.application.views import DEFAULT_FINDINGS_PAGE_SIZE, Page, page_limit
from flext_quality.domain.finding import Finding, FindingFilter
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
