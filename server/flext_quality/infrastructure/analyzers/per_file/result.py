"""What a scanner of single files says of one, whatever it looks for."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from flext_quality.domain.analyses.events import SkipReason

_SKIP_REASONS = {
    "encoding": SkipReason.ENCODING,
    "syntax": SkipReason.SYNTAX,
    "unreadable": SkipReason.UNREADABLE,
}


class FileResult(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """A line of `runner.py`'s output; the results of the tools add their fields.

    Attributes:
        ready: the line only tells that the work begins.
        error: empty, or "encoding", "syntax", "unreadable", "exception" or "crash".
        detail: the words for the error.
    """

    path: str = ""
    ready: bool = False
    error: str = ""
    detail: str = ""

    @property
    def is_lasting(self) -> bool:
        """Whether the file would have the same result again, on a less busy machine too."""
        return self.error in {"", "encoding", "syntax"}

    @property
    def skip(self) -> tuple[SkipReason, str] | None:
        """Why the file, or a part of the work on it, was left out; None if nothing was."""
        if not self.error:
            return None
        return _SKIP_REASONS.get(self.error, SkipReason.TOOL_ERROR), self.detail


R = TypeVar("R", bound=FileResult)
