"""GetQualityGate: what a project's code must hold."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.gates.quality_gate import QualityGate
from flext_quality.domain.identifiers import ProjectName


@dataclass(frozen=True)
class GetQualityGate:
    """Finds a project's gate."""

    uow: UnitOfWorkFactory

    async def __call__(self, project: ProjectName) -> QualityGate:
        """The gate; the default one if the project has not set its own.

        Raises:
            ProjectNotFoundError: there is none of that name.
        """
        async with self.uow(read_only=True) as uow:
            return (await uow.projects.get(project)).unwrap().quality_gate
