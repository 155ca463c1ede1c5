"""What is measured about code: the metrics, and their values for files, directories and projects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FileMeasures:
    """What one analyzer measured about one file.

    Attributes:
        path: relative to the project, with "/" between its parts.
        values: by metric key (see `METRICS`), those of files only. What was not measured is absent.
        covered: the numbers of the lines that a test run executed; of the coverage analyzer only.
        uncovered: the numbers of the lines that it could have executed and did not.
        duplicated: the numbers of the lines that stand elsewhere too; of the duplication analyzer only.
    """

    path: str
    values: Mapping[str, float]
    covered: frozenset[int] = field(default_factory=frozenset)
    uncovered: frozenset[int] = field(default_factory=frozenset)
    duplicated: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file in one analysis: its content and all that was measured about it but its issues.

    Attributes:
        path: relative to the project, with "/" between its parts.
        sha256: of its content, in hexadecimal; the key of its lines (`LineHashes`).
        values: by metric key, merged over the analyzers; what was not measured is absent.
        covered, uncovered, duplicated: line numbers in ascending order, as in `FileMeasures`; of a file
            whose coverage was not measured both `covered` and `uncovered` are empty.
    """

    path: str
    sha256: str
    values: Mapping[str, float]
    covered: Sequence[int] = ()
    uncovered: Sequence[int] = ()
    duplicated: Sequence[int] = ()


LineHashes = Sequence[int]
"""The hash of each line of a file (`line_hash`), from its first line on."""
