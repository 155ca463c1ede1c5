"""An analysis from the client's side."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from flext.quality.v1.analysis_pb2 import Analysis, AnalysisState, AnalyzerState
from flext_quality_client import QualityClient

_GOOD = {AnalyzerState.ANALYZER_STATE_SUCCEEDED, AnalyzerState.ANALYZER_STATE_SKIPPED}


def analyze(client: QualityClient, tree: Path, analyzers: Collection[str] = ()) -> Analysis:
    """Analyses a project to the end; by default with all analyzers.

    Raises:
        RuntimeError: the analysis, or one of its analyzers, did not succeed.
    """
    return checked(client.analyze(tree, analyzers).wait())


def checked(analysis: Analysis) -> Analysis:
    """The same analysis.

    Raises:
        RuntimeError: it, or one of its analyzers, did not succeed, nor had it nothing to do.
    """
    states = {outcome.state for outcome in analysis.outcomes}
    if analysis.state != AnalysisState.ANALYSIS_STATE_SUCCEEDED or not states <= _GOOD:
        raise RuntimeError(f"the analysis did not succeed:\n{analysis}")
    return analysis
