"""WatchMetrics: a project's metrics as they are, and each time they become others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flext_quality.application.heartbeats import HeartbeatInterval
from flext_quality.application.metrics.metric_choice import known_metrics
from flext_quality.application.ports.measures import MetricUpdate
from flext_quality.application.ports.signals import EventSignal
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.errors import ProjectNotFoundError
from flext_quality.domain.identifiers import ProjectName

_UPDATES_PER_READ = 50
"""Bounds what a slow watcher holds in memory; the rest waits in the database."""

_POLL_SECONDS = 1.0
"""How often to look without being woken: nothing wakes us for what another server does."""


@dataclass(frozen=True)
class WatchMetrics:
    """Reads what was recorded since the last look, whenever something may have been."""

    uow: UnitOfWorkFactory
    signal: EventSignal
    interval: HeartbeatInterval

    async def __call__(
        self,
        project: ProjectName,
        metrics: Sequence[str] = (),
        *,
        heartbeat: timedelta | None = None,
    ) -> AsyncIterator[MetricUpdate | None]:
        """The latest metrics, if there are any, and then each update; it does not end by itself.

        None is a heartbeat: nothing was sent for a while.

        Raises:
            UnknownMetricError: there is no such metric.
            ProjectNotFoundError: there is no such project, or no longer.
            ServerShuttingDownError: the server goes down.
        """
        known_metrics(metrics)
        beat_seconds = (heartbeat or self.interval.default).total_seconds()
        loop = asyncio.get_running_loop()
        # Subscribe before reading: an update that is committed after the read still wakes us.
        with self.signal.subscribe(str(project)) as subscription:
            async with self.uow(read_only=True) as uow:
                created_at = (await uow.projects.get(project)).unwrap().created_at
                latest = await uow.metrics.latest(project)
            seen, beat_at = 0, loop.time() + beat_seconds
            if latest is not None:
                seen = latest.revision
                yield latest
            while True:
                async with self.uow(read_only=True) as uow:
                    updates = await self._since(uow, project, seen, created_at)
                for update in updates:
                    seen = update.revision
                    yield update
                if updates:
                    beat_at = loop.time() + beat_seconds
                    continue
                if loop.time() >= beat_at:
                    yield None
                    beat_at = loop.time() + beat_seconds
                await subscription.wait(min(beat_at - loop.time(), _POLL_SECONDS))

    async def _since(
        self, uow: UnitOfWork, project: ProjectName, seen: int, created_at: datetime
    ) -> list[MetricUpdate]:
        now = (await uow.projects.get(project)).unwrap()
        if now.created_at != created_at:  # another one took its name
            raise ProjectNotFoundError(str(project))
        if await uow.metrics.revision(project) == seen:
            return []
        return await uow.metrics.updates(project, after=seen, limit=_UPDATES_PER_READ)
