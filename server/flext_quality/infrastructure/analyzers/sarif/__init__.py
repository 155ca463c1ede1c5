"""SARIF 2.1.0: logs that clients send, and commands that print them."""

from flext_quality.infrastructure.analyzers.sarif.command import SarifCommand, SarifCommandAnalyzer
from flext_quality.infrastructure.analyzers.sarif.importer import SarifAnalyzer

__all__ = ["SarifAnalyzer", "SarifCommand", "SarifCommandAnalyzer"]
