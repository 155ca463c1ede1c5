"""Finds the succeeded analysis that a call is about."""

from __future__ import annotations

from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.analyses.analysis import Analysis, AnalysisState
from flext_quality.domain.errors import AnalysisNotFinishedError, NoFinishedAnalysisError
from flext_quality.domain.identifiers import AnalysisName, ProjectName


async def succeeded_analysis(
    uow: UnitOfWork, project: ProjectName, analysis: AnalysisName | None
) -> Analysis:
    """The analysis of that name, or the latest SUCCEEDED one of the project's main line.

    Raises:
        AnalysisNotFoundError: there is none of that name.
        AnalysisNotFinishedError: it has not SUCCEEDED.
        NoFinishedAnalysisError: none is named, and the main line has none.
    """
    if analysis is not None:
        named = (await uow.analyses.get(analysis)).unwrap()
        if named.state is not AnalysisState.SUCCEEDED:
            raise AnalysisNotFinishedError(str(analysis), named.state.name)
        return named
    if (latest := await uow.analyses.latest(project, "")) is not None:
        return latest
    # Those of versions that made nothing known have no number; they had no branches either.
    earlier = await uow.analyses.list(project, limit=1, states=[AnalysisState.SUCCEEDED])
    if not earlier or earlier[0].branch:
        raise NoFinishedAnalysisError(str(project))
    return earlier[0]
