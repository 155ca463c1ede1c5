"""From what SARIF says of a result to severity, category and confidence: the tables in docs/severity.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import MappingProxyType

from flext_quality.domain.findings.finding import Category, Confidence, Severity

SARIF_LEVELS = MappingProxyType(
    {
        "error": Severity.HIGH,
        "warning": Severity.MEDIUM,
        "note": Severity.LOW,
        "none": Severity.INFO,
    }
)
"""Severity by a result's level."""
SARIF_DEFAULT_LEVEL = "warning"
"""SARIF 2.1.0, §3.50.3."""
SARIF_SECURITY_SEVERITIES = (
    (9.0, Severity.CRITICAL),
    (7.0, Severity.HIGH),
    (4.0, Severity.MEDIUM),
    (0.0, Severity.LOW),
)
"""Severity by the least score, on the scale of CVSS, of the property `security-severity`."""

_SARIF_TAGS = {
    Category.SECURITY: "security vulnerability",
    Category.RELIABILITY: "correctness reliability bug bugs suspicious error-prone",
    Category.DUPLICATION: "duplication duplicate duplicate-code clone",
    Category.DEAD_CODE: "dead-code unused unused-code useless-code",
    Category.MAINTAINABILITY: "maintainability complexity readability code-smell refactoring design",
    Category.STYLE: "style formatting convention conventions layout naming stylistic",
}
SARIF_TAGS = MappingProxyType(
    {tag: category for category, tags in _SARIF_TAGS.items() for tag in tags.split()}
)
"""Category by a tag of the rule; the first in the order of this table wins."""
_SARIF_SECURITY_TAG = re.compile(r"(external/cwe|cwe|owasp)([-/: ].*)?")

SARIF_PRECISIONS = MappingProxyType(
    {
        "very-high": Confidence.HIGH,
        "high": Confidence.HIGH,
        "medium": Confidence.MEDIUM,
        "low": Confidence.LOW,
    }
)
"""Confidence by the property `precision`."""
SARIF_RANKS = ((66.0, Confidence.HIGH), (33.0, Confidence.MEDIUM), (0.0, Confidence.LOW))
"""Confidence by the least rank, 0 to 100, where there is no precision."""


def sarif_severity(level: str, security_severity: object) -> Severity:
    """The severity of a level; that of the score of security, if there is one above 0."""
    score = _number(security_severity)
    if score is not None and score > 0:
        return next(severity for least, severity in SARIF_SECURITY_SEVERITIES if score >= least)
    return SARIF_LEVELS.get(level, SARIF_LEVELS[SARIF_DEFAULT_LEVEL])


def sarif_category(tags: Sequence[str], *, has_security_score: bool) -> Category:
    """The category that tags name; UNSPECIFIED where none does."""
    words = [tag.strip().lower() for tag in tags]
    if has_security_score or any(_SARIF_SECURITY_TAG.fullmatch(word) for word in words):
        return Category.SECURITY
    named = {SARIF_TAGS[word] for word in words if word in SARIF_TAGS}
    return next((category for category in _SARIF_TAGS if category in named), Category.UNSPECIFIED)


def sarif_confidence(precision: object, rank: float | None) -> Confidence:
    """The confidence that a precision or else a rank stands for."""
    if isinstance(precision, str) and precision.lower() in SARIF_PRECISIONS:
        return SARIF_PRECISIONS[precision.lower()]
    if rank is None or not 0 <= rank <= 100:  # noqa: PLR2004  # as the standard has it
        return Confidence.UNSPECIFIED
    return next(confidence for least, confidence in SARIF_RANKS if rank >= least)


def _number(value: object) -> float | None:
    """Scores are written as numbers and as strings."""
    try:
        return float(value) if isinstance(value, int | float | str) else None
    except ValueError:
        return None
