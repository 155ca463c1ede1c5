"""Works out the results of a branch's latest analysis again, after triage or a change of the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flext_quality.application.finished_analyses import FinishedAnalyses
from flext_quality.application.metrics.assess_analysis import AssessAnalysis, Assessed, kept_records
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.gates.gating import gate_events
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.domain.issues.issue import IssueCounts, IssueStatus
from flext_quality.domain.projects.project import Project


@dataclass(frozen=True)
class Reassess:
    """Assesses branches' latest analyses again."""

    assess: AssessAnalysis
    finished: FinishedAnalyses
    clock: Clock

    async def __call__(self, uow: UnitOfWork, project: Project, branch: str) -> None:
        """The branch's latest analysis, if it has one.

        Replaces its score, gate, measures and counts, records its metrics again, and tells what changed
        among the project's events. `project` was got for update; it and the analysis are saved in `uow`,
        which the caller commits.
        """
        latest = await uow.analyses.latest(project.name, branch)
        if latest is not None:
            await self._again(uow, project, latest.name)

    async def every_branch(self, uow: UnitOfWork, project: Project) -> None:
        """The latest analysis of each branch, likewise."""
        for latest in await uow.analyses.latest_of_branches(project.name):
            await self._again(uow, project, latest.name)

    async def _again(self, uow: UnitOfWork, project: Project, name: AnalysisName) -> None:
        analysis = (await uow.analyses.get(name, for_update=True)).unwrap()
        known = analysis.results
        records = await kept_records(uow, analysis)
        if (
            known is None or records is None
        ):  # expired: what it made known then is all that there is
            return
        assessment = await self.assess(uow, project, Assessed(analysis, known.sequence, records))
        statuses = await uow.tracking.statuses(project.name, analysis.branch)
        changed = replace(
            known,
            issue_counts=counts_now(known.issue_counts, statuses),
            score=assessment.score,
            gate=assessment.gate,
            measures=assessment.measures,
            new_code_measures=assessment.new_code_measures,
        )
        if changed == known:
            return
        now = self.clock()
        for what in gate_events(name, analysis.branch, known.gate, assessment.gate):
            project.tell(what, now)
        await uow.projects.save(project)
        analysis.reassessed(changed)
        await uow.analyses.save(analysis)
        if not analysis.branch:
            measures = {**changed.measures, **changed.new_code_measures}
            ended = analysis.ended_at or now
            await uow.metrics.record(
                project.name, name.analysis_id, ended, measures, changed_at=now
            )
        uow.after_commit(lambda: self.finished.drop(name))


def counts_now(counts: IssueCounts, statuses: Mapping[IssueStatus, int]) -> IssueCounts:
    """The counts of an analysis, where `statuses` tells how many issues stand where by now."""
    return replace(
        counts,
        open=sum(count for status, count in statuses.items() if status.counts),
        accepted=statuses.get(IssueStatus.ACCEPTED, 0),
        false_positive=statuses.get(IssueStatus.FALSE_POSITIVE, 0),
    )
