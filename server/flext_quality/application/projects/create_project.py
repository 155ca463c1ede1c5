"""CreateProject: registers a project."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from pathlib import PurePath

from flext_quality.application.idempotency import earlier_result, fingerprint
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.records import StoredRequest
from flext_quality.application.ports.sources import Sources
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import ProjectName, check_project_id, new_project_id
from flext_quality.domain.projects.project import Project, Thresholds


@dataclass(frozen=True)
class CreateProject:
    """Registers a project, once for each request id."""

    uow: UnitOfWorkFactory
    sources: Sources
    clock: Clock

    async def __call__(
        self,
        *,
        project_id: str,
        display_name: str,
        local_path: str,
        request_id: str,
        thresholds: Thresholds | None = None,
    ) -> Project:
        """The project. An empty id is made from the name, an empty name from the path.

        Without thresholds it has the defaults.

        Raises:
            QualityError: as CreateProject in the contract.
        """
        if project_id:
            check_project_id(project_id)
        wanted = () if thresholds is None else (list(map(str, astuple(thresholds))),)
        asked = fingerprint("CreateProject", project_id, display_name, local_path, *wanted)
        async with self.uow(read_only=True) as uow:
            if (earlier := await earlier_result(uow, request_id, asked)) is not None:
                return (await uow.projects.get(ProjectName.parse(earlier))).unwrap()
        path = (await self.sources.check(local_path)).unwrap()
        async with self.uow() as uow:
            # Again, now that nobody else can register it under the same request id.
            if (earlier := await earlier_result(uow, request_id, asked)) is not None:
                return (await uow.projects.get(ProjectName.parse(earlier))).unwrap()
            display_name = display_name or PurePath(path).name or "project"
            name = ProjectName(project_id or new_project_id(display_name))
            last_sequence = await uow.events.last_sequence(str(name))
            project = Project.register(
                name, display_name, path, self.clock(), last_sequence, thresholds
            )
            (await uow.projects.add(project)).unwrap()
            if request_id:
                await uow.requests.add(StoredRequest(request_id, asked, str(name), name))
            await uow.commit()
        return project
