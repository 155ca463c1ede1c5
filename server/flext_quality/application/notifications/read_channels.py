"""GetChannel, ListChannels and DeleteChannel."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.pages import Page, page_limit
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import ChannelName, ProjectName
from flext_quality.domain.notifications.channel import Channel


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


@dataclass(frozen=True)
class ListChannels:
    """Lists channels. The cursor is the id of the last channel of the page before."""

    uow: UnitOfWorkFactory

    async def __call__(self, project: ProjectName, *, page_size: int, cursor: str) -> Page[Channel]:
        """A page of channels.

        Raises:
            ProjectNotFoundError: there is no such project.
        """
        limit = page_limit(page_size)
        async with self.uow(read_only=True) as uow:
            (await uow.projects.get(project)).unwrap()
            channels = await uow.channels.list(project, limit=limit + 1, after=cursor)
        more = len(channels) > limit
        return Page(channels[:limit], channels[limit - 1].name.channel_id if more else "")


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
