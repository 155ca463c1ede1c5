"""Sends the deliveries that are due."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import NewType

import structlog

from flext_quality.application.notifications.attempt_delivery import AttemptDelivery
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.jobs import JobQueue
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.errors import QualityError, SecretsUnavailableError
from flext_quality.domain.notifications.channel import Channel
from flext_quality.domain.notifications.delivery import (
    Attempt,
    Delivery,
    DeliveryState,
    SendOutcome,
)
from flext_quality.domain.projects.events import NotificationChannelDisabled

SendersAtOnce = NewType("SendersAtOnce", int)
"""To how many channels a server sends at once."""

_LEASE = timedelta(seconds=120)
"""How long a server has for an attempt before another one may try. Senders end long before."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SendDeliveries:
    """Claims deliveries one by one, sends them and stores what came of it.

    A server that is killed in between has claimed them for a time only; then they are sent again, so that
    each arrives at least once.
    """

    uow: UnitOfWorkFactory
    attempt: AttemptDelivery
    queue: JobQueue
    clock: Clock
    at_once: SendersAtOnce

    async def __call__(self) -> int:
        """How many attempts were made. Ends when nothing is due."""
        count = 0
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                claimed = await self._claim() if len(running) < self.at_once else None
                if claimed is not None:
                    count += 1
                    running.add(asyncio.create_task(self._send(*claimed)))
                elif running:
                    _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                else:
                    return count
        finally:
            for task in running:
                task.cancel()
            if running:
                await asyncio.wait(running)

    async def _claim(self) -> tuple[Delivery, Channel, str] | None:
        now = self.clock()
        async with self.uow(read_only=True) as uow:
            if not await uow.deliveries.any_due(now):
                return None
        async with self.uow() as uow:
            claim = uow.deliveries.claim
            delivery = await claim(self.queue.instance, now=now, until=now + _LEASE)
            if delivery is None:
                return None
            channel = (await uow.channels.get(delivery.name.channel)).unwrap()
            project = (await uow.projects.get(delivery.name.channel.project)).unwrap()
            await uow.commit()
        return delivery, channel, project.display_name

    async def _send(self, delivery: Delivery, channel: Channel, project: str) -> None:
        name = str(delivery.name)
        try:
            attempt, outcome = await self._try(delivery, channel, project)
            await self._record(delivery, attempt, outcome)
            await _log.ainfo(
                "notification sent" if outcome.delivered else "notification not sent",
                delivery=name,
                status=outcome.status,
            )
        except QualityError as error:
            # The claim runs out, and it is tried again.
            await _log.awarning("notification not stored", delivery=name, error=error.message)

    async def _try(
        self, delivery: Delivery, channel: Channel, project: str
    ) -> tuple[Attempt, SendOutcome]:
        try:
            return await self.attempt(delivery, channel, project)
        except SecretsUnavailableError as error:
            outcome = SendOutcome(delivered=False, status=error.message)
            return Attempt(self.clock(), timedelta(0), False, outcome.status), outcome

    async def _record(self, sent: Delivery, attempt: Attempt, outcome: SendOutcome) -> None:
        async with self.uow() as uow:
            project = (await uow.projects.get(sent.name.channel.project, for_update=True)).data
            channel = (await uow.channels.get(sent.name.channel, for_update=True)).data
            delivery = (await uow.deliveries.get(sent.name, for_update=True)).data
            if project is None or channel is None or delivery is None:
                return  # removed while it was sent
            was_pending = delivery.state is DeliveryState.PENDING
            delivery.record(attempt, outcome, channel)
            await uow.deliveries.save(delivery, owner=self.queue.instance)
            if outcome.delivered and channel.failed_in_a_row:
                channel.arrived()
                await uow.channels.save(channel)
            elif was_pending and delivery.state is DeliveryState.FAILED:
                if channel.failed(outcome.status, is_gone=outcome.is_gone):
                    what = NotificationChannelDisabled(
                        str(channel.name), channel.display_name, channel.disabled_reason
                    )
                    project.tell(what, self.clock())
                    await uow.projects.save(project)
                    await self._give_up_others(uow, channel)
                await uow.channels.save(channel)
            await uow.commit()

    async def _give_up_others(self, uow: UnitOfWork, channel: Channel) -> None:
        why = f"the channel was disabled: {channel.disabled_reason}"
        await uow.deliveries.give_up(channel.name, why, self.clock())
