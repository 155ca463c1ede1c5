"""Findings, attachments, events and requests in memory."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flext_quality.application.ports import (
    FindingBatch,
    StoredRequest,
)
from flext_quality.domain.attachment import Attachment
from flext_quality.domain.event import AnyEvent
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.testing.state import Work


@dataclass
class FakeFindings:
    """`FindingRepository`."""

    work: Work

    async def append(
        self, analysis: AnalysisName, analyzer: str, count: int, payload: bytes
    ) -> None:
        earlier = self.work.write.batches.get(analysis, ())
        position = earlier[-1].position + 1 if earlier else 1
        batch = FindingBatch(position, analyzer, count, payload)
        self.work.write.batches[analysis] = (*earlier, batch)

    async def batches(
        self,
        analysis: AnalysisName,
        *,
        limit: int,
        after: int = 0,
        analyzers: Collection[str] = (),
    ) -> list[FindingBatch]:
        return [
            batch
            for batch in self.work.read.batches.get(analysis, ())
            if batch.position > after and (not analyzers or batch.analyzer in analyzers)
        ][:limit]

    async def refer(self, analysis: AnalysisName, analyzer: str, to: AnalysisName) -> None:
        for batch in self.work.read.batches.get(to, ()):
            if batch.analyzer == analyzer:
                await self.append(analysis, analyzer, batch.count, batch.payload)

    async def clear(self, analysis: AnalysisName) -> None:
        self.work.write.batches.pop(analysis, None)


@dataclass
class FakeAttachments:
    """`AttachmentRepository`."""

    work: Work

    async def add(self, analysis: AnalysisName, attachments: Sequence[Attachment]) -> None:
        self.work.write.attachments[analysis] = tuple(attachments)

    async def of(self, analysis: AnalysisName) -> tuple[Attachment, ...]:
        return self.work.read.attachments.get(analysis, ())


@dataclass
class FakeEvents:
    """`EventRepository`."""

    work: Work

    async def read(self, subject: str, *, after: int, limit: int) -> list[AnyEvent]:
        events = self.work.read.events.get(subject, ())
        return [event for event in events if event.sequence > after][:limit]

    async def last_sequence(self, subject: str) -> int:
        return max((event.sequence for event in self.work.read.events.get(subject, ())), default=0)


@dataclass
class FakeRequests:
    """`RequestRepository`."""

    work: Work

    async def get(self, request_id: str) -> StoredRequest | None:
        return self.work.read.requests.get(request_id)

    async def add(self, request: StoredRequest) -> None:
        self.work.write.requests[request.request_id] = request
