"""GetProject: one project."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.project import Project


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
