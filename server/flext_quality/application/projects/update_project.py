"""UpdateProject: changes what is known about a project."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.sources import Sources
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.projects.project import Project, Thresholds


@dataclass(frozen=True)
class UpdateProject:
    """Changes the values that are not None."""

    uow: UnitOfWorkFactory
    sources: Sources
    clock: Clock

    async def __call__(
        self,
        name: ProjectName,
        *,
        etag: str,
        display_name: str | None,
        local_path: str | None,
        thresholds: Thresholds | None = None,
    ) -> Project:
        """The changed project.

        Raises:
            QualityError: as UpdateProject in the contract.
        """
        if local_path is not None:
            local_path = (await self.sources.check(local_path)).unwrap()
        async with self.uow() as uow:
            project = (await uow.projects.get(name, for_update=True)).unwrap()
            project.check_etag(etag)
            project.update(
                self.clock(),
                display_name=display_name,
                local_path=local_path,
                thresholds=thresholds,
            )
            await uow.projects.save(project)
            await uow.commit()
        return project
