"""What the server knows of tools whose SARIF logs it reads: next to nothing, for the logs say it."""

from __future__ import annotations

from flext_quality.domain.findings.profile import AnalyzerProfile

PROFILE = AnalyzerProfile(name="sarif", capabilities=frozenset({"sarif_import"}), is_importer=True)
"""Of the logs that clients send along."""


def command_profile(name: str) -> AnalyzerProfile:
    """Of an operator's command that prints SARIF."""
    return AnalyzerProfile(name)
