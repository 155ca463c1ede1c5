"""Analyses as rows, and back."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec
from sqlalchemy import RowMapping

from flext_quality.domain.analyses.analysis import Analysis, AnalysisResults, AnalysisState
from flext_quality.domain.errors import ErrorReason
from flext_quality.domain.findings.outcome import AnalyzerOutcome, AnalyzerState, Failure
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.infrastructure.persistence.rows import Values

_outcomes_encoder = msgspec.json.Encoder()
_outcomes_decoder = msgspec.json.Decoder(list[AnalyzerOutcome])
_results_encoder = msgspec.json.Encoder()
_results_decoder = msgspec.json.Decoder(AnalysisResults)


def analysis_values(analysis: Analysis) -> Values:
    """An analysis's row."""
    failure, results = analysis.failure, analysis.results
    return {
        "project_id": analysis.name.project_id,
        "analysis_id": analysis.name.analysis_id,
        "created_at": analysis.created_at,
        "outcomes": _outcomes_encoder.encode(list(analysis.outcomes.values())).decode(),
        "owner": analysis.owner,
        "state": int(analysis.state),
        "attempt": analysis.attempt,
        "cancel_requested": analysis.cancel_requested,
        "started_at": analysis.started_at,
        "ended_at": analysis.ended_at,
        "file_count": analysis.file_count,
        "lines_of_code": analysis.lines_of_code,
        "skipped_file_count": analysis.skipped_file_count,
        "failure_reason": failure.reason.value if failure else None,
        "failure_message": failure.message if failure else None,
        "failure_metadata": json.dumps(dict(failure.metadata)) if failure else None,
        "last_sequence": analysis.last_sequence,
        "branch": analysis.branch,
        "branch_sequence": results.sequence if results else None,
        "knowledge": _results_text(results),
        "snapshot": results.snapshot if results else "",
        "trace_context": analysis.trace_context or None,
    }


def succeeded_outcome(analyzer: str) -> str:
    """The text by which an analysis's outcomes say that the analyzer SUCCEEDED."""
    outcome = AnalyzerOutcome(analyzer, AnalyzerState.SUCCEEDED)
    text = _outcomes_encoder.encode(outcome).decode()
    return text[: text.index(',"version"')]


def analysis_from(row: RowMapping) -> Analysis:
    """The analysis of a row."""
    reason = row["failure_reason"]
    outcomes = _outcomes_decoder.decode(row["outcomes"])
    return Analysis(
        name=AnalysisName(row["project_id"], row["analysis_id"]),
        created_at=row["created_at"],
        outcomes={outcome.analyzer: outcome for outcome in outcomes},
        owner=row["owner"],
        state=AnalysisState(row["state"]),
        attempt=row["attempt"],
        cancel_requested=row["cancel_requested"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        file_count=row["file_count"],
        lines_of_code=row["lines_of_code"],
        skipped_file_count=row["skipped_file_count"],
        failure=(
            Failure(
                ErrorReason(reason),
                row["failure_message"],
                json.loads(row["failure_metadata"] or "{}"),
            )
            if reason
            else None
        ),
        last_sequence=row["last_sequence"],
        branch=row["branch"],
        results=_results_from(row),
        trace_context=row["trace_context"] or "",
    )


def _results_text(results: AnalysisResults | None) -> str | None:
    # The snapshot has a column of its own, which retention empties.
    if results is None:
        return None
    return _results_encoder.encode(replace(results, snapshot="")).decode()


def _results_from(row: RowMapping) -> AnalysisResults | None:
    if row["knowledge"] is None:
        return None
    return replace(_results_decoder.decode(row["knowledge"]), snapshot=row["snapshot"])
