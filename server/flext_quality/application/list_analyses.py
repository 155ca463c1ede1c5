"""ListAnalyses: a project's analyses, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.application.views import AnalysisView, Page, page_limit
from flext_quality.domain.analysis import AnalysisState
from flext_quality.domain.identifiers import ProjectName


@dataclass(frozen=True)
class ListAnalyses:
    """Lists analyses. The cursor is the id of the last analysis of the page before."""

    uow: UnitOfWorkFactory

    async def __call__(
        self,
        project: ProjectName,
        *,
        page_size: int,
        cursor: str,
        states: Collection[AnalysisState],
    ) -> Page[AnalysisView]:
        """A page of analyses.

        Raises:
            ProjectNotFoundError: there is no such project.
        """
        limit = page_limit(page_size)
        async with self.uow(read_only=True) as uow:
            (await uow.projects.get(project)).unwrap()
            found = await uow.analyses.list(project, limit=limit + 1, before=cursor, states=states)
            views = [await AnalysisView.of(analysis, uow) for analysis in found[:limit]]
        more = len(found) > limit
        return Page(views, found[limit - 1].name.analysis_id if more else "")
