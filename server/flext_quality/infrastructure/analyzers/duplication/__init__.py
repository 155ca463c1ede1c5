"""jscpd, over the project's Python files, its pairs of clones made groups."""

from flext_quality.infrastructure.analyzers.duplication.analyzer import DuplicationAnalyzer
from flext_quality.infrastructure.analyzers.duplication.configuration import CloneSize

__all__ = ["CloneSize", "DuplicationAnalyzer"]
