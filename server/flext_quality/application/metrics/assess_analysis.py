"""Works out the results of an analysis: measures, score, and how the quality gate comes out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flext_quality.application.metrics.baselines import baseline_of
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.analyses.analysis import Analysis, AnalysisResults
from flext_quality.domain.findings.outcome import AnalyzerState
from flext_quality.domain.findings.profile import AnalyzerProfiles
from flext_quality.domain.gates.gating import evaluate
from flext_quality.domain.gates.new_code import NewCode, changed_contents, new_code_of
from flext_quality.domain.gates.quality_gate import GateResult, QualityGate
from flext_quality.domain.issues.issue import IssueTally
from flext_quality.domain.metrics.measuring import new_issue_values, score_values, totals_of
from flext_quality.domain.metrics.score import Score
from flext_quality.domain.projects.project import Project
from flext_quality.domain.sources.measures import FileRecord


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was made of an analysis; fields as those of `AnalysisResults`."""

    score: Score
    gate: GateResult
    measures: Mapping[str, float]
    new_code_measures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Assessed:
    """An analysis to be assessed.

    Attributes:
        sequence: its number on its branch.
        is_latest: whether the branch's issues are now as it saw them. Otherwise they are taken as of it.
    """

    analysis: Analysis
    sequence: int
    records: Sequence[FileRecord]
    is_latest: bool = True

    @property
    def as_of(self) -> int | None:
        """As of which analysis of the branch the issues are; None: as they are now."""
        return None if self.is_latest else self.sequence


def succeeded(analysis: Analysis) -> list[str]:
    """The analyzers that did their work."""
    return [o.analyzer for o in analysis.outcomes.values() if o.state is AnalyzerState.SUCCEEDED]


async def kept_records(uow: UnitOfWork, analysis: Analysis) -> list[FileRecord] | None:
    """The records of the analysis's files; None where it has none, or retention removed them."""
    if analysis.results is None or not analysis.results.snapshot:
        return None
    return await uow.snapshots.get(analysis.name.project, analysis.results.snapshot)


@dataclass(frozen=True)
class AssessAnalysis:
    """Measures and scores an analysis and holds it against a gate. Changes nothing."""

    clock: Clock
    profiles: AnalyzerProfiles

    async def __call__(
        self, uow: UnitOfWork, project: Project, that: Assessed, gate: QualityGate | None = None
    ) -> Assessment:
        """The results; by the project's gate if none is given.

        The analysis's issues are stored in `uow` already; the analysis itself need not be.
        """
        gate = gate or project.quality_gate
        analysis = that.analysis
        measured = self.profiles.measured_categories(succeeded(analysis))
        tallies = await uow.issues.tallies(project.name, analysis.branch, as_of=that.as_of)
        totals = await asyncio.to_thread(totals_of, that.records, tallies)
        values = totals.values(measured)
        score = totals.score(values, measured)
        values |= score_values(score)
        ended = analysis.ended_at or self.clock()
        baseline = await baseline_of(
            uow, project.name, analysis.branch, that.sequence, ended, gate.new_code
        )
        new_values: dict[str, float] = {}
        if baseline is not None and baseline.results is not None:
            new_tallies = await self._new_issues(uow, project, that, baseline, baseline.results)
            new_values = new_issue_values(new_tallies, measured)
            new_code = await _new_code(uow, that.records, baseline)
            if new_code is not None:
                new_values |= await asyncio.to_thread(new_code.values, that.records)
        name = None if baseline is None else baseline.name
        result = evaluate(gate, values, new_values, analysis.outcomes, name)
        return Assessment(score, result, values, new_values)

    async def _new_issues(
        self,
        uow: UnitOfWork,
        project: Project,
        that: Assessed,
        baseline: Analysis,
        known: AnalysisResults,
    ) -> list[IssueTally]:
        branch = that.analysis.branch
        is_before = baseline.branch == branch and known.sequence == that.sequence - 1
        if that.is_latest and is_before:
            # What appeared after the analysis before is what was not there; this is quicker to find.
            return await uow.issues.tallies(project.name, branch, appeared_after=known.sequence)
        return await uow.issues.tallies(
            project.name,
            branch,
            absent_on=(baseline.branch, known.sequence),
            as_of=that.as_of,
        )


async def _new_code(
    uow: UnitOfWork, records: Sequence[FileRecord], baseline: Analysis
) -> NewCode | None:
    """The new lines; None where what they are compared with is no longer kept."""
    before = await kept_records(uow, baseline)
    if before is None:
        return None
    contents = changed_contents(before, records)
    lines = await uow.snapshots.get_lines(baseline.name.project, contents)
    if not contents.issubset(lines):
        return None
    return await asyncio.to_thread(new_code_of, before, records, lines)
