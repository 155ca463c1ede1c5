"""The JSON report of coverage.py (`coverage json`)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec

from flext_quality.infrastructure.analyzers.coverage.file_coverage import (
    Branches,
    BrokenReportError,
    FileCoverage,
)


class _Summary(msgspec.Struct):
    num_branches: int = 0
    covered_branches: int = 0


class _Lines(msgspec.Struct):
    executed_lines: list[int]
    missing_lines: list[int]


class _Function(_Lines):
    start_line: int = 0


class _File(_Lines):
    summary: _Summary
    executed_branches: list[tuple[int, int]] = []
    missing_branches: list[tuple[int, int]] = []
    functions: dict[str, _Function] | None = None


class _Meta(msgspec.Struct):
    branch_coverage: bool = False


class _Report(msgspec.Struct):
    meta: _Meta
    files: dict[str, _File]


def read_json(path: str) -> Iterator[tuple[tuple[str, ...], FileCoverage]]:
    """The files of a report; see `ReportedFiles`."""
    try:
        report = msgspec.json.decode(Path(path).read_bytes(), type=_Report)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BrokenReportError(f"it is not a JSON report of coverage.py: {error}") from None
    for name, file in report.files.items():
        coverage = FileCoverage(has_branches=report.meta.branch_coverage)
        for line in file.executed_lines:
            coverage.hit(line, covered=True)
        for line in file.missing_lines:
            coverage.hit(line, covered=False)
        _take_branches(coverage, file)
        _take_functions(coverage, file.functions)
        yield (name,), coverage


def _take_branches(coverage: FileCoverage, file: _File) -> None:
    taken: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
    for line, target in file.executed_branches:
        taken[line].add(("arc", str(target)))
    missing = Counter(line for line, _ in file.missing_branches)
    for line in taken.keys() | missing.keys():
        names = frozenset(taken[line])
        coverage.branch(line, Branches(len(names) + missing[line], len(names), names))
    coverage.declare_branches(file.summary.num_branches, file.summary.covered_branches)


def _take_functions(coverage: FileCoverage, functions: dict[str, _Function] | None) -> None:
    """Takes functions, if they are told with their first lines, as coverage.py does from 7.12 on.

    The one without a name is the code outside of all functions.
    """
    named = [function for name, function in (functions or {}).items() if name]
    if functions is None or not all(function.start_line for function in named):
        return
    coverage.functions = {}
    for function in named:
        if function.executed_lines or function.missing_lines:
            coverage.enter(function.start_line, covered=bool(function.executed_lines))
