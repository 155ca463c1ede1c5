"""UpdateQualityGate and ResetQualityGate: change what a project's code must hold."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.gates.gate_rules import check_gate
from flext_quality.application.metrics.reassess import Reassess
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.gates.quality_gate import QualityGate
from flext_quality.domain.identifiers import ProjectName

GATE_FIELDS = ("conditions", "new_code", "required_analyzers", "min_new_lines")
"""The fields of a gate that can be changed."""


@dataclass(frozen=True)
class ChangeGate:
    """Stores a gate, and holds the latest analysis of every branch against it."""

    uow: UnitOfWorkFactory
    analyzers: Analyzers
    reassess: Reassess
    clock: Clock

    async def __call__(
        self,
        name: ProjectName,
        change: Callable[[QualityGate], QualityGate | None],
        *,
        etag: str,
    ) -> QualityGate:
        """The gate as it is now, after `change` made it of the one before; None is the default gate."""
        async with self.uow() as uow:
            project = (await uow.projects.get(name, for_update=True)).unwrap()
            gate = change(project.quality_gate)
            if gate is not None:
                await check_gate(uow, name, gate, self.analyzers)
            before = project.gate_version
            project.update_gate(gate, etag, self.clock())
            if project.gate_version != before:
                await uow.projects.save(project)
                await self.reassess.every_branch(uow, project)
                await uow.commit()
        return project.quality_gate


@dataclass(frozen=True)
class UpdateQualityGate:
    """Changes some of the fields of a project's gate."""

    change: ChangeGate

    async def __call__(
        self, name: ProjectName, gate: QualityGate, fields: Collection[str], *, etag: str
    ) -> QualityGate:
        """The gate as it is now: of `gate` the `fields`, of `GATE_FIELDS`, and the rest as it was.

        Raises:
            QualityError: as UpdateQualityGate in the contract.
        """

        def changed(current: QualityGate) -> QualityGate:
            values = {field: getattr(gate, field) for field in fields}
            return replace(current, **values, is_default=False)

        return await self.change(name, changed, etag=etag)


@dataclass(frozen=True)
class ResetQualityGate:
    """Gives a project the default gate again."""

    change: ChangeGate

    async def __call__(self, name: ProjectName, *, etag: str) -> QualityGate:
        """The default gate.

        Raises:
            QualityError: as ResetQualityGate in the contract.
        """
        return await self.change(name, lambda _: None, etag=etag)
