"""Reads the event log and makes a delivery for each channel that has to tell an event."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.jobs import JobQueue
from flext_quality.application.ports.notifications import SentNotification
from flext_quality.application.ports.observability import Instruments, NoInstruments
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.analyses.events import IssuesTracked
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.domain.identifiers import AnalysisName, DeliveryName, ProjectName, new_id
from flext_quality.domain.notifications.channel import MAX_CHANNELS, Channel
from flext_quality.domain.notifications.delivery import Delivery, DeliveryState
from flext_quality.domain.notifications.notification import Notification, notification_of

CURSOR = "notifications"
_EVENTS_PER_TRANSACTION = 500
_LEASE = timedelta(seconds=30)


@dataclass(frozen=True)
class PlanNotifications:
    """Makes the deliveries of an event, and moves the cursor past it, in one transaction.

    So every event is dealt with once, whatever is killed. Of several servers one does it at a time.
    """

    uow: UnitOfWorkFactory
    queue: JobQueue
    clock: Clock
    instruments: Instruments = field(default_factory=NoInstruments)

    async def __call__(self) -> int:
        """The number of events that were read."""
        count = 0
        while some := await self._some():
            count += some
        return count

    async def _some(self) -> int:
        async with self.uow(read_only=True) as uow:
            position = await uow.cursors.get(CURSOR)
            if await uow.events.settled(position) == position:
                self.instruments.lagging(CURSOR, events=0, seconds=0.0)
                return 0
        owner, now = self.queue.instance, self.clock()
        async with self.uow() as uow:
            if not await uow.cursors.take(CURSOR, owner, now=now, until=now + _LEASE):
                return 0
            position = await uow.cursors.get(CURSOR)
            settled = await uow.events.settled(position)
            entries = await uow.events.read_all(position, _EVENTS_PER_TRANSACTION)
            age = (now - entries[0][1].time).total_seconds() if entries else 0.0
            self.instruments.lagging(CURSOR, events=settled - position, seconds=max(age, 0.0))
            for _, event in entries:
                await self._tell(uow, event)
            # Fewer than asked for: all up to there are dealt with, removed ones included.
            whole = len(entries) < _EVENTS_PER_TRANSACTION
            last = max(position, entries[-1][0] if entries else 0, settled if whole else 0)
            await uow.cursors.advance(CURSOR, owner, last)
            await uow.commit()
        return len(entries)

    async def _tell(self, uow: UnitOfWork, event: AnyEvent) -> None:
        notification = notification_of(event, await _analysis(uow, event))
        if notification is None:
            return
        project = ProjectName(event.subject.split("/")[1])
        for channel in await uow.channels.list(project, limit=MAX_CHANNELS):
            if channel.tells(notification):
                await self._deliver(uow, channel, notification)

    async def _deliver(self, uow: UnitOfWork, channel: Channel, notification: Notification) -> None:
        if await _was_told(uow, channel, notification):
            return
        now = self.clock()
        delivery = None
        if channel.digest_interval:
            delivery = await uow.deliveries.open_digest(channel.name, now)
        if delivery is not None and delivery.takes_more:
            delivery.add(notification)
            await uow.deliveries.save(delivery)
        else:
            name = DeliveryName(channel.name.project_id, channel.name.channel_id, new_id(now))
            delivery = Delivery.of(name, notification, now, channel.due_at(now))
            await uow.deliveries.add(delivery)
        if channel.dedup_window:
            told = SentNotification(delivery.name, notification.time)
            await uow.deliveries.remember(channel.name, notification.dedup_key, told)


async def _analysis(uow: UnitOfWork, event: AnyEvent) -> Analysis | None:
    """The analysis of an event that does not say its branch; None if it is gone, or not needed."""
    if isinstance(event.payload, IssuesTracked) and event.payload.new_severity_counts.critical:
        return (await uow.analyses.get(AnalysisName.parse(event.subject))).data
    return None


async def _was_told(uow: UnitOfWork, channel: Channel, notification: Notification) -> bool:
    """Counts what is told within the window already. What failed to be told is told again."""
    if not channel.dedup_window:
        return False
    told = await uow.deliveries.told(channel.name, notification.dedup_key)
    if told is None or notification.time - told.time >= channel.dedup_window:
        return False
    earlier = (await uow.deliveries.get(told.delivery, for_update=True)).data
    if earlier is None or earlier.state is DeliveryState.FAILED:
        return False
    earlier.suppress()
    await uow.deliveries.save(earlier)
    return True
