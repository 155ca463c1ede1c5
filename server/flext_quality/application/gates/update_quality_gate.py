"""UpdateQualityGate: replaces what a project's code must hold."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.gates.gate_rules import check_gate
from flext_quality.application.metrics.reassess import Reassess
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.gates.quality_gate import QualityGate
from flext_quality.domain.identifiers import ProjectName


@dataclass(frozen=True)
class UpdateQualityGate:
    """Stores a gate, and holds the latest analysis of every branch against it."""

    uow: UnitOfWorkFactory
    analyzers: Analyzers
    reassess: Reassess
    clock: Clock

    async def __call__(
        self, name: ProjectName, gate: QualityGate | None, *, etag: str
    ) -> QualityGate:
        """The gate as it is now; with None the default one.

        Raises:
            QualityError: as UpdateQualityGate in the contract.
        """
        async with self.uow() as uow:
            project = (await uow.projects.get(name, for_update=True)).unwrap()
            if gate is not None:
                await check_gate(uow, name, gate, self.analyzers)
            before = project.gate_version
            project.update_gate(gate, etag, self.clock())
            if project.gate_version != before:
                await uow.projects.save(project)
                await self.reassess.every_branch(uow, project)
                await uow.commit()
        return project.quality_gate
