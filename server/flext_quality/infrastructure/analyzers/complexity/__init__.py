"""Complexity of functions and files: radon, complexipy and nesting depth, with a cache for each file."""

from flext_quality.infrastructure.analyzers.complexity.analyzer import ComplexityAnalyzer

__all__ = ["ComplexityAnalyzer"]
