"""CheckQualityGate: would this gate pass on that analysis?"""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.gates.gate_rules import check_gate
from flext_quality.application.metrics.assess_analysis import AssessAnalysis
from flext_quality.application.metrics.kept_details import kept_details
from flext_quality.application.metrics.succeeded_analysis import succeeded_analysis
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.gates.quality_gate import GateResult, QualityGate
from flext_quality.domain.identifiers import AnalysisName, ProjectName


@dataclass(frozen=True)
class CheckQualityGate:
    """Holds an analysis against a gate. Changes nothing and analyses nothing."""

    uow: UnitOfWorkFactory
    analyzers: Analyzers
    assess: AssessAnalysis

    async def __call__(
        self, project: ProjectName, analysis: AnalysisName | None, gate: QualityGate | None
    ) -> tuple[AnalysisName, GateResult]:
        """The analysis that was looked at, and how the gate comes out; the project's own one with None.

        Of a past analysis, its issues are those that it saw, with today's statuses.

        Raises:
            QualityError: as CheckQualityGate in the contract.
        """
        async with self.uow(read_only=True) as uow:
            found = (await uow.projects.get(project)).unwrap()
            if gate is not None:
                await check_gate(uow, project, gate, self.analyzers)
            that = await kept_details(uow, await succeeded_analysis(uow, project, analysis))
            assessment = await self.assess(uow, found, that, gate)
        return that.analysis.name, assessment.gate
