from datetime import UTC, datetime

from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.analyses.events import SourcePrepared
from flext_quality.domain.analyses.project_metrics import ProjectMetrics
from flext_quality.domain.errors import ToolFailedError
from flext_quality.domain.findings.finding import Finding, Severity
from flext_quality.domain.identifiers import AnalysisName

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def finished(lines_of_code: int) -> Analysis:
    analysis = Analysis.queue(AnalysisName("shop", "0" * 26), ["bandit", "ruff"], "me", NOW)
    analysis.start(NOW)
    analysis.source_prepared(SourcePrepared(2, lines_of_code, 999, 0), NOW)
    analysis.findings_reported("ruff", [Finding("ruff", "E1", Severity.LOW, "m", "a.py")] * 3, NOW)
    analysis.findings_reported("bandit", [Finding("bandit", "B1", Severity.HIGH, "m", "a.py")], NOW)
    analysis.analyzer_succeeded("ruff", NOW)
    analysis.analyzer_failed("bandit", ToolFailedError("bandit", 1, ""), NOW)
    analysis.finish(NOW)
    return analysis


def test_density_counts_findings_for_each_thousand_lines() -> None:
    """3 findings in 1,500 lines of code are 2 for each 1,000."""
    metrics = ProjectMetrics.of(finished(1500))
    assert metrics.findings_per_thousand_lines == 2.0
    assert metrics.analyzers[0].findings_per_thousand_lines == 2.0


def test_an_analyzer_that_failed_is_not_measured() -> None:
    """Half a result is not a figure: it is left out, and not counted as zero either."""
    metrics = ProjectMetrics.of(finished(1500))
    assert [a.analyzer for a in metrics.analyzers] == ["ruff"]
    assert metrics.severity_counts.total == 3


def test_without_code_there_is_no_density() -> None:
    """Nothing is divided by zero, and no number is made up."""
    metrics = ProjectMetrics.of(finished(0))
    assert metrics.findings_per_thousand_lines is None
