"""TestChannel: sends a message through a channel to see whether it arrives."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flext_quality.application.notifications.attempt_delivery import AttemptDelivery
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import ChannelName, DeliveryName, new_id
from flext_quality.domain.notifications.delivery import Delivery
from flext_quality.domain.notifications.notification import Notification, NotificationEvent

_MESSAGE = "This is a test: the channel works"


@dataclass(frozen=True)
class TryChannel:
    """Tries a channel once, disabled or not."""

    uow: UnitOfWorkFactory
    attempt: AttemptDelivery
    clock: Clock

    async def __call__(self, name: ChannelName) -> Delivery:
        """The delivery, ended.

        Raises:
            QualityError: as TestChannel in the contract.
        """
        async with self.uow(read_only=True) as uow:
            channel = (await uow.channels.get(name)).unwrap()
            project = (await uow.projects.get(name.project)).unwrap()
        now = self.clock()
        notification = Notification(NotificationEvent.TEST, now, _MESSAGE)
        own_name = DeliveryName(name.project_id, name.channel_id, new_id(now))
        delivery = Delivery.of(own_name, notification, now, now)
        attempt, outcome = await self.attempt(delivery, channel, project.display_name)
        delivery.record(attempt, replace(outcome, retry=False), channel)
        async with self.uow() as uow:
            # It may have been removed meanwhile.
            (await uow.channels.get(name, for_update=True)).unwrap()
            await uow.deliveries.add(delivery)
            await uow.commit()
        return delivery
