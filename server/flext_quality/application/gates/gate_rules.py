"""Checks a quality gate before it is stored."""

from __future__ import annotations

from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.errors import FieldViolation, InvalidFieldError
from flext_quality.domain.gates.gating import violations
from flext_quality.domain.gates.quality_gate import QualityGate, SinceAnalysis
from flext_quality.domain.identifiers import ProjectName


async def check_gate(
    uow: UnitOfWork, project: ProjectName, gate: QualityGate, analyzers: Analyzers
) -> None:
    """Does nothing if the gate may be a gate of the project.

    Raises:
        InvalidFieldError: it may not; names all that is wrong.
    """
    found = violations(gate, analyzers.by_name)
    if isinstance(gate.new_code, SinceAnalysis) and (
        why := await _wrong_with(uow, project, gate.new_code)
    ):
        found.append(FieldViolation("quality_gate.new_code.analysis", why))
    if found:
        raise InvalidFieldError(found)


async def _wrong_with(uow: UnitOfWork, project: ProjectName, since: SinceAnalysis) -> str:
    """What is wrong with the analysis to compare with; empty if nothing is."""
    if since.analysis.project != project:
        return f"must be an analysis of {project}"
    analysis = (await uow.analyses.get(since.analysis)).data
    if analysis is None:
        return f"there is no {since.analysis}"
    return "" if analysis.results is not None else "must be an analysis that has SUCCEEDED"
