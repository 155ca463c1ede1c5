"""Findings, attachments, events and requests in memory."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flext_quality.application.ports.records import FindingBatch, StoredRequest
from flext_quality.domain.analyses.attachment import Attachment
from flext_quality.domain.event import Event
from flext_quality.domain.events.catalog import AnyEvent, EventPayload
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

    async def append(self, subject: str, time: datetime, what: EventPayload) -> None:
        sequence = await self.last_sequence(subject) + 1
        self.work.append([Event(subject, sequence, time, what)])

    async def read(self, subject: str, *, after: int, limit: int) -> list[AnyEvent]:
        events = self.work.read.events.get(subject, ())
        return [event for event in events if event.sequence > after][:limit]

    async def last_sequence(self, subject: str) -> int:
        return max((event.sequence for event in self.work.read.events.get(subject, ())), default=0)

    async def read_all(
        self, after: int, limit: int, subject_prefix: str = ""
    ) -> list[tuple[int, AnyEvent]]:
        state = self.work.read
        found = [
            (position, event)
            for subject, events in state.events.items()
            if f"{subject}/".startswith(f"{subject_prefix}/" if subject_prefix else "")
            for event in events
            if (position := state.positions[subject, event.sequence]) > after
        ]
        return sorted(found, key=lambda entry: entry[0])[:limit]

    async def newest(self) -> int:
        return await self.settled(0)

    async def settled(self, after: int) -> int:
        return max(
            (after, *(at for at, _ in await self.read_all(after, len(self.work.read.positions))))
        )


@dataclass
class FakeCursors:
    """`CursorRepository`."""

    work: Work

    async def get(self, name: str) -> int:
        return self.work.read.cursors.get(name, (0, "", None))[0]

    async def set(self, name: str, position: int) -> None:
        _, owner, until = self.work.write.cursors.get(name, (0, "", None))
        self.work.write.cursors[name] = (position, owner, until)

    async def take(self, name: str, owner: str, *, now: datetime, until: datetime) -> bool:
        position, before, end = self.work.write.cursors.get(name, (0, "", None))
        free = end is None or end <= now or before == owner
        if free:
            self.work.write.cursors[name] = (position, owner, until)
        return free

    async def advance(self, name: str, owner: str, position: int) -> bool:
        _, before, until = self.work.write.cursors.get(name, (0, "", None))
        if before != owner:
            return False
        self.work.write.cursors[name] = (position, owner, until)
        return True

    async def release(self, name: str, owner: str) -> None:
        position, before, _ = self.work.write.cursors.get(name, (0, "", None))
        if before == owner:
            self.work.write.cursors[name] = (position, "", None)


@dataclass
class FakeRequests:
    """`RequestRepository`."""

    work: Work

    async def get(self, request_id: str) -> StoredRequest | None:
        return self.work.read.requests.get(request_id)

    async def add(self, request: StoredRequest) -> None:
        self.work.write.requests[request.request_id] = request
