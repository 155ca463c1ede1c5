"""Reads what MyPy prints."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from flext_quality.domain.findings.finding import Finding
from flext_quality.infrastructure.analyzers.mypy.profile import PROFILE, SEVERITIES
from flext_quality.infrastructure.analyzers.mypy.rules import NO_CODE, NOTE

ANALYZER = PROFILE.name

# MyPy adds these to the first message of a kind only, which is another one with a warm cache.
_ONCE = re.compile(
    r"See https://mypy\.(readthedocs|rtfd)\.io\S*( for more info)?"
    r'|Hint: "python3 -m pip install .*"|\(or run "mypy --install-types".*\)'
    r"|\(Using --follow-imports=error, .*\)"
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `line` and `column` as MyPy counts them: from 1, and from 0; or negative."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    hint: str
    code: str
    is_note: bool

    @classmethod
    def parse(cls, line: bytes) -> Message:
        """Reads a line of `--output json`.

        Raises:
            ValueError: it is not such a line.
        """
        try:
            return cls.of(json.loads(line))
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a message of MyPy: {line[:200]!r}") from error

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Message:
        """A message from its values as MyPy names them."""
        return cls(
            posixpath.normpath(values["file"]),
            int(values["line"]),
            int(values["column"]),
            int(values["end_line"]),
            int(values["end_column"]),
            str(values["message"]),
            str(values["hint"] or ""),
            str(values["code"] or ""),
            values["severity"] == "note",
        )

    def finding(self, path: str) -> Finding:
        """The finding at `path`, by the project's own name."""
        rule = self.code or (NOTE if self.is_note else NO_CODE)
        hints = [h for h in self.hint.splitlines() if h.strip() and not _ONCE.fullmatch(h.strip())]
        has_place = self.line > 0
        has_column = has_place and self.column >= 0
        has_end = has_column and self.end_line >= self.line
        return Finding(
            analyzer=ANALYZER,
            rule=rule,
            severity=SEVERITIES.of(NOTE if self.is_note else rule),
            message="\n".join([self.text, *hints]),
            path=path,
            line=self.line if has_place else 0,
            column=self.column + 1 if has_column else 0,
            end_line=self.end_line if has_end else 0,
            end_column=self.end_column + 1 if has_end else 0,
            documentation_url=PROFILE.documentation_of(rule) if self.code else "",
        )


def sort_key(finding: Finding) -> tuple[str, int, int, str, str]:
    """The order in which findings are told: by place, then rule."""
    return (finding.path, finding.line, finding.column, finding.rule, finding.message)


class Kind(Enum):
    """What kind of thing makes MyPy give up."""

    FOUND_TWICE = auto()
    SHADOWS = auto()
    DUPLICATE = auto()
    NO_PACKAGE = auto()
    CODE = auto()
    UNDECODABLE = auto()
    CRASH = auto()


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a run came to nothing. `names` are those of a file that was found under two."""

    path: str
    kind: Kind
    words: str
    names: tuple[str, ...] = ()


_ON_STDERR = {
    Kind.UNDECODABLE: re.compile(r"^(.+?): error: (Cannot decode file.*)$", re.MULTILINE),
    Kind.CRASH: re.compile(r"^(.+?):(?:\d+:)? error: (INTERNAL ERROR)", re.MULTILINE),
}
_IN_MESSAGES = {
    Kind.FOUND_TWICE: re.compile(
        r'Source file found twice under different module names: "([^"]*)" and "([^"]*)"'
    ),
    Kind.SHADOWS: re.compile(r"This file shadows library module "),
    Kind.DUPLICATE: re.compile(r"Duplicate module named "),
    Kind.NO_PACKAGE: re.compile(r"No parent module -- cannot perform relative import"),
    Kind.CODE: re.compile(""),
}


def blockers(messages: Sequence[Message], stderr: str) -> list[Blocker]:
    """What made MyPy give up, as far as it tells."""
    for kind, pattern in _ON_STDERR.items():
        match = pattern.search(stderr)
        if match is not None:
            return [Blocker(posixpath.normpath(match[1]), kind, match[2])]
    # A message that stops MyPy has no code, unless it comes from the parser.
    errors = [message for message in messages if not message.is_note]
    stopping = [m for m in errors if not m.code] or [m for m in errors if m.code == "syntax"]
    return [_blocker(message) for message in stopping]


def _blocker(message: Message) -> Blocker:
    kind, match = next(
        (kind, match)
        for kind, pattern in _IN_MESSAGES.items()
        if (match := pattern.match(message.text)) is not None
    )
    return Blocker(message.path, kind, message.text, match.groups())
