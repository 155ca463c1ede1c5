"""Units of work on a database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self

from flext_quality.application.ports.issues import IssueCodec
from flext_quality.application.ports.signals import EventSignal
from flext_quality.infrastructure.persistence.analyses.attachments import SqlAttachmentRepository
from flext_quality.infrastructure.persistence.analyses.repository import SqlAnalysisRepository
from flext_quality.infrastructure.persistence.engine import Database
from flext_quality.infrastructure.persistence.events.cursors import SqlCursorRepository
from flext_quality.infrastructure.persistence.events.repository import SqlEventRepository
from flext_quality.infrastructure.persistence.findings.repository import SqlFindingRepository
from flext_quality.infrastructure.persistence.issues.repository import SqlIssueRepository
from flext_quality.infrastructure.persistence.issues.tracking import SqlTrackingRepository
from flext_quality.infrastructure.persistence.metrics.repository import SqlMetricRepository
from flext_quality.infrastructure.persistence.metrics.retention import SqlRetentionRepository
from flext_quality.infrastructure.persistence.metrics.snapshots import SqlSnapshotRepository
from flext_quality.infrastructure.persistence.notifications.channels import SqlChannelRepository
from flext_quality.infrastructure.persistence.notifications.deliveries import SqlDeliveryRepository
from flext_quality.infrastructure.persistence.projects.repository import SqlProjectRepository
from flext_quality.infrastructure.persistence.requests import SqlRequestRepository
from flext_quality.infrastructure.persistence.transaction import Transaction


class SqlUnitOfWork:
    """One transaction and its repositories. `commit` ends it: nothing can be asked of it after."""

    def __init__(self, transaction: Transaction, signal: EventSignal, codec: IssueCodec) -> None:
        self._transaction = transaction
        self._signal = signal
        self._actions: list[Callable[[], None]] = []
        self.projects = SqlProjectRepository(transaction)
        self.analyses = SqlAnalysisRepository(transaction)
        self.findings = SqlFindingRepository(transaction)
        self.attachments = SqlAttachmentRepository(transaction)
        self.events = SqlEventRepository(transaction)
        self.cursors = SqlCursorRepository(transaction)
        self.requests = SqlRequestRepository(transaction)
        self.tracking = SqlTrackingRepository(transaction, codec)
        self.issues = SqlIssueRepository(transaction, codec)
        self.snapshots = SqlSnapshotRepository(transaction)
        self.metrics = SqlMetricRepository(transaction)
        self.retention = SqlRetentionRepository(transaction)
        self.channels = SqlChannelRepository(transaction)
        self.deliveries = SqlDeliveryRepository(transaction)

    async def __aenter__(self) -> Self:
        await self._transaction.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._transaction.close()

    async def commit(self) -> None:
        """Commits, tells the events, does what waits for the commit, and ends."""
        await _to_the_end(self._commit())

    def after_commit(self, action: Callable[[], None]) -> None:
        """Calls `action` once everything is lasting."""
        self._actions.append(action)

    async def _commit(self) -> None:
        await self._transaction.commit()
        # Before others get the connection, so that events are told in the order of their commits.
        if self._transaction.events:
            self._signal.publish(self._transaction.events)
        for action in self._actions:
            action()
        await self._transaction.close()


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Does `work` even if the caller is cancelled meanwhile.

    Otherwise a commit could go through whose events and actions nobody hears of.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


class SqlUnitOfWorkFactory:
    """Makes units of work on one database."""

    def __init__(self, database: Database, signal: EventSignal, codec: IssueCodec) -> None:
        self._database = database
        self._signal = signal
        self._codec = codec

    def __call__(self, *, read_only: bool = False, long: bool = False) -> SqlUnitOfWork:
        """A new one. Nothing happens before it is entered."""
        database = self._database
        reading = database.long_reading if long else database.reading
        engine = reading if read_only else database.writing
        transaction = Transaction(engine, read_only=read_only)
        return SqlUnitOfWork(transaction, self._signal, self._codec)
