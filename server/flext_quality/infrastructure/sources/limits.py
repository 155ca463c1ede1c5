"""How much of a project is read."""

from __future__ import annotations

from dataclasses import dataclass

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
        max_files: Python and configuration files of a project, with those that were left out.
        max_total_bytes: all of them together.
        max_file_bytes: one of them. A larger one is left out.
    """

    max_files: int = 200_000
    max_total_bytes: int = 2048 * MEBIBYTE
    max_file_bytes: int = 5 * MEBIBYTE
