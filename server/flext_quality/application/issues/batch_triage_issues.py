"""BatchTriageIssues: one decision about many issues, all or none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from flext_quality.application.issues.decide_issues import DecideIssues
from flext_quality.application.issues.scope import in_scope
from flext_quality.application.issues.triage_issue import TriageDecision
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.issues import IssueFilter
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.errors import IssueFixedError, IssueNotFoundError
from flext_quality.domain.identifiers import AnalysisName, IssueName, ProjectName
from flext_quality.domain.issues.issue import IssueStatus

_ISSUES_PER_PART = 500

_SEEN = frozenset(IssueStatus) - {IssueStatus.FIXED}


@dataclass(frozen=True)
class BatchTriageIssues:
    """Triages in one transaction, a part of the issues in memory at a time."""

    uow: UnitOfWorkFactory
    decide: DecideIssues
    clock: Clock

    async def named(
        self, project: ProjectName, names: Sequence[IssueName], decision: TriageDecision
    ) -> int:
        """Decides about these issues of the project; how many that were.

        Raises:
            QualityError: as BatchTriageIssues in the contract.
        """
        async with self.uow() as uow:
            held = (await uow.projects.get(project, for_update=True)).unwrap()
            decided = decision.at(self.clock())
            count = await self.decide(uow, held, _checked(uow, project, names), decided)
            await uow.commit()
        return count

    async def matching(
        self,
        project: ProjectName,
        wanted: IssueFilter,
        analysis: AnalysisName | None,
        decision: TriageDecision,
    ) -> int:
        """Decides about all issues that the filter lets pass and that are still seen; how many.

        Raises:
            QualityError: as BatchTriageIssues in the contract.
        """
        async with self.uow() as uow:
            held = (await uow.projects.get(project, for_update=True)).unwrap()
            decided = decision.at(self.clock())
            scoped = await in_scope(uow, project, wanted, analysis)
            count = await self.decide(uow, held, _matching(uow, project, scoped), decided)
            await uow.commit()
        return count


async def _checked(
    uow: UnitOfWork, project: ProjectName, names: Sequence[IssueName]
) -> AsyncIterator[Sequence[IssueName]]:
    for start in range(0, len(names), _ISSUES_PER_PART):
        part = names[start : start + _ISSUES_PER_PART]
        ids = [name.issue_id for name in part]
        found = await uow.issues.get_many(project, ids)
        seen = await uow.issues.seen(project, ids)
        for name in part:
            if name.issue_id not in found:
                raise IssueNotFoundError(str(name))
            if name.issue_id not in seen:
                raise IssueFixedError(str(name))
        yield part


async def _matching(
    uow: UnitOfWork, project: ProjectName, wanted: IssueFilter
) -> AsyncIterator[Sequence[IssueName]]:
    """In the order of the ids, which no decision changes: nothing is passed over or met twice."""
    statuses = (wanted.statuses or _SEEN) & _SEEN
    if not statuses:
        return
    still_seen, after = replace(wanted, statuses=statuses), ""
    while ids := await uow.issues.ids(project, still_seen, limit=_ISSUES_PER_PART, after=after):
        after = ids[-1]
        yield [IssueName(project.project_id, issue_id) for issue_id in ids]
