"""What all analyzers measured about files, put together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from flext_quality.domain.sources.measures import FileMeasures, FileRecord


def file_records(
    files: Iterable[tuple[str, str, Mapping[str, float]]], measures: Iterable[FileMeasures]
) -> list[FileRecord]:
    """A record for each file, in the order of the paths.

    Args:
        files: path, SHA-256 and what can be counted without a tool.
        measures: of any of them; those of other files are left out. A line that one analyzer calls
            executed and another one does not was executed.
    """
    by_path: dict[str, list[FileMeasures]] = defaultdict(list)
    for one in measures:
        by_path[one.path].append(one)
    return [
        _record(path, sha256, values, by_path.get(path, ()))
        for path, sha256, values in sorted(files, key=lambda file: file[0])
    ]


def _record(
    path: str, sha256: str, values: Mapping[str, float], measures: Iterable[FileMeasures]
) -> FileRecord:
    merged = dict(values)
    covered: set[int] = set()
    uncovered: set[int] = set()
    duplicated: set[int] = set()
    for one in measures:
        merged |= one.values
        covered |= one.covered
        uncovered |= one.uncovered
        duplicated |= one.duplicated
    return FileRecord(
        path,
        sha256,
        merged,
        tuple(sorted(covered)),
        tuple(sorted(uncovered - covered)),
        tuple(sorted(duplicated)),
    )
