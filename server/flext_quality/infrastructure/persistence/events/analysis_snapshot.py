"""An analysis as it was at one moment, as the event of its end keeps it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from flext_quality.domain.analyses.analysis import Analysis, AnalysisResults, AnalysisState
from flext_quality.domain.findings.outcome import AnalyzerOutcome, Failure
from flext_quality.domain.identifiers import AnalysisName


class AnalysisSnapshot(msgspec.Struct, frozen=True):
    """The attributes of `Analysis` that are stored; see there. New ones need defaults."""

    name: str
    created_at: datetime
    outcomes: list[AnalyzerOutcome]
    owner: str
    state: AnalysisState
    attempt: int
    cancel_requested: bool
    started_at: datetime | None
    ended_at: datetime | None
    file_count: int
    lines_of_code: int
    skipped_file_count: int
    failure: Failure | None
    last_sequence: int
    branch: str = ""
    knowledge: AnalysisResults | None = None

    @classmethod
    def of(cls, analysis: Analysis) -> AnalysisSnapshot:
        """The analysis as it is now."""
        return cls(
            name=str(analysis.name),
            created_at=analysis.created_at,
            outcomes=list(analysis.outcomes.values()),
            owner=analysis.owner,
            state=analysis.state,
            attempt=analysis.attempt,
            cancel_requested=analysis.cancel_requested,
            started_at=analysis.started_at,
            ended_at=analysis.ended_at,
            file_count=analysis.file_count,
            lines_of_code=analysis.lines_of_code,
            skipped_file_count=analysis.skipped_file_count,
            failure=analysis.failure,
            last_sequence=analysis.last_sequence,
            branch=analysis.branch,
            knowledge=analysis.results,
        )

    def restore(self) -> Analysis:
        """The analysis as it was."""
        return Analysis(
            name=AnalysisName.parse(self.name),
            created_at=self.created_at,
            outcomes={outcome.analyzer: outcome for outcome in self.outcomes},
            owner=self.owner,
            state=self.state,
            attempt=self.attempt,
            cancel_requested=self.cancel_requested,
            started_at=self.started_at,
            ended_at=self.ended_at,
            file_count=self.file_count,
            lines_of_code=self.lines_of_code,
            skipped_file_count=self.skipped_file_count,
            failure=self.failure,
            last_sequence=self.last_sequence,
            branch=self.branch,
            results=self.knowledge,
        )
