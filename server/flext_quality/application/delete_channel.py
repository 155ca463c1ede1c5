"""DeleteChannel: removes a channel with its deliveries."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import ChannelName


@dataclass(frozen=True)
class DeleteChannel:
    """Removes a channel."""

    uow: UnitOfWorkFactory

    async def __call__(self, name: ChannelName, *, etag: str) -> None:
        """Removes it.

        Raises:
            QualityError: as DeleteChannel in the contract.
        """
        async with self.uow() as uow:
            channel = (await uow.channels.get(name, for_update=True)).unwrap()
            channel.check_etag(etag)
            await uow.channels.delete(name)
            await uow.commit()
