"""The details of an analysis that retention may have removed."""

from __future__ import annotations

from flext_quality.application.metrics.assess_analysis import Assessed, kept_records
from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.errors import DataExpiredError


async def kept_details(uow: UnitOfWork, analysis: Analysis) -> Assessed:
    """The SUCCEEDED analysis with the records of its files.

    Raises:
        DataExpiredError: they are not kept; it names the nearest later analysis of the branch whose are.
    """
    records, known = await kept_records(uow, analysis), analysis.results
    if records is None or known is None:
        raise DataExpiredError(str(analysis.name), await _nearest(uow, analysis))
    latest = await uow.analyses.latest(analysis.name.project, analysis.branch)
    is_latest = latest is None or latest.name == analysis.name
    return Assessed(analysis, known.sequence, records, is_latest=is_latest)


async def _nearest(uow: UnitOfWork, analysis: Analysis) -> str:
    """Empty if there is none."""
    project, branch = analysis.name.project, analysis.branch
    sequence = analysis.results.sequence if analysis.results else 0
    while True:
        sequence += 1
        later = await uow.analyses.by_sequence(project, branch, sequence)
        if later is None:
            return ""
        if later.results is not None and later.results.snapshot:
            return str(later.name)
