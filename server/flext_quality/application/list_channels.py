"""ListChannels: a project's channels, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.application.views import Page, page_limit
from flext_quality.domain.channel import Channel
from flext_quality.domain.identifiers import ProjectName


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
