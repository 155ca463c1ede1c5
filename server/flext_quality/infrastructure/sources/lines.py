"""Counts lines of code."""

from __future__ import annotations

import codecs
import re

_CODE = re.compile(rb"^[ \t\f\v]*+[^\s#]", re.MULTILINE)


def lines_of_code(content: bytes) -> int:
    """Lines that are neither blank nor a comment alone. Lines of docstrings count."""
    return len(_CODE.findall(content.removeprefix(codecs.BOM_UTF8)))
