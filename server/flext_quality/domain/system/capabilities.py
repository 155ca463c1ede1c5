"""What a server can do, in words for clients and registries. docs/discovery.md lists them."""

from __future__ import annotations

from collections.abc import Collection

from flext_quality.domain.findings.profile import AnalyzerProfile

_ALWAYS = frozenset(
    {
        "analysis_streaming",
        "issue_tracking",
        "metrics_collection",
        "quality_gates",
        "reports",
    }
)


def capabilities_of(profiles: Collection[AnalyzerProfile]) -> tuple[str, ...]:
    """The words, in alphabetical order, for a server on which the analyzers of these profiles work."""
    words = _ALWAYS.union(*(profile.capabilities for profile in profiles))
    if not all(profile.is_importer for profile in profiles):
        words |= {"code_quality_analysis"}
    return tuple(sorted(words))
