"""Tables by rule: the longest prefix that is listed decides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TypeVar

T = TypeVar("T")

_RULE = re.compile(r"([A-Z]+)(\d*)")


def by_name(table: Mapping[T, str]) -> Mapping[str, T]:
    """What each of the names, which are written with spaces between them, stands for."""
    return MappingProxyType({name: what for what, names in table.items() for name in names.split()})


def prefixes(rule: str) -> Iterator[str]:
    """The rule, then what may be listed in its place, longest first.

    A prefix holds whole letters, so "F" stands for F401 but not for FURB118; "PL" stands for all of
    PLC, PLE, PLR and PLW.
    """
    yield rule
    match = _RULE.fullmatch(rule)
    if match is None:
        return
    letters, digits = match.groups()
    for length in range(len(digits) - 1, -1, -1):
        yield letters + digits[:length]
    if letters.startswith("PL"):
        yield "PL"
