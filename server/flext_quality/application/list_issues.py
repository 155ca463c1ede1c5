"""ListIssues: a project's issues, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.application.issue_scope import in_scope
from flext_quality.application.ports.issues import IssueFilter, IssueOrder
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.application.views import DEFAULT_ISSUES_PAGE_SIZE, Page, page_limit
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.issue import Issue


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
