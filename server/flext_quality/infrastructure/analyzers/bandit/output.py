"""What `runner.py` prints for a file, and what it means to us.

A line's columns count from 1, in characters, as ours do; 0 stands for none.
"""

from __future__ import annotations

import msgspec

from flext_quality.domain.event import SkipReason
from flext_quality.domain.finding import Confidence, Finding
from flext_quality.infrastructure.analyzers.severity import bandit_severity

_CONFIDENCES = {
    "HIGH": Confidence.HIGH,
    "MEDIUM": Confidence.MEDIUM,
    "LOW": Confidence.LOW,
}
_SKIP_REASONS = {
    "encoding": SkipReason.ENCODING,
    "syntax": SkipReason.SYNTAX,
    "unreadable": SkipReason.UNREADABLE,
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


class FileResult(msgspec.Struct, omit_defaults=True, gc=False):
    """What there is to say about a file; this, encoded, is what the cache keeps.

    Attributes:
        error: empty, or "encoding", "syntax", "unreadable", "exception" or "crash".
        detail: Bandit's words for the error.
        failed_checks: messages of checks that crashed, while the others went on.
    """

    results: list[Result] = []
    error: str = ""
    detail: str = ""
    failed_checks: list[str] = []

    @property
    def is_lasting(self) -> bool:
        """Whether the file would have the same result again, on a less busy machine too."""
        return self.error in {"", "encoding", "syntax"} and not self.failed_checks

    @property
    def skip(self) -> tuple[SkipReason, str] | None:
        """Why the file, or a part of the work on it, was left out; None if nothing was."""
        if self.error:
            return _SKIP_REASONS.get(self.error, SkipReason.TOOL_ERROR), self.detail
        if self.failed_checks:
            return SkipReason.TOOL_ERROR, self.failed_checks[0]
        return None

    def findings(self, path: str) -> list[Finding]:
        """The findings about the file `path`, in Bandit's order."""
        return [
            Finding(
                analyzer="bandit",
                rule=result.rule,
                severity=bandit_severity(result.severity),
                message=result.message,
                path=path,
                line=result.line,
                column=result.column,
                end_line=result.end_line,
                end_column=result.end_column,
                documentation_url=result.url,
                confidence=_CONFIDENCES.get(result.confidence, Confidence.UNSPECIFIED),
            )
            for result in self.results
        ]


class Line(FileResult, gc=False):
    """A line of output: `ready` alone, or a file's result."""

    path: str = ""
    ready: bool = False


decode_line = msgspec.json.Decoder(Line).decode
decode_result = msgspec.json.Decoder(FileResult).decode
encode_result = msgspec.json.Encoder().encode
