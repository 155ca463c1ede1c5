"""GetChannel: one channel."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.channel import Channel
from flext_quality.domain.identifiers import ChannelName


@dataclass(frozen=True)
class GetChannel:
    """Reads one channel."""

    uow: UnitOfWorkFactory

    async def __call__(self, name: ChannelName) -> Channel:
        """The channel.

        Raises:
            ChannelNotFoundError: there is none of that name.
        """
        async with self.uow(read_only=True) as uow:
            return (await uow.channels.get(name)).unwrap()
