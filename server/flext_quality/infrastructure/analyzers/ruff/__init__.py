"""Ruff, with the project's own configuration made safe."""

from flext_quality.infrastructure.analyzers.ruff.analyzer import RuffAnalyzer

__all__ = ["RuffAnalyzer"]
