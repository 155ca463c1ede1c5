"""TriageIssue: a person's decision about one issue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flext_quality.application.issues.decide_issues import DecideIssues, in_parts
from flext_quality.application.ports.clock import Clock
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.errors import IssueNotFoundError
from flext_quality.domain.identifiers import IssueName
from flext_quality.domain.issues.issue import Issue, IssueStatus, Triage
from flext_quality.domain.issues.triage import check_decidable, decision


@dataclass(frozen=True, slots=True)
class TriageDecision:
    """What a person wants to decide; nothing of it has been checked yet."""

    status: IssueStatus
    author: str
    reason: str = ""
    expires_at: datetime | None = None

    def at(self, now: datetime) -> Triage:
        """The decision, taken now.

        Raises:
            InvalidFieldError: the parts do not fit together.
        """
        return decision(self.status, self.author, self.reason, self.expires_at, now)


@dataclass(frozen=True)
class TriageIssue:
    """Triages one issue."""

    uow: UnitOfWorkFactory
    decide: DecideIssues
    clock: Clock

    async def __call__(self, name: IssueName, decision: TriageDecision, *, etag: str) -> Issue:
        """The issue after the decision.

        Raises:
            QualityError: as TriageIssue in the contract.
        """
        async with self.uow() as uow:
            project = (await uow.projects.get(name.project, for_update=True)).data
            found = await uow.issues.get_many(name.project, [name.issue_id])
            if project is None or name.issue_id not in found:
                raise IssueNotFoundError(str(name))
            decided = decision.at(self.clock())
            seen = await uow.issues.seen(name.project, [name.issue_id])
            check_decidable(found[name.issue_id], is_seen=bool(seen), etag=etag)
            await self.decide(uow, project, in_parts([name]), decided)
            changed = await uow.issues.get_many(name.project, [name.issue_id])
            await uow.commit()
        return changed[name.issue_id]
