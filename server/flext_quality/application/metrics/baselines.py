"""Finds the analysis that new code is compared with."""

from __future__ import annotations

from datetime import datetime, timedelta

from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.gates.quality_gate import (
    NewCode,
    SinceAnalysis,
    SinceBranch,
    SinceDays,
    SincePrevious,
)
from flext_quality.domain.identifiers import ProjectName


async def baseline_of(
    uow: UnitOfWork,
    project: ProjectName,
    branch: str,
    sequence: int,
    ended: datetime,
    since: NewCode,
) -> Analysis | None:
    """The analysis that the code of the `sequence`-th analysis of `branch` is compared with, if any.

    It is the same whenever it is asked for: only what there was at `ended`, when the analysis ended, counts.
    A gate that compares with a branch compares that branch itself with its analysis before.
    """
    match since:
        case SinceAnalysis(name):
            found = (await uow.analyses.get(name)).data
            return found if found is not None and found.results is not None else None
        case SinceDays(days):
            return await uow.analyses.newest_before(project, branch, ended - timedelta(days=days))
        case SinceBranch(base) if base != branch:
            return await uow.analyses.newest_before(project, base, ended)
        case SincePrevious() | SinceBranch():
            if sequence <= 1:
                return None
            return await uow.analyses.by_sequence(project, branch, sequence - 1)
