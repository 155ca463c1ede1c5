"""GetDelivery, ListDeliveries and ReplayDelivery: what was sent through a channel."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flext_quality.application.pages import Page, page_limit
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.errors import ChannelDisabledError
from flext_quality.domain.identifiers import ChannelName, DeliveryName, new_id
from flext_quality.domain.notifications.delivery import Delivery, DeliveryState


@dataclass(frozen=True)
class GetDelivery:
    """Reads one delivery."""

    uow: UnitOfWorkFactory

    async def __call__(self, name: DeliveryName) -> Delivery:
        """The delivery.

        Raises:
            DeliveryNotFoundError: there is none of that name.
        """
        async with self.uow(read_only=True) as uow:
            return (await uow.deliveries.get(name)).unwrap()


@dataclass(frozen=True)
class ListDeliveries:
    """Lists deliveries, newest first. The cursor is the id of the last one of the page before."""

    uow: UnitOfWorkFactory

    async def __call__(
        self,
        channel: ChannelName,
        *,
        page_size: int,
        cursor: str,
        states: Collection[DeliveryState],
    ) -> Page[Delivery]:
        """A page of deliveries.

        Raises:
            ChannelNotFoundError: there is no such channel.
        """
        limit = page_limit(page_size)
        async with self.uow(read_only=True) as uow:
            (await uow.channels.get(channel)).unwrap()
            deliveries = await uow.deliveries.list(
                channel, limit=limit + 1, before=cursor, states=states
            )
        more = len(deliveries) > limit
        return Page(deliveries[:limit], deliveries[limit - 1].name.delivery_id if more else "")


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
