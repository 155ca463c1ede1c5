"""A whole database in memory, with its codec and cache."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import msgspec

from flext_quality.application.ports.signals import EventSignal
from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.domain.findings.finding import Finding
from flext_quality.testing.channels import FakeChannels, FakeDeliveries
from flext_quality.testing.issues import FakeIssues
from flext_quality.testing.metrics import FakeMetrics, FakeRetention
from flext_quality.testing.projects import FakeAnalyses, FakeProjects
from flext_quality.testing.records import (
    FakeAttachments,
    FakeCursors,
    FakeEvents,
    FakeFindings,
    FakeRequests,
)
from flext_quality.testing.state import State, Work
from flext_quality.testing.tracking import FakeSnapshots, FakeTracking


class FakeUnitOfWork:
    """Works on a copy, which `commit` makes the state. One that may write keeps the others waiting."""

    def __init__(self, storage: FakeStorage, *, read_only: bool) -> None:
        self._storage = storage
        self._work = Work(State(), read_only, is_open=False)
        self._actions: list[Callable[[], None]] = []
        self.projects = FakeProjects(self._work)
        self.analyses = FakeAnalyses(self._work)
        self.findings = FakeFindings(self._work)
        self.attachments = FakeAttachments(self._work)
        self.events = FakeEvents(self._work)
        self.cursors = FakeCursors(self._work)
        self.requests = FakeRequests(self._work)
        self.tracking = FakeTracking(self._work)
        self.issues = FakeIssues(self._work)
        self.snapshots = FakeSnapshots(self._work)
        self.metrics = FakeMetrics(self._work)
        self.retention = FakeRetention(self._work)
        self.channels = FakeChannels(self._work)
        self.deliveries = FakeDeliveries(self._work)

    async def __aenter__(self) -> Self:
        if self._storage.is_away:
            raise StorageUnavailableError
        if not self._work.read_only:
            await self._storage.writer.acquire()
        self._work.state = self._storage.state.copy()
        self._work.is_open = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    async def commit(self) -> None:
        state = self._work.read
        if not self._work.read_only:
            self._storage.state = state
        self._storage.signal.publish(self._work.new_events)
        for action in self._actions:
            action()
        self._end()

    def after_commit(self, action: Callable[[], None]) -> None:
        self._actions.append(action)

    def _end(self) -> None:
        if self._work.is_open and not self._work.read_only:
            self._storage.writer.release()
        self._work.is_open = False


@dataclass
class FakeStorage:
    """A database: makes units of work on it. With `is_away`, it is as if it had been switched off."""

    signal: EventSignal
    state: State = field(default_factory=State)
    is_away: bool = False
    writer: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __call__(
        self,
        *,
        read_only: bool = False,
        long: bool = False,
    ) -> FakeUnitOfWork:
        return FakeUnitOfWork(self, read_only=read_only)


class FakeFindingCodec:
    """JSON."""

    def encode(self, findings: Sequence[Finding]) -> bytes:
        return msgspec.json.encode(findings)

    def decode(self, payload: bytes) -> list[Finding]:
        return msgspec.json.decode(payload, type=list[Finding])

    def parts(self, payload: bytes) -> list[bytes]:
        return [msgspec.json.encode(finding) for finding in self.decode(payload)]


class FakeFileResultCache:
    """A dictionary."""

    def __init__(self) -> None:
        self.results: dict[str, bytes] = {}

    async def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: self.results[key] for key in keys if key in self.results}

    async def put_many(self, results: Mapping[str, bytes]) -> None:
        self.results = {**results, **self.results}
