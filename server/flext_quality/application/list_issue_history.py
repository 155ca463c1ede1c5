"""ListIssueHistory: all that happened to one issue."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import IssueName
from flext_quality.domain.issue import IssueChange


@dataclass(frozen=True)
class ListIssueHistory:
    """Tells an issue's changes on all branches."""

    uow: UnitOfWorkFactory

    async def __call__(self, name: IssueName) -> list[IssueChange]:
        """The changes, oldest first.

        Raises:
            IssueNotFoundError: there is no issue of that name.
        """
        async with self.uow(read_only=True) as uow:
            return (await uow.issues.history(name)).unwrap()
