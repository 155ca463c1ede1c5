"""Where issues are looked for: on a branch as of today, or as of one of its analyses."""

from __future__ import annotations

from dataclasses import replace

from flext_quality.application.ports.issues import IssueFilter
from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.analyses.analysis import Analysis, AnalysisState
from flext_quality.domain.analyses.comparison import SeenAs
from flext_quality.domain.errors import AnalysisNotFinishedError, DataExpiredError
from flext_quality.domain.identifiers import AnalysisName, ProjectName


def seen_as(analysis: Analysis) -> SeenAs:
    """Which of its branch's analyses it is.

    Raises:
        AnalysisNotFinishedError: it has not SUCCEEDED.
        DataExpiredError: it has, but in a version of the server that did not follow issues.
    """
    if analysis.state is not AnalysisState.SUCCEEDED:
        raise AnalysisNotFinishedError(str(analysis.name), analysis.state.name)
    if analysis.results is None:
        raise DataExpiredError(str(analysis.name))
    return SeenAs(analysis.branch, analysis.results.sequence)


async def in_scope(
    uow: UnitOfWork, project: ProjectName, wanted: IssueFilter, analysis: AnalysisName | None
) -> IssueFilter:
    """The filter, as of `analysis` if one is given.

    Raises:
        QualityError: as ListIssues in the contract.
    """
    (await uow.projects.get(project)).unwrap()
    if analysis is None:
        return wanted
    seen = seen_as((await uow.analyses.get(analysis)).unwrap())
    return replace(wanted, branch=seen.branch, as_of=seen.sequence)
