"""The lines of files, as hashes, whatever the files look like."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flext_quality.application.ports.sources import FileLines
from flext_quality.domain.sources.line_hash import line_hash
from flext_quality.infrastructure.sources.source_lines import lines_of

TEXTS = {
    "a newline ends each line": (b"a = 1\nb = 2\n", ["a = 1", "b = 2"]),
    "the last line has no end": (b"a = 1\nb = 2", ["a = 1", "b = 2"]),
    "all ends of lines that Python knows": (b"a\r\nb\rc\n", ["a", "b", "c"]),
    "a form feed ends no line": (b"a\x0cb\nc\n", ["ab", "c"]),
    "blank lines count": (b"\n \na\n", ["", "", "a"]),
    "a byte order mark": (b"\xef\xbb\xbfa = 1\n", ["a = 1"]),
    "UTF-8": ("é = 1\n".encode(), ["é = 1"]),
    "a declared encoding": (
        b"# -*- coding: latin-1 -*-\ns = '\xe9'\n",
        ["# -*- coding: latin-1 -*-", "s = 'é'"],
    ),
    "a wrong encoding": (b"s = '\xe9'\n", []),
    "an unknown encoding": (b"# coding: klingon\n", []),
    "nothing": (b"", []),
}


def _lines(root: Path, path: str) -> FileLines:
    return lines_of(root, [path])[path]


@pytest.mark.parametrize(("content", "lines"), TEXTS.values(), ids=TEXTS)
def test_lines_are_read_as_python_reads_them(
    tmp_path: Path, content: bytes, lines: list[str]
) -> None:
    """Their numbers are those that tools tell."""
    (tmp_path / "a.py").write_bytes(content)
    found = _lines(tmp_path, "a.py")
    assert [line_hash(line) for line in lines] == list(found.hashes)
    assert () == found.cells


def test_a_line_is_found_by_its_number(tmp_path: Path) -> None:
    """Where there is none, the hash is 0."""
    (tmp_path / "a.py").write_text("a = 1\nb = 2\n")
    found = _lines(tmp_path, "a.py")
    assert [0, line_hash("a = 1"), line_hash("b = 2"), 0] == [found.at(n) for n in range(4)]
    assert 0 == found.at(1, cell=1)


CELLS = [
    {"cell_type": "markdown", "source": ["# title"]},
    {"cell_type": "code", "source": ["x = 1\n", "import os"]},
    {"cell_type": "code", "source": "import re\n"},
    {"cell_type": "code", "source": None},
    "no cell",
]


def test_a_line_of_a_notebook_is_found_in_its_cell(tmp_path: Path) -> None:
    """Cells of text count too, as tools count them."""
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": CELLS}))
    found = _lines(tmp_path, "a.ipynb")
    assert line_hash("# title") == found.at(1, 1)
    assert line_hash("import os") == found.at(2, 2)
    assert line_hash("import re") == found.at(1, 3)
    assert [0] * 4 == [found.at(3, 2), found.at(2, 3), found.at(1, 4), found.at(1, 9)]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"cells": 1}', "[" * 100_000])
def test_what_is_no_notebook_has_no_lines(tmp_path: Path, text: str) -> None:
    """It is no error either."""
    (tmp_path / "a.ipynb").write_text(text)
    assert () == tuple(_lines(tmp_path, "a.ipynb").hashes)


@pytest.mark.parametrize(
    "path", ["../secret.py", "a/../../secret.py", "/etc/passwd", "gone.py", "d", "a\0b"]
)
def test_nothing_else_is_read(tmp_path: Path, path: str) -> None:
    """A tool's or a client's report may name any path."""
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / "d").mkdir()
    (tmp_path / "secret.py").write_text("secret\n")
    assert FileLines() == _lines(root, path)
