"""ListPathMeasures: what was measured about files and directories."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from dataclasses import dataclass

from flext_quality.application.metrics.assess_analysis import succeeded
from flext_quality.application.metrics.kept_details import kept_details
from flext_quality.application.metrics.succeeded_analysis import succeeded_analysis
from flext_quality.application.pages import DEFAULT_FINDINGS_PAGE_SIZE, Page, page_limit
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.findings.profile import AnalyzerProfiles
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.metrics.path_measures import PathMeasures, PathTree, path_order


@dataclass(frozen=True)
class ListPathMeasures:
    """Puts a project's tree together, and pages through it."""

    uow: UnitOfWorkFactory
    profiles: AnalyzerProfiles

    async def __call__(
        self,
        project: ProjectName,
        analysis: AnalysisName | None,
        *,
        path_prefix: str,
        depth: int,
        page_size: int,
        cursor: str,
    ) -> tuple[AnalysisName, Page[PathMeasures]]:
        """The analysis, and a page of its paths. The cursor is "/" and the last path of the page before.

        Raises:
            QualityError: as ListPathMeasures in the contract.
        """
        async with self.uow(read_only=True) as uow:
            (await uow.projects.get(project)).unwrap()
            found = await succeeded_analysis(uow, project, analysis)
            that = await kept_details(uow, found)
            tallies = await uow.issues.tallies(project, found.branch, as_of=that.as_of)
        limit = page_limit(page_size, DEFAULT_FINDINGS_PAGE_SIZE)
        measured = self.profiles.measured_categories(succeeded(found))
        tree = await asyncio.to_thread(PathTree, that.records, tallies, measured)
        return found.name, await asyncio.to_thread(_page, tree, path_prefix, depth, limit, cursor)


def _page(
    tree: PathTree, path_prefix: str, depth: int, limit: int, cursor: str
) -> Page[PathMeasures]:
    paths = tree.paths(path_prefix, depth)
    start = bisect_right(paths, path_order(cursor[1:]), key=path_order) if cursor else 0
    chosen = paths[start : start + limit]
    following = f"/{chosen[-1]}" if start + limit < len(paths) else ""
    measures = (tree.measures(path) for path in chosen)
    return Page([one for one in measures if one is not None], following)
