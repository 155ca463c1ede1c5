"""What `ruff check --output-format json-lines` prints, and what it means to us.

The lines hold the objects of `--output-format json`. Lines and columns count from 1, columns in
characters, and ends are exclusive, as in our findings.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from flext_quality.domain.analyses.events import SkipReason
from flext_quality.domain.findings.finding import Applicability, Edit, Finding, Fix
from flext_quality.infrastructure.analyzers.ruff.profile import SEVERITIES
from flext_quality.infrastructure.analyzers.ruff.rules import NAME, SYNTAX_RULE

IO_RULE = "E902"

_NOT_UTF8 = "stream did not contain valid UTF-8"
_NOT_LINTED = re.compile(r"warning: Failed to lint (.+): (.+)", re.DOTALL)

_APPLICABILITIES = {
    "safe": Applicability.SAFE,
    "unsafe": Applicability.UNSAFE,
    "display": Applicability.DISPLAY_ONLY,
}


class _Location(msgspec.Struct, gc=False):
    row: int
    column: int


class _Edit(msgspec.Struct, gc=False):
    content: str | None
    location: _Location
    end_location: _Location


class _Fix(msgspec.Struct, gc=False):
    applicability: str
    message: str | None
    edits: list[_Edit]


class Diagnostic(msgspec.Struct, gc=False):
    """One line. `code` is None for a syntax error in older versions of Ruff."""

    filename: str
    message: str
    code: str | None = None
    location: _Location | None = None
    end_location: _Location | None = None
    cell: int | None = None
    fix: _Fix | None = None
    url: str | None = None


decode_diagnostic: Callable[[bytes], Diagnostic] = msgspec.json.Decoder(Diagnostic).decode


def to_finding(diagnostic: Diagnostic, path: str) -> Finding:
    """The finding about the file `path`."""
    rule = diagnostic.code or SYNTAX_RULE
    start, end = diagnostic.location, diagnostic.end_location
    return Finding(
        analyzer=NAME,
        rule=rule,
        severity=SEVERITIES.of(rule),
        message=diagnostic.message,
        path=path,
        line=start.row if start else 0,
        column=start.column if start else 0,
        end_line=end.row if end else 0,
        end_column=end.column if end else 0,
        cell=diagnostic.cell or 0,
        documentation_url=diagnostic.url or "",
        fix=_to_fix(diagnostic.fix) if diagnostic.fix else None,
    )


def _to_fix(fix: _Fix) -> Fix:
    return Fix(
        description=fix.message or "",
        applicability=_APPLICABILITIES.get(fix.applicability, Applicability.UNSPECIFIED),
        edits=tuple(
            Edit(
                edit.location.row,
                edit.location.column,
                edit.end_location.row,
                edit.end_location.column,
                edit.content or "",
            )
            for edit in fix.edits
        ),
    )


def unread_file(line: str) -> tuple[str, str] | None:
    """Path and reason, if a line of stderr tells of a file that was not read.

    Ruff tells it there where the rule E902 is not selected.
    """
    match = _NOT_LINTED.fullmatch(line)
    return (match[1], match[2]) if match else None


def skip_reason(why: str) -> SkipReason:
    """The reason for a file that was not read, from Ruff's words."""
    return SkipReason.ENCODING if why == _NOT_UTF8 else SkipReason.UNREADABLE
