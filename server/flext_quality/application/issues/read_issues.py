"""GetIssue, ListIssues and ListIssueHistory: issues as they stand, and what happened to them."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.issues.scope import in_scope
from flext_quality.application.pages import DEFAULT_ISSUES_PAGE_SIZE, Page, page_limit
from flext_quality.application.ports.issues import IssueFilter, IssueOrder
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.errors import IssueNotFoundError
from flext_quality.domain.identifiers import AnalysisName, IssueName, ProjectName
from flext_quality.domain.issues.issue import Issue, IssueChange


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


@dataclass(frozen=True)
class ListIssues:
    """Pages through the stored issues and counts them."""

    uow: UnitOfWorkFactory

    async def __call__(
        self,
        project: ProjectName,
        *,
        wanted: IssueFilter,
        analysis: AnalysisName | None,
        order: IssueOrder,
        page_size: int,
        cursor: str,
    ) -> tuple[Page[Issue], int]:
        """A page of issues, and how many there are over all pages.

        Raises:
            QualityError: as ListIssues in the contract.
        """
        limit = page_limit(page_size, DEFAULT_ISSUES_PAGE_SIZE)
        async with self.uow(read_only=True) as uow:
            scoped = await in_scope(uow, project, wanted, analysis)
            total = await uow.issues.count(project, scoped)
            issues, following = await uow.issues.page(
                project, scoped, order=order, limit=limit, after=cursor
            )
        return Page(issues, following), total


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
