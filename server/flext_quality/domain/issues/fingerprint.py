"""Fingerprints, by which findings are recognised as known issues."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from flext_quality.domain.findings.finding import Finding, Location


class Fingerprint(NamedTuple):
    """By what a finding, or an issue as it was last seen, is recognised.

    A named tuple, since there are very many: its order is that of its fields.

    Attributes:
        line_hash: 64 bits over its line (`line_hash`); 0 where it has none.
        message_hash: 64 bits over its message.
        details_hash: 64 bits over all else that is told of it and may differ from time to time.
        issue_id: of an issue; empty for a finding.
    """

    analyzer: str
    rule: str
    path: str
    line: int
    column: int
    line_hash: int
    message_hash: int
    details_hash: int
    issue_id: str = ""

    @classmethod
    def of(cls, finding: Finding) -> Fingerprint:
        """The fingerprint of a finding."""
        return cls(
            finding.analyzer,
            finding.rule,
            finding.path,
            finding.line,
            finding.column,
            finding.line_hash,
            text_hash(finding.message),
            details_hash(finding),
        )


@lru_cache(maxsize=65_536)
def text_hash(text: str) -> int:
    """64 bits over a text; cached, since tools repeat most of their messages."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def details_hash(finding: Finding) -> int:
    """64 bits over what is neither place nor message: where it ends, how much it matters, ..."""
    return _details_hash(
        finding.severity,
        finding.category,
        finding.confidence,
        finding.cell,
        finding.end_line - finding.line if finding.end_line else 0,
        finding.end_column,
        finding.documentation_url,
        finding.related,
    )


@lru_cache(maxsize=65_536)
def _details_hash(
    severity: int,
    category: int,
    confidence: int,
    cell: int,
    lines: int,
    end_column: int,
    url: str,
    related: tuple[Location, ...],
) -> int:
    numbers = f"{severity:d} {category:d} {confidence:d} {cell} {lines} {end_column}"
    return text_hash(f"{numbers} {url} {related or ''}")
