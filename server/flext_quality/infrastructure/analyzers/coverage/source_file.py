"""What the source itself tells: how many lines and which functions it has. Nothing of it is run."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

from coverage.python import get_python_source
from coverage.regions import code_regions


def line_count(path: str) -> int:
    """How many lines the file has, as Python counts."""
    content = Path(path).read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content.count(b"\n") + (not content.endswith(b"\n") if content else 0)


def functions_of(path: str, lines: Mapping[int, bool]) -> dict[int, bool] | None:
    """By first line, whether any line of a function's own body ran; None if it cannot be parsed.

    A function without an executable line is none, as in coverage.py's own reports.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            regions = code_regions(get_python_source(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    functions = {}
    for region in regions:
        executable = region.lines & lines.keys() if region.kind == "function" else set()
        if executable:
            functions[region.start] = any(lines[line] for line in executable)
    return functions
