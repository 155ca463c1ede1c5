"""Figures to protobuf."""

from __future__ import annotations

from flext.quality.v1 import metrics_pb2
from flext_quality.domain.metrics import AnalyzerMetrics, ProjectMetrics
from flext_quality.rpc.values_mapping import severity_counts, timestamp


def metrics_to_proto(metrics: ProjectMetrics) -> metrics_pb2.ProjectMetrics:
    """The message of a project's figures."""
    return metrics_pb2.ProjectMetrics(
        project=str(metrics.analysis.project),
        analysis=str(metrics.analysis),
        time=timestamp(metrics.time),
        file_count=metrics.file_count,
        lines_of_code=metrics.lines_of_code,
        finding_count=metrics.severity_counts.total,
        severity_counts=severity_counts(metrics.severity_counts),
        findings_per_thousand_lines=metrics.findings_per_thousand_lines,
        analyzers=[_analyzer_to_proto(analyzer) for analyzer in metrics.analyzers],
    )


def _analyzer_to_proto(metrics: AnalyzerMetrics) -> metrics_pb2.AnalyzerMetrics:
    return metrics_pb2.AnalyzerMetrics(
        analyzer=metrics.analyzer,
        finding_count=metrics.severity_counts.total,
        severity_counts=severity_counts(metrics.severity_counts),
        findings_per_thousand_lines=metrics.findings_per_thousand_lines,
    )
