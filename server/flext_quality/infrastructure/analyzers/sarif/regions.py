"""From SARIF's regions to lines and columns in characters."""

from __future__ import annotations

import io
import re
import tokenize
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from flext_quality.infrastructure.analyzers.sarif.schema import Region

UTF16 = "utf16CodeUnits"
"""The kind of columns that counts a character beyond the Basic Multilingual Plane as two."""

_TEXTS = 32
"""How many files' texts are kept at hand: results come file by file."""
_LARGEST = 2**31 - 1
_NEWLINE = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Span:
    """As in `Finding`: from 1, ends exclusive, 0 where it is not told."""

    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0


@dataclass(frozen=True)
class SourceText:
    """A file as text."""

    text: str
    encoding: str
    starts: list[int]
    is_wide: bool
    """Whether a character takes two code units of UTF-16."""

    @classmethod
    def of(cls, content: bytes) -> SourceText | None:
        """The text in its declared encoding, UTF-8 otherwise; None if it is not in it."""
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
            text = content.decode(encoding)
        except (SyntaxError, UnicodeDecodeError, LookupError):
            return None
        starts = [0, *(match.end() for match in _NEWLINE.finditer(text))]
        return cls(text, encoding, starts, not text.isascii() and max(text) > "\uffff")

    def line(self, number: int) -> str:
        """The line `number`, from 1, with its end; empty beyond the text."""
        if number > len(self.starts):
            return ""
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[self.starts[number - 1] : end]

    def column_after(self, number: int) -> int:
        """The column after the last character of a line."""
        return len(self.line(number).rstrip("\r\n")) + 1

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of the character at `offset`, from 0."""
        low, high = 0, len(self.starts)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.starts[middle] <= offset else (low, middle)
        return low + 1, offset - self.starts[low] + 1


class Texts:
    """The texts of the files in a working copy."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._kept: OrderedDict[str, SourceText | None] = OrderedDict()

    def of(self, path: str) -> SourceText | None:
        """The text of a file; None if the copy has no such file, or if it is no text."""
        if path not in self._kept:
            file = self._root / path
            inside = file.is_file() and file.resolve().is_relative_to(self._root.resolve())
            self._kept[path] = SourceText.of(file.read_bytes()) if inside else None
        self._kept.move_to_end(path)
        if len(self._kept) > _TEXTS:
            self._kept.popitem(last=False)
        return self._kept[path]


@dataclass(frozen=True)
class Regions:
    """Reads the regions of a run. Columns that it gives no kind count characters."""

    texts: Texts
    column_kind: str | None

    def span(self, path: str, region: Region | None) -> Span:
        """Where the region lies."""
        if region is None:
            return Span()
        line = _count(region.start_line)
        if not line:
            return self._from_offsets(path, region)
        column, end_column = _count(region.start_column), _count(region.end_column)
        end_line = _count(region.end_line) or (line if end_column else 0)
        return Span(
            line,
            self._column(path, line, column),
            end_line,
            self._column(path, end_line, end_column),
        )

    def replaced(self, path: str, region: Region) -> Span | None:
        """What a fix replaces, with all four numbers; None if that cannot be told."""
        span = self.span(path, region)
        if not span.line:
            return None
        end_line = span.end_line or span.line
        end_column = span.end_column
        if not end_column:
            text = self.texts.of(path)
            if text is None:
                return None
            end_column = text.column_after(end_line)
        return Span(span.line, span.column or 1, end_line, end_column)

    def _column(self, path: str, line: int, column: int) -> int:
        """The column in characters."""
        if self.column_kind != UTF16 or column <= 1:
            return column
        text = self.texts.of(path)
        if text is None or not text.is_wide:
            return column
        return _characters(text.line(line), column - 1) + 1

    def _from_offsets(self, path: str, region: Region) -> Span:
        text = self.texts.of(path)
        start = self._character(text, region.char_offset, region.byte_offset)
        if text is None or start is None:
            return Span()
        length, bytes_length = region.char_length, region.byte_length
        end = self._character(
            text,
            None if region.char_offset is None or length is None else region.char_offset + length,
            None
            if region.byte_offset is None or bytes_length is None
            else region.byte_offset + bytes_length,
        )
        return Span(*text.place(start), *(text.place(end) if end is not None else (0, 0)))

    def _character(
        self, text: SourceText | None, characters: int | None, count_of_bytes: int | None
    ) -> int | None:
        """The offset in characters; None if the text has no such place."""
        if text is None:
            return None
        offset = -1
        if characters is not None and characters >= 0:
            offset = characters
            if self.column_kind == UTF16 and text.is_wide:
                offset = _characters(text.text, characters)
        elif count_of_bytes is not None and count_of_bytes >= 0:
            head = text.text.encode(text.encoding)[:count_of_bytes]
            offset = len(head.decode(text.encoding, "ignore"))
        return offset if 0 <= offset <= len(text.text) else None


def _characters(text: str, units: int) -> int:
    """How many characters the first `units` code units of UTF-16 are; units beyond the text count as one."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    head = encoded[: 2 * units]
    beyond = units - len(head) // 2
    return len(head.decode("utf-16-le", "ignore")) + beyond


def _count(number: int | None) -> int:
    return number if number is not None and 0 < number <= _LARGEST else 0
