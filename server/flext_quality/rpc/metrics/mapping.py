"""Figures to protobuf."""

from __future__ import annotations

from flext.quality.v1 import metrics_pb2
from flext_quality.domain.analyses.project_metrics import AnalyzerMetrics, ProjectMetrics
from flext_quality.domain.metrics.path_measures import PathMeasures
from flext_quality.rpc.metrics.score_mapping import score_to_proto
from flext_quality.rpc.metrics.series_mapping import measures_to_proto
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
        measures=measures_to_proto(metrics.measures),
        score=None if metrics.score is None else score_to_proto(metrics.score),
    )


def path_measures_to_proto(measures: PathMeasures) -> metrics_pb2.PathMeasures:
    """The message of a file's or directory's measures."""
    return metrics_pb2.PathMeasures(
        path=measures.path,
        is_directory=measures.is_directory,
        measures=measures_to_proto(measures.values),
    )


def _analyzer_to_proto(metrics: AnalyzerMetrics) -> metrics_pb2.AnalyzerMetrics:
    return metrics_pb2.AnalyzerMetrics(
        analyzer=metrics.analyzer,
        finding_count=metrics.severity_counts.total,
        severity_counts=severity_counts(metrics.severity_counts),
        findings_per_thousand_lines=metrics.findings_per_thousand_lines,
    )
