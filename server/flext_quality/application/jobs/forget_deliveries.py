"""Removes deliveries that ended long ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NewType

from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWorkFactory

KeepDeliveries = NewType("KeepDeliveries", timedelta)
"""How long a delivery is kept after its end."""


@dataclass(frozen=True)
class ForgetDeliveries:
    """Removes deliveries that are older than the retention allows."""

    uow: UnitOfWorkFactory
    clock: Clock
    keep: KeepDeliveries

    async def __call__(self) -> int:
        """How many were removed."""
        async with self.uow() as uow:
            count = await uow.deliveries.forget(self.clock() - self.keep)
            await uow.commit()
        return count
