"""Analyses and comparisons between the domain and protobuf."""

from __future__ import annotations

from typing import cast

from flext.quality.v1 import analysis_pb2, analysis_service_pb2, revision_pb2
from flext.quality.v1 import analysis_service_pb2 as pb
from flext_quality.application.analyses.compare_analyses import Comparison
from flext_quality.application.finished_analyses import AnalysisView
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.analyses.attachment import Attachment, AttachmentKind
from flext_quality.domain.analyses.comparison import ComparedIssue, IssueDifference
from flext_quality.domain.findings.outcome import AnalyzerOutcome
from flext_quality.rpc.gates.mapping import gate_result_to_proto
from flext_quality.rpc.issues.mapping import issue_counts_to_proto, issue_to_proto
from flext_quality.rpc.metrics.score_mapping import score_to_proto
from flext_quality.rpc.values_mapping import analysis_error, duration, severity_counts, timestamp


def attachment_from_proto(message: analysis_service_pb2.Attachment) -> Attachment:
    """The file that a client sent along."""
    return Attachment(AttachmentKind(message.kind), message.name, message.content)


def analysis_to_proto(analysis: Analysis, queue_position: int = 0) -> analysis_pb2.Analysis:
    """The message of an analysis."""
    counts, results = analysis.severity_counts, analysis.results
    message = analysis_pb2.Analysis(
        name=str(analysis.name),
        state=cast("analysis_pb2.AnalysisState", analysis.state),
        attempt=analysis.attempt,
        queue_position=queue_position,
        create_time=timestamp(analysis.created_at),
        start_time=timestamp(analysis.started_at),
        end_time=timestamp(analysis.ended_at),
        outcomes=[outcome_to_proto(outcome) for outcome in analysis.outcomes.values()],
        finding_count=counts.total,
        severity_counts=severity_counts(counts),
        file_count=analysis.file_count,
        lines_of_code=analysis.lines_of_code,
        skipped_file_count=analysis.skipped_file_count,
        error=analysis_error(analysis.failure),
        last_sequence=analysis.last_sequence,
        revision=revision_pb2.Revision(branch=analysis.branch),
    )
    if results is not None:
        message.issue_counts.CopyFrom(issue_counts_to_proto(results.issue_counts))
        message.score.CopyFrom(score_to_proto(results.score))
        message.previous_analysis = str(results.previous or "")
        if results.gate is not None:
            message.gate.CopyFrom(gate_result_to_proto(results.gate))
    return message


def view_to_proto(view: AnalysisView) -> analysis_pb2.Analysis:
    """The message of an analysis and its place in the queue."""
    return analysis_to_proto(view.analysis, view.queue_position)


def outcome_to_proto(outcome: AnalyzerOutcome) -> analysis_pb2.AnalyzerOutcome:
    """The message of an analyzer's outcome."""
    return analysis_pb2.AnalyzerOutcome(
        analyzer=outcome.analyzer,
        version=outcome.version,
        state=cast("analysis_pb2.AnalyzerState", outcome.state),
        finding_count=outcome.finding_count,
        severity_counts=severity_counts(outcome.severity_counts),
        duration=duration(outcome.duration),
        file_count=outcome.file_count,
        skipped_file_count=outcome.skipped_file_count,
        config_digest=outcome.config_digest,
        error=analysis_error(outcome.failure),
    )


def comparison_to_proto(comparison: Comparison, next_page_token: str) -> pb.CompareAnalysesResponse:
    """The message of a comparison."""
    counts = comparison.counts
    return pb.CompareAnalysesResponse(
        base_analysis=view_to_proto(AnalysisView(comparison.base)),
        head_analysis=view_to_proto(AnalysisView(comparison.head)),
        new_count=counts[IssueDifference.NEW],
        fixed_count=counts[IssueDifference.FIXED],
        persisting_count=counts[IssueDifference.PERSISTING],
        moved_count=counts[IssueDifference.MOVED],
        metrics=[
            pb.ComparedMetric(metric=one.metric, base_value=one.base, head_value=one.head)
            for one in comparison.metrics
        ],
        issues=[_issue_to_proto(one) for one in comparison.issues.items],
        next_page_token=next_page_token,
    )


def _issue_to_proto(compared: ComparedIssue) -> pb.ComparedIssue:
    return pb.ComparedIssue(
        difference=cast("pb.IssueDifference", compared.difference),
        issue=issue_to_proto(compared.issue),
        base_path=compared.base_path,
        base_line=compared.base_line,
    )
