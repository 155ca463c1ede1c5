"""ListBranches: a project's branches and how each stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flext_quality.application.metrics.succeeded_analysis import latest_succeeded
from flext_quality.application.pages import Page, page_limit, page_of
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.projects.branch import Branch


@dataclass(frozen=True)
class ListBranches:
    """Lists branches. The cursor is "/" and the name of the last branch of the page before."""

    uow: UnitOfWorkFactory

    async def __call__(self, project: ProjectName, *, page_size: int, cursor: str) -> Page[Branch]:
        """A page of branches, the main line first and the others in the order of their names.

        Raises:
            ProjectNotFoundError: there is no such project.
        """
        limit = page_limit(page_size)
        after = cursor[1:] if cursor else None
        async with self.uow(read_only=True) as uow:
            (await uow.projects.get(project)).unwrap()
            found = await uow.analyses.branches(project, limit=limit + 1, after=after)
            branches = await _with_latest(uow, project, found)
        return page_of(branches, limit, lambda branch: f"/{branch.name}")


async def _with_latest(
    uow: UnitOfWork, project: ProjectName, branches: Sequence[Branch]
) -> list[Branch]:
    """The same with the latest succeeded analysis of each."""
    names = [branch.name for branch in branches]
    latest = {one.branch: one for one in await uow.analyses.latest_of_branches(project, names)}
    return [
        replace(
            branch,
            latest_succeeded=latest.get(branch.name)
            or await latest_succeeded(uow, project, branch.name),
        )
        for branch in branches
    ]
