"""CreateProject: registers a project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import PurePath
from typing import Unpack

from flext_quality.application.idempotency import RepeatableCall, fingerprint
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.sources import Sources
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import ProjectName, check_project_id, new_project_id
from flext_quality.domain.projects.project import Project, ProjectDetails, Thresholds


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
        **details: Unpack[ProjectDetails],
    ) -> Project:
        """The project. An empty id is made from the name, an empty name from the path.

        Raises:
            QualityError: as CreateProject in the contract.
        """
        if project_id:
            check_project_id(project_id)
        asked = fingerprint("CreateProject", project_id, display_name, local_path, *_words(details))
        call, now = RepeatableCall("CreateProject", None, request_id, asked), self.clock()
        async with self.uow(read_only=True) as uow:
            if (earlier := await call.earlier_result(uow, now)) is not None:
                return (await uow.projects.get(ProjectName.parse(earlier))).unwrap()
        path = (await self.sources.check(local_path)).unwrap()
        async with self.uow() as uow:
            # Again, now that nobody else can register it under the same request id.
            if (earlier := await call.earlier_result(uow, now)) is not None:
                return (await uow.projects.get(ProjectName.parse(earlier))).unwrap()
            display_name = display_name or PurePath(path).name or "project"
            name = ProjectName(project_id or new_project_id(display_name))
            last_sequence = await uow.events.last_sequence(str(name))
            project = Project.register(name, display_name, path, now, last_sequence, **details)
            (await uow.projects.add(project)).unwrap()
            await call.remember(uow, name, str(name), now)
            await uow.commit()
        return project


def _words(details: ProjectDetails) -> Iterator[Sequence[str]]:
    """What is told of the project, if anything; what came later leaves older digests alone."""
    if (thresholds := details.get("thresholds", Thresholds())) != Thresholds():
        yield list(map(str, astuple(thresholds)))
    texts = [str(details.get(name, "")) for name in ("description", "owner", "repository_url")]
    labels = [f"{name}={value}" for name, value in sorted(details.get("labels", {}).items())]
    if any(texts) or labels:
        yield [*texts, *labels]
