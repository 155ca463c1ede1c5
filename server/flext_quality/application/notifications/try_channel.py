"""TestChannel: sends a message through a channel to see whether it arrives."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flext_quality.application.idempotency import ONCE, RepeatableCall
from flext_quality.application.notifications.attempt_delivery import AttemptDelivery
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import ChannelName, DeliveryName, new_id
from flext_quality.domain.notifications.delivery import Delivery
from flext_quality.domain.notifications.notification import Notification, NotificationEvent

_MESSAGE = "This is a test: the channel works"
_UNKNOWN = "the attempt has not ended, or was broken off"


@dataclass(frozen=True)
class TryChannel:
    """Tries a channel once, disabled or not."""

    uow: UnitOfWorkFactory
    attempt: AttemptDelivery
    clock: Clock

    async def __call__(self, name: ChannelName, *, call: RepeatableCall = ONCE) -> Delivery:
        """The delivery, ended. It is stored before it is sent: a repeated call finds it and sends none.

        Raises:
            QualityError: as TestChannel in the contract.
        """
        now = self.clock()
        async with self.uow() as uow:
            project = (await uow.projects.get(name.project, for_update=True)).data
            channel = (await uow.channels.get(name)).unwrap()
            if (made := await call.earlier_result(uow, now)) is not None:
                return (await uow.deliveries.get(DeliveryName.parse(made))).unwrap()
            self.attempt.secret_of(channel)
            notification = Notification(NotificationEvent.TEST, now, _MESSAGE)
            own_name = DeliveryName(name.project_id, name.channel_id, new_id(now))
            delivery = Delivery.of(own_name, notification, now, now)
            # Nobody else sends it: it is not tried again if the server stops now.
            delivery.give_up(_UNKNOWN, now)
            await uow.deliveries.add(delivery)
            await call.remember(uow, name.project, str(own_name), now)
            await uow.commit()
        display_name = "" if project is None else project.display_name
        attempt, outcome = await self.attempt(delivery, channel, display_name)
        delivery.record(attempt, replace(outcome, retry=False), channel)
        if not outcome.delivered:
            delivery.give_up(outcome.status, attempt.time + attempt.duration)
        async with self.uow() as uow:
            # It may have been removed meanwhile.
            (await uow.channels.get(name, for_update=True)).unwrap()
            await uow.deliveries.save(delivery)
            await uow.commit()
        return delivery
