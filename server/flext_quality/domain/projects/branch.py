"""The branches of a project, as its analyses make them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.identifiers import AnalysisName


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of a project's code that analyses follow; it is there as long as it has an analysis.

    Attributes:
        name: empty for the main line.
        analysis_count: of analyses in whatever state.
        latest: the newest of them.
        created_at, updated_at: when the first and the newest of them were asked for.
        latest_succeeded: the newest that has SUCCEEDED; None: none has, or it was not asked for.
    """

    name: str
    analysis_count: int
    latest: AnalysisName
    created_at: datetime
    updated_at: datetime
    latest_succeeded: Analysis | None = None
