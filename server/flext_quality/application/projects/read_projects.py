"""GetProject and ListProjects: the registered projects."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.pages import Page, page_limit
from flext_quality.application.ports.records import ProjectOrder
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.projects.project import Project


@dataclass(frozen=True)
class GetProject:
    """Finds one project."""

    uow: UnitOfWorkFactory

    async def __call__(self, name: ProjectName) -> Project:
        """The project.

        Raises:
            ProjectNotFoundError: there is none of that name.
        """
        async with self.uow(read_only=True) as uow:
            return (await uow.projects.get(name)).unwrap()


@dataclass(frozen=True)
class ListProjects:
    """Lists projects. The cursor is the id of the last project of the page before."""

    uow: UnitOfWorkFactory

    async def __call__(
        self, *, page_size: int, cursor: str, local_path: str, order: ProjectOrder
    ) -> Page[Project]:
        """A page of projects."""
        limit = page_limit(page_size)
        async with self.uow(read_only=True) as uow:
            projects = await uow.projects.list(
                limit=limit + 1,
                after=ProjectName(cursor) if cursor else None,
                local_path=local_path,
                order=order,
            )
        more = len(projects) > limit
        return Page(projects[:limit], projects[limit - 1].name.project_id if more else "")
