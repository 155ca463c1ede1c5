"""What `scanner.py` says of a file, and what it means to us.

A line's columns count from 1, in characters, as ours do; 0 stands for none.
"""

from __future__ import annotations

import msgspec

from flext_quality.domain.analyses.events import SkipReason
from flext_quality.domain.findings.finding import Confidence, Finding
from flext_quality.infrastructure.analyzers.bandit.levels import severity_of
from flext_quality.infrastructure.analyzers.bandit.rules import NAME
from flext_quality.infrastructure.analyzers.per_file.result import FileResult

_CONFIDENCES = {
    "HIGH": Confidence.HIGH,
    "MEDIUM": Confidence.MEDIUM,
    "LOW": Confidence.LOW,
}


class Result(msgspec.Struct, omit_defaults=True, gc=False):
    """A finding."""

    rule: str
    severity: str
    confidence: str
    message: str
    line: int
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    url: str = ""


class BanditResult(FileResult, omit_defaults=True, kw_only=True, gc=False):
    """What there is to say about a file.

    Attributes:
        failed_checks: messages of checks that crashed, while the others went on.
    """

    results: list[Result] = msgspec.field(default_factory=list)
    failed_checks: list[str] = msgspec.field(default_factory=list)

    @property
    def is_lasting(self) -> bool:
        """Whether the file would have the same result again, on a less busy machine too."""
        return super().is_lasting and not self.failed_checks

    @property
    def skip(self) -> tuple[SkipReason, str] | None:
        """Why the file, or a part of the work on it, was left out; None if nothing was."""
        if not self.error and self.failed_checks:
            return SkipReason.TOOL_ERROR, self.failed_checks[0]
        return super().skip

    def findings(self) -> list[Finding]:
        """The findings about the file, in Bandit's order."""
        return [
            Finding(
                analyzer=NAME,
                rule=result.rule,
                severity=severity_of(result.severity),
                message=result.message,
                path=self.path,
                line=result.line,
                column=result.column,
                end_line=result.end_line,
                end_column=result.end_column,
                documentation_url=result.url,
                confidence=_CONFIDENCES.get(result.confidence, Confidence.UNSPECIFIED),
            )
            for result in self.results
        ]
