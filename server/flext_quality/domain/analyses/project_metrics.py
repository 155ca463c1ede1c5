"""Figures about a project, derived from one analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.findings.finding import SeverityCounts
from flext_quality.domain.findings.outcome import AnalyzerState
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.domain.metrics.measuring import per_thousand_lines
from flext_quality.domain.metrics.score import Score


@dataclass(frozen=True, slots=True)
class AnalyzerMetrics:
    """What one analyzer measured."""

    analyzer: str
    severity_counts: SeverityCounts
    findings_per_thousand_lines: float | None


@dataclass(frozen=True, slots=True)
class ProjectMetrics:
    """What one succeeded analysis measured.

    Attributes:
        measures: of all code and of new code by metric key; empty of one that made nothing known.
        score: None of one that made nothing known.
    """

    analysis: AnalysisName
    time: datetime
    file_count: int
    lines_of_code: int
    severity_counts: SeverityCounts
    findings_per_thousand_lines: float | None
    analyzers: tuple[AnalyzerMetrics, ...]
    measures: Mapping[str, float] = field(default_factory=dict)
    score: Score | None = None

    @classmethod
    def of(cls, analysis: Analysis) -> ProjectMetrics:
        """The figures of an ended analysis. Analyzers that did not succeed are left out."""
        measured = [o for o in analysis.outcomes.values() if o.state is AnalyzerState.SUCCEEDED]
        counts = sum((o.severity_counts for o in measured), SeverityCounts())
        lines, known = analysis.lines_of_code, analysis.results
        return cls(
            analysis=analysis.name,
            time=analysis.ended_at or analysis.created_at,
            file_count=analysis.file_count,
            lines_of_code=lines,
            severity_counts=counts,
            findings_per_thousand_lines=per_thousand_lines(counts.total, lines),
            analyzers=tuple(
                AnalyzerMetrics(
                    o.analyzer, o.severity_counts, per_thousand_lines(o.finding_count, lines)
                )
                for o in measured
            ),
            measures={**known.measures, **known.new_code_measures} if known else {},
            score=known.score if known else None,
        )
