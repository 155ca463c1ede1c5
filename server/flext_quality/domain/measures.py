"""What is measured about code: the metrics, and their values for files, directories and projects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FileMeasures:
    """What one analyzer measured about one file.

    Attributes:
        path: relative to the project, with "/" between its parts.
        values: by metric key (see `METRICS`), those of files only. What was not measured is absent.
        covered: the numbers of the lines that a test run executed; of the coverage analyzer only.
        uncovered: the numbers of the lines that it could have executed and did not.
    """

    path: str
    values: Mapping[str, float]
    covered: frozenset[int] = field(default_factory=frozenset)
    uncovered: frozenset[int] = field(default_factory=frozenset)
