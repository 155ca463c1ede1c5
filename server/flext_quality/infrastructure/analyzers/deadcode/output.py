"""What `scanner.py` says of the files, and which of it is dead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from flext_quality.domain.findings.finding import Category, Confidence, Finding
from flext_quality.infrastructure.analyzers.deadcode.profile import PROFILE, SEVERITIES
from flext_quality.infrastructure.analyzers.per_file.result import FileResult

ALWAYS = 100
LIKELY = 80
"""Vulture's confidences, in percent, from which ours are HIGH and MEDIUM; docs/severity.md shows them."""

_UNREACHABLE = "unreachable_code"


class Definition(msgspec.Struct, array_like=True, gc=False):
    """What a file defines and does not use itself, or code in it that is never reached.

    `kind` and `confidence` (in percent) are vulture's.
    """

    kind: str
    name: str
    message: str
    line: int
    end_line: int
    confidence: int


class DeadCodeResult(FileResult, omit_defaults=True, kw_only=True, gc=False):
    """What a file defines and does not use, and which names it uses."""

    unused: list[Definition] = msgspec.field(default_factory=list)
    used: list[str] = msgspec.field(default_factory=list)


def unused(results: Sequence[DeadCodeResult], min_confidence: int) -> list[Finding]:
    """What no file uses, in order of the files and lines.

    As vulture, it goes by names alone: what is used anywhere makes all of that name used.
    """
    used = {name for result in results for name in result.used}
    return [
        _finding(result.path, one)
        for result in results
        for one in sorted(
            _dead(result.unused, used), key=lambda one: (one.line, one.kind, one.name)
        )
        if one.confidence >= min_confidence
    ]


def _dead(defined: Iterable[Definition], used: set[str]) -> list[Definition]:
    return [one for one in defined if one.kind == _UNREACHABLE or one.name not in used]


def _finding(path: str, one: Definition) -> Finding:
    rule = "unreachable-code" if one.kind == _UNREACHABLE else f"unused-{one.kind}"
    return Finding(
        analyzer=PROFILE.name,
        rule=rule,
        severity=SEVERITIES.of(rule),
        message=f"{one.message} ({one.confidence}% confidence)",
        path=path,
        line=one.line,
        end_line=one.end_line,
        confidence=confidence(one.confidence),
        category=Category.DEAD_CODE,
    )


def confidence(percent: int) -> Confidence:
    """Ours for vulture's."""
    if percent >= ALWAYS:
        return Confidence.HIGH
    return Confidence.MEDIUM if percent >= LIKELY else Confidence.LOW
