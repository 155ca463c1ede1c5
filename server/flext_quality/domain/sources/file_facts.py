"""What can be counted in a file without any tool."""

from __future__ import annotations

import codecs
import re

_CODE = re.compile(rb"^[ \t\f\v]*+[^\s#]", re.MULTILINE)
_LINE_END = re.compile(rb"\r\n?|\n")

_SUPPRESSION = re.compile(
    rb"#\s*(?:"
    rb"(?:ruff:\s*|flake8[:=]\s*)?(?i:noqa)\b"
    rb"|nosec\b"
    rb"|type:\s*ignore\b"
    rb"|(?:pragma|PRAGMA)[:\s]?\s*(?:no|NO)\s*(?:cover|COVER)\b"
    rb")"
)
"""As Ruff and flake8, Bandit, MyPy and coverage.py read their comments."""

_STRING_OR_COMMENT = re.compile(
    rb'"""(?:[^\\"]|\\.|"(?!""))*+(?:"""|\Z)'
    rb"|'''(?:[^\\']|\\.|'(?!''))*+(?:'''|\Z)"
    rb'|"(?:[^"\\\n]|\\.)*+"?'
    rb"|'(?:[^'\\\n]|\\.)*+'?"
    rb"|(#[^\r\n]*+)",
    re.DOTALL,
)
"""Strings begin and end so whatever their prefix: a backslash keeps the quote after it in all of them."""


def lines_of_code(content: bytes) -> int:
    """Lines that are neither blank nor a comment alone. Lines of docstrings count."""
    return len(_CODE.findall(content.removeprefix(codecs.BOM_UTF8)))


def suppressions(content: bytes) -> int:
    """Comments that silence a tool; one with several markers counts for each. Text in strings does not."""
    if _SUPPRESSION.search(content) is None:
        return 0
    return sum(
        len(_SUPPRESSION.findall(comment))
        for comment in _STRING_OR_COMMENT.findall(content)
        if comment
    )


def file_facts(content: bytes, path: str = "") -> dict[str, float]:
    """The values of a file by metric key. Of a notebook, whose code is inside JSON, there are none."""
    if path.endswith(".ipynb"):
        return {}
    ends = len(_LINE_END.findall(content))
    is_last_open = bool(content) and not content.endswith((b"\n", b"\r"))
    return {
        "lines": ends + is_last_open,
        "lines_of_code": lines_of_code(content),
        "suppressions": suppressions(content),
    }
