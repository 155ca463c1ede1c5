"""Makes text fit and fit to show. Text from analysed code is data: it never reaches a terminal raw."""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len, set_cell_size

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that a terminal may obey or that hide or reorder text, and lone surrogates."""


def clean(text: str) -> str:
    """`text` in one line that a terminal shows and does not obey.

    Line ends and tabs become a space; escape sequences, controls that change the direction of
    writing and the like are shown as their code.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_clean_character(character) for character in text)


def _clean_character(character: str) -> str:
    if character in "\n\r\t":
        return " "
    if unicodedata.category(character) not in _UNSAFE:
        return character
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"  # noqa: PLR2004  # one byte


def shorten_end(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` in at most `width` cells; what is too long loses its end."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - cell_len(ellipsis), 0)).rstrip() + ellipsis


def shorten_middle(path: str, width: int, ellipsis: str = "…") -> str:
    """`path` in at most `width` cells; what is too long loses its middle, its file name last."""
    if cell_len(path) <= width:
        return path
    room = max(width - cell_len(ellipsis), 0)
    tail = _end(path, max(room - room // 3, 0))
    # Begin the tail with a whole part of the path where that costs little.
    slash = tail.find("/")
    if 0 <= slash <= len(tail) // 3:
        tail = tail[slash:]
    head = set_cell_size(path, room - cell_len(tail)).rstrip()
    return head + ellipsis + tail


def _end(text: str, width: int) -> str:
    start = len(text)
    while start and cell_len(text[start - 1 :]) <= width:
        start -= 1
    return text[start:]


def counted(number: int, noun: str) -> str:
    """`1 file`, `1,200 files`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def seconds(duration: float) -> str:
    """A duration as people say it: 0.04 s, 7.3 s, 2m 05s."""
    if duration < 0.995:  # noqa: PLR2004  # shown with two digits, it is less than 1.00
        return f"{duration:.2f} s"
    if duration < 59.95:  # noqa: PLR2004  # shown with one digit, it is less than 60.0
        return f"{duration:.1f} s"
    minutes, rest = divmod(round(duration), 60)
    return f"{minutes}m {rest:02}s"


def number(value: float) -> str:
    """A figure as people read it: whole numbers whole, others with two digits."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
