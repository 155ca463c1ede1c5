"""GetDelivery: one delivery with all its attempts."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.delivery import Delivery
from flext_quality.domain.identifiers import DeliveryName


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
