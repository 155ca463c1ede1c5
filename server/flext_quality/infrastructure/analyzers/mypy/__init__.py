"""MyPy with the project's own flags; docs/mypy.md tells what is run and when."""

from flext_quality.infrastructure.analyzers.mypy.analyzer import MyPyAnalyzer

__all__ = ["MyPyAnalyzer"]
