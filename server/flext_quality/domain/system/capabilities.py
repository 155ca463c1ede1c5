"""What a server can do, in words for clients and registries. docs/discovery.md lists them."""

from __future__ import annotations

from collections.abc import Collection

_ALWAYS = frozenset(
    {
        "analysis_streaming",
        "issue_tracking",
        "metrics_collection",
        "quality_gates",
        "reports",
    }
)

_OF_ANALYZERS = {
    "bandit": "security_scanning",
    "complexity": "complexity_analysis",
    "coverage": "coverage_import",
    "deadcode": "dead_code_detection",
    "duplication": "duplication_detection",
    "mypy": "type_checking",
    "ruff": "linting",
    "sarif": "sarif_import",
}

_IMPORTERS = frozenset({"coverage", "sarif"})
"""They read what other tools found, and find nothing by themselves."""


def capabilities_of(analyzers: Collection[str]) -> tuple[str, ...]:
    """The words, in alphabetical order, for a server on which these analyzers can do their work."""
    words = set(_ALWAYS)
    words.update(word for name, word in _OF_ANALYZERS.items() if name in analyzers)
    if set(analyzers) - _IMPORTERS:
        words.add("code_quality_analysis")
    return tuple(sorted(words))
