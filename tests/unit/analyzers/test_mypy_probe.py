"""What MyPy's own code answers about files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flext_quality.infrastructure.analyzers.mypy.probe import excluded, parsed
from tests.workspaces import write_files


@pytest.fixture(autouse=True)
def project(tmp_path: Path) -> Iterator[Path]:
    """The current directory, as for the script."""
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)


def test_all_forms_of_imports_are_answered(project: Path) -> None:
    """Names that are imported from a module may be modules themselves."""
    code = "import a.b, c\nfrom d import e\nfrom . import f\nfrom ..g import h\nfrom .i import *\n"
    write_files(project, {"a.py": code})
    (answer,) = parsed(["a.py"])
    assert [
        *((0, "a.b"), (0, "c"), (0, "d"), (0, "d.e")),
        *((1, ""), (1, "f"), (1, "i"), (2, "g"), (2, "g.h")),
    ] == answer["imports"]
    assert [] == answer["errors"]


def test_only_what_stops_mypy_is_an_error(project: Path) -> None:
    """A type comment that cannot be read does not; bytes that are no text do."""
    write_files(project, {"a.py": "def f(:\n", "b.py": "x = 1  # type: (\n", "c.py": b"# \xe9\n"})
    broken, odd, binary = parsed(["a.py", "b.py", "c.py"])
    assert broken["errors"]
    assert [] == odd["errors"]
    assert "undecodable" in binary


def test_patterns_and_git_leave_files_out(project: Path) -> None:
    """A directory stands for all that lies in it."""
    files = ("gen/a.py", "ok/b_pb2.py", "ok/c.py", "ok/ignored.py", ".hidden/a.py")
    write_files(project, {**dict.fromkeys(files, ""), ".gitignore": "ignored.py\n", ".git/x": ""})
    patterns = ["^gen/", r"_pb2\.py$"]
    found = [answer["excluded"] for answer in excluded(patterns, Path(), gitignore=True)]
    assert ["gen", "ok/b_pb2.py", "ok/ignored.py"] == found
    assert 2 == len(list(excluded(patterns, Path(), gitignore=False)))
