"""Makes text fit to show. Text from analysed code is data: no reader obeys it."""

from __future__ import annotations

import re
import unicodedata

DASH = "–"  # noqa: RUF001  # the longer one stands out in a table
"""Stands where there is no value."""

MINUS = "−"  # noqa: RUF001  # the one for numbers
"""Stands before what became less."""

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that a terminal may obey or that hide or reorder text, and lone surrogates."""


def visible(text: str, keep: str = "") -> str:
    """`text` with what cannot be seen, or turns the direction of writing, shown as its code.

    Characters in `keep` stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in keep else _visible_character(c) for c in text)


def one_line(text: str) -> str:
    """`text` in one line, made visible; runs of white space become a space."""
    return visible(re.sub(r"[ \t\r\n]+", " ", text).strip())


def _visible_character(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE:
        return character
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"  # noqa: PLR2004  # one byte


_BREAK = "&#8203;"
"""A space of no width: what it stands in is neither a mention nor a reference nor a link."""

_MARKDOWN = re.compile(
    r"""
      (?P<entity>[<>&$])          # HTML, entities, formulas
    | (?P<mention>[@#])           # people, issues
    | (?P<colon>:(?=\S))          # addresses, emoji
    | (?P<www>\bwww(?=\.))
    | (?P<mark>[\\`*_\[\]|~])
    """,
    re.VERBOSE | re.IGNORECASE,
)


def markdown(text: str) -> str:
    """`text` in one line of GitHub-flavoured Markdown, where it stands for nothing but itself.

    To be put inside of a line: what has a meaning at its beginning only is left as it is.
    """
    return _MARKDOWN.sub(_escape, one_line(text))


def _escape(match: re.Match[str]) -> str:
    if match["entity"]:
        return f"&#{ord(match[0])};"
    return "\\" + match[0] if match["mark"] else match[0] + _BREAK


def safe_url(url: str) -> str:
    """The address, if it is one that a reader may follow; else empty."""
    if re.fullmatch(r"https?://[!-~]+", url) and not re.search(r"""["'<>\\^`{|}]""", url):
        return url
    return ""


def effort(minutes: float) -> str:
    """Working time as people say it, a day having eight hours: 25 min, 3 h 20 min, 12 d 4 h."""
    hours, rest = divmod(round(minutes), 60)
    if not hours:
        return f"{rest} min"
    days, hours = divmod(hours, 8)
    if not days:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{days:,} d {hours} h" if hours else f"{days:,} d"


def number(value: float | None, unit: str = "") -> str:
    """A value, with its unit where the metric's name does not tell it; a dash where there is none."""
    if value is None:
        return DASH
    if unit == "min":
        return effort(value)
    decimals = 1 if abs(value) >= 10 else 2  # noqa: PLR2004  # three digits tell enough
    digits = f"{value:,.{decimals}f}".rstrip("0").rstrip(".")
    if unit == "%":
        return f"{value:.1f} %"
    return f"{digits} {unit}" if unit == "levels" else digits


def signed(change: float | None, unit: str = "") -> str:
    """A change with its sign; empty where there is none."""
    if change is None:
        return ""
    if not change:
        return "±0"
    return ("+" if change > 0 else MINUS) + number(abs(change), unit)
