"""Dead code: vulture's definitions and uses of each file, put together for the whole program."""

from flext_quality.infrastructure.analyzers.deadcode.analyzer import DeadCodeAnalyzer

__all__ = ["DeadCodeAnalyzer"]
