"""Stores a decision about issues and all that follows from it, in one unit of work."""

from __future__ import annotations

from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass

from flext_quality.application.metrics.reassess import Reassess
from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.identifiers import IssueName
from flext_quality.domain.issues.issue import Triage
from flext_quality.domain.projects.events import IssuesTriaged
from flext_quality.domain.projects.project import Project

NAMED_IN_EVENT = 10
"""How many of the issues the event names; it counts all of them."""


@dataclass(frozen=True)
class DecideIssues:
    """Stores a decision, records its event, and assesses the branches that it touches again."""

    reassess: Reassess

    async def __call__(
        self,
        uow: UnitOfWork,
        project: Project,
        parts: AsyncIterable[Sequence[IssueName]],
        decision: Triage,
    ) -> int:
        """How many issues were decided about. `project` is held for update; commits nothing."""
        count, first, branches = 0, list[IssueName](), set[str]()
        async for names in parts:
            ids = [name.issue_id for name in names]
            branches |= await uow.issues.decide(project.name, ids, decision)
            first += names[: NAMED_IN_EVENT - len(first)]
            count += len(names)
        if not count:
            return 0
        told = IssuesTriaged(decision.status, count, decision.author, decision.reason, tuple(first))
        project.tell(told, decision.time)
        await uow.projects.save(project)
        for branch in sorted(branches):
            await self.reassess(uow, project, branch)
        return count


async def in_parts(names: Sequence[IssueName]) -> AsyncIterable[Sequence[IssueName]]:
    """All at once."""
    yield names
