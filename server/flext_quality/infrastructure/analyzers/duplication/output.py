"""What `jscpd --reporters json` writes.

The report holds the text of each clone too, so it can be about as large as the code. It is read
through the page cache, and only places and counts of it are taken.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from pathlib import Path

import msgspec

from flext_quality.domain.errors import ToolOutputInvalidError
from flext_quality.infrastructure.analyzers.duplication.clones import NAME, Pair, Place

_MISSING = "jscpd wrote no report"


class _File(msgspec.Struct, gc=False):
    name: str
    start: int
    end: int


class _Duplicate(msgspec.Struct, gc=False):
    firstFile: _File  # noqa: N815  # as jscpd calls it
    secondFile: _File  # noqa: N815  # as jscpd calls it
    tokens: int


class _Report(msgspec.Struct):
    duplicates: list[_Duplicate]


def read_pairs(report: Path, path_of: Callable[[str], str]) -> list[Pair]:
    """The pairs in a report; `path_of` makes paths of the names in it. Blocks.

    Raises:
        ToolOutputInvalidError: there is no report, or it is not one.
    """
    try:
        with (
            report.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            decoded = msgspec.json.decode(data, type=_Report)
    except (OSError, ValueError):  # mmap's error for an empty file
        raise ToolOutputInvalidError(NAME, _MISSING) from None
    except msgspec.DecodeError as error:
        raise ToolOutputInvalidError(NAME, str(error)) from None
    return [
        Pair(_place(one.firstFile, path_of), _place(one.secondFile, path_of), one.tokens)
        for one in decoded.duplicates
    ]


def _place(file: _File, path_of: Callable[[str], str]) -> Place:
    try:
        return Place(path_of(file.name), file.start, file.end)
    except (ValueError, IndexError):
        raise ToolOutputInvalidError(NAME, f"there is no file {file.name!r}") from None
