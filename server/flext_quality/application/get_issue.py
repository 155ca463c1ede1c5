"""GetIssue: one issue as it stands."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.errors import IssueNotFoundError
from flext_quality.domain.identifiers import IssueName
from flext_quality.domain.issue import Issue


@dataclass(frozen=True)
class GetIssue:
    """Finds one issue: as on the main line or, if that never saw it, where it changed last."""

    uow: UnitOfWorkFactory

    async def __call__(self, name: IssueName) -> Issue:
        """The issue.

        Raises:
            IssueNotFoundError: there is none of that name.
        """
        async with self.uow(read_only=True) as uow:
            found = await uow.issues.get_many(name.project, [name.issue_id])
        if name.issue_id not in found:
            raise IssueNotFoundError(str(name))
        return found[name.issue_id]
