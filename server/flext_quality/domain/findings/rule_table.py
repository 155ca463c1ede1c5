"""Tables by rule: the longest prefix that is listed decides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)

_RULE = re.compile(r"([A-Z]+)(\d*)")
_REMEMBERED_RULES = 8192


class RuleTable(Generic[T_co]):
    """What holds for an analyzer's rules.

    Of a rule such as "F401", letters and digits, a listed prefix is enough: "F4" or "F". A prefix stands for
    whole letters, so "F" does not stand for FURB118. Any other rule has to be listed as it is.

    Attributes:
        default: what holds for rules that nothing listed stands for.
        listed: what holds, by rule or prefix of rules.
    """

    def __init__(self, default: T_co, listed: Mapping[T_co, str] = MappingProxyType({})) -> None:
        """`listed` has the rules and prefixes of each value in one text, with spaces between them."""
        self.default = default
        self.listed: Mapping[str, T_co] = MappingProxyType(
            {name: value for value, names in listed.items() for name in names.split()}
        )
        self._remembered = lru_cache(maxsize=_REMEMBERED_RULES)(self._look_up)

    def of(self, rule: str) -> T_co:
        """What holds for the rule."""
        return self._remembered(rule)

    def _look_up(self, rule: str) -> T_co:
        return next((self.listed[p] for p in _prefixes(rule) if p in self.listed), self.default)


def _prefixes(rule: str) -> Iterator[str]:
    """The rule, then what may be listed in its place, longest first."""
    yield rule
    match = _RULE.fullmatch(rule)
    if match is not None:
        letters, digits = match.groups()
        for length in range(len(digits) - 1, -1, -1):
            yield letters + digits[:length]
