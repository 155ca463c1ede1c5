"""ListDeliveries: what was sent through a channel, a page at a time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.application.views import Page, page_limit
from flext_quality.domain.delivery import Delivery, DeliveryState
from flext_quality.domain.identifiers import ChannelName


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
