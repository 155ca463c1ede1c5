"""GetAnalysis and ListAnalyses: analyses as they stand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flext_quality.application.finished_analyses import AnalysisView, FinishedAnalyses
from flext_quality.application.pages import Page, page_limit
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import AnalysisState
from flext_quality.domain.identifiers import AnalysisName, ProjectName


@dataclass(frozen=True)
class GetAnalysis:
    """Finds one analysis."""

    uow: UnitOfWorkFactory
    finished: FinishedAnalyses

    async def __call__(self, name: AnalysisName) -> AnalysisView:
        """The analysis.

        Raises:
            AnalysisNotFoundError: there is none of that name.
        """
        if (known := self.finished.get(name)) is not None:
            return AnalysisView(known)
        async with self.uow(read_only=True) as uow:
            analysis = (await uow.analyses.get(name)).unwrap()
            if analysis.state.is_final:
                self.finished.put(analysis)
            return await AnalysisView.of(analysis, uow)


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
