"""UpdateProject: changes what is known about a project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.sources import Sources
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.projects.project import Project, ProjectValues


@dataclass(frozen=True)
class UpdateProject:
    """Changes the values that are given."""

    uow: UnitOfWorkFactory
    sources: Sources
    clock: Clock

    async def __call__(
        self, name: ProjectName, *, etag: str, **values: Unpack[ProjectValues]
    ) -> Project:
        """The changed project.

        Raises:
            QualityError: as UpdateProject in the contract.
        """
        if "local_path" in values:
            values["local_path"] = (await self.sources.check(values["local_path"])).unwrap()
        async with self.uow() as uow:
            project = (await uow.projects.get(name, for_update=True)).unwrap()
            project.check_etag(etag)
            project.update(self.clock(), **values)
            await uow.projects.save(project)
            await uow.commit()
        return project
