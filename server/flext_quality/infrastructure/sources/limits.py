"""How much of a project is read."""

from __future__ import annotations

from dataclasses import dataclass

from flext_quality.infrastructure.sources.selection import Kind

MEBIBYTE = 1 << 20

MAX_DEPTH = 100
"""Directories within directories. Each holds a file descriptor open while it is walked."""

MAX_PATH_BYTES = 2048
"""Of a path within the project; with the place of the working copy it must fit into the system's
PATH_MAX, which is 4,096 on Linux and 1,024 on macOS."""


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """What an operator can set.

    Attributes:
        max_files: files that are read of a project, with those that were left out.
        max_total_bytes: all of them together.
        max_file_bytes: one of them. A larger one is left out.
        max_report_bytes: the same for one report of test coverage.
    """

    max_files: int = 200_000
    max_total_bytes: int = 2048 * MEBIBYTE
    max_file_bytes: int = 5 * MEBIBYTE
    max_report_bytes: int = 100 * MEBIBYTE

    def of(self, kind: Kind | None) -> tuple[str, int]:
        """The name and the value of the limit for a file of a kind."""
        if kind is Kind.REPORT:
            return "max_report_bytes", self.max_report_bytes
        return "max_file_bytes", self.max_file_bytes
