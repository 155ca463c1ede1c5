"""ReplayDelivery: tells the same again."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.delivery import Delivery
from flext_quality.domain.errors import ChannelDisabledError
from flext_quality.domain.identifiers import DeliveryName, new_id


@dataclass(frozen=True)
class ReplayDelivery:
    """Makes a new delivery of what an earlier one told."""

    uow: UnitOfWorkFactory
    clock: Clock

    async def __call__(self, name: DeliveryName) -> Delivery:
        """The new delivery, due at once.

        Raises:
            QualityError: as ReplayDelivery in the contract.
        """
        async with self.uow() as uow:
            earlier = (await uow.deliveries.get(name)).unwrap()
            channel = (await uow.channels.get(name.channel, for_update=True)).unwrap()
            if channel.disabled:
                raise ChannelDisabledError(str(channel.name))
            now = self.clock()
            own_name = DeliveryName(name.project_id, name.channel_id, new_id(now))
            delivery = earlier.replay(own_name, now)
            await uow.deliveries.add(delivery)
            await uow.commit()
        return delivery
