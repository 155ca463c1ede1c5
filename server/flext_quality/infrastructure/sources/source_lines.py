"""The lines of a working copy's files, as hashes."""

from __future__ import annotations

import io
import json
import tokenize
from array import array
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from flext_quality.application.ports.sources import FileLines
from flext_quality.domain.sources.line_hash import line_hash


class _Hashes(dict[str, int]):
    """Remembers the hash of each line: most lines of a project occur several times."""

    def __missing__(self, line: str) -> int:
        self[line] = value = line_hash(line)
        return value


def lines_of(root: Path, paths: Collection[str]) -> dict[str, FileLines]:
    """The lines of these files below `root`."""
    hashes = _Hashes()
    return {path: _lines(root, path, hashes) for path in paths}


def _lines(root: Path, path: str, hashes: _Hashes) -> FileLines:
    text = _text(root, path)
    if text is None:
        return FileLines()
    if not path.endswith(".ipynb"):
        return FileLines(_hashed(_split(text), hashes))
    cells = [_split(cell) for cell in _cells(text)]
    starts = [0]
    for cell in cells:
        starts.append(starts[-1] + len(cell))
    return FileLines(_hashed((line for cell in cells for line in cell), hashes), tuple(starts[:-1]))


def _hashed(lines: Iterable[str], hashes: _Hashes) -> array[int]:
    return array("Q", map(hashes.__getitem__, lines))


def _split(text: str) -> list[str]:
    """Only these end a line for Python; str.splitlines knows more. What follows the last one is one too."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]


def _text(root: Path, path: str) -> str | None:
    """The file's text; None if it has none, or is none of the working copy's."""
    if path.startswith("/") or ".." in path.split("/"):
        return None
    try:
        content = (root / path).read_bytes()
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return content.decode(encoding)
    except (OSError, SyntaxError, ValueError, LookupError):
        return None


def _cells(text: str) -> list[str]:
    """The sources of a notebook's cells, of whatever type: tools count them all."""
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        return []
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    return [_source(cell) for cell in cells] if isinstance(cells, list) else []


def _source(cell: Any) -> str:
    source = cell.get("source") if isinstance(cell, dict) else None
    if isinstance(source, list):
        return "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""
