"""Finds the succeeded analysis, or the branch, that a call is about."""

from __future__ import annotations

from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.analyses.analysis import Analysis, AnalysisState
from flext_quality.domain.errors import (
    AnalysisNotFinishedError,
    BranchNotFoundError,
    NoFinishedAnalysisError,
)
from flext_quality.domain.identifiers import AnalysisName, ProjectName


async def succeeded_analysis(
    uow: UnitOfWork, project: ProjectName, analysis: AnalysisName | None, branch: str = ""
) -> Analysis:
    """The analysis of that name, or the latest SUCCEEDED one of the branch; empty: of the main line.

    Raises:
        AnalysisNotFoundError: there is none of that name.
        AnalysisNotFinishedError: it has not SUCCEEDED.
        BranchNotFoundError: none is named, and the project has no such branch.
        NoFinishedAnalysisError: none is named, and the branch has none.
    """
    if analysis is not None:
        named = (await uow.analyses.get(analysis)).unwrap()
        if named.state is not AnalysisState.SUCCEEDED:
            raise AnalysisNotFinishedError(str(analysis), named.state.name)
        return named
    if (latest := await latest_succeeded(uow, project, branch)) is not None:
        return latest
    await check_branch(uow, project, branch)
    raise NoFinishedAnalysisError(str(project), branch)


async def latest_succeeded(uow: UnitOfWork, project: ProjectName, branch: str) -> Analysis | None:
    """The branch's latest SUCCEEDED analysis, if it has one."""
    if (latest := await uow.analyses.latest(project, branch)) is not None:
        return latest
    # Those of versions that made nothing known have no number.
    earlier = await uow.analyses.list(
        project, limit=1, states=[AnalysisState.SUCCEEDED], branch=branch
    )
    return next(iter(earlier), None)


async def check_branch(uow: UnitOfWork, project: ProjectName, branch: str) -> None:
    """Does nothing for a branch that the project has; it always has a main line.

    Raises:
        BranchNotFoundError: it has no such branch.
    """
    if branch and not await uow.analyses.list(project, limit=1, branch=branch):
        raise BranchNotFoundError(str(project), branch)
