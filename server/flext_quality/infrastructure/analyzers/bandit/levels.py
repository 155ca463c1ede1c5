"""Bandit's own levels, which are taken as they are. docs/severity.md shows them."""

from __future__ import annotations

from types import MappingProxyType

from flext_quality.domain.findings.finding import Severity

SEVERITIES = MappingProxyType(
    {
        "HIGH": Severity.HIGH,
        "MEDIUM": Severity.MEDIUM,
        "LOW": Severity.LOW,
        "UNDEFINED": Severity.INFO,
    }
)
"""Severity by Bandit's own."""


def severity_of(level: str) -> Severity:
    """The severity of Bandit's `issue_severity`; INFO of one that is not known."""
    return SEVERITIES.get(level, Severity.INFO)
