"""The code that is analysed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from flext_quality.domain.analyses.attachment import Attachment
from flext_quality.domain.analyses.events import FilesSkipped
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.projects.project import Thresholds
from flext_quality.domain.result import FlextResult
from flext_quality.domain.sources.measures import LineHashes


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A Python file of the working copy.

    Attributes:
        path: relative, with "/".
        sha256: of its content, in hexadecimal.
        values: what can be counted without a tool, by metric key (`domain/sources/file_facts.py`).
    """

    path: str
    size: int
    sha256: str
    values: Mapping[str, float] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class FileLines:
    """The lines of a text file of the working copy, as hashes (`line_hash`).

    Of a notebook they are those of its cells, one after the other: `cells` tells for each cell how many
    lines come before it. Of any other file it is empty.
    """

    hashes: LineHashes = ()
    cells: tuple[int, ...] = ()

    def at(self, line: int, cell: int = 0) -> int:
        """The hash of a line, from 1, of a cell, from 1, or of the file (0); 0 if there is no such line."""
        if line < 1 or cell > len(self.cells):
            return 0
        index = line - 1 + (self.cells[cell - 1] if cell else 0)
        end = self.cells[cell] if 0 < cell < len(self.cells) else len(self.hashes)
        return self.hashes[index] if index < end else 0


@dataclass(frozen=True, slots=True)
class Workspace:
    """A project's code in a private working copy, for one analysis.

    Attributes:
        root: the directory of the copy. It holds regular files and directories only: Python files
            (.py, .pyi, .pyw, .ipynb), the tools' configuration files and reports of test coverage.
        scratch: an empty directory for what tools write.
        files: the Python files, in order of path.
        skipped: what was left out, and why.
        lines_of_code: lines of the files (but notebooks) that are neither blank nor a comment alone.
        attachments: what the client sent along.
        thresholds: beyond which the project wants complexity to be told.
        local_path: the project's own path, by which reports made there name its files. It is for comparing
            only: nothing is read there, and it reaches no client.
    """

    project: ProjectName
    root: Path
    scratch: Path
    files: tuple[SourceFile, ...]
    skipped: tuple[FilesSkipped, ...]
    lines_of_code: int
    byte_count: int
    attachments: tuple[Attachment, ...] = ()
    thresholds: Thresholds = field(default_factory=Thresholds)
    local_path: str = ""


class Sources(Protocol):
    """Reads projects' code."""

    async def check(self, local_path: str) -> FlextResult[str]:
        """The path in the form in which it is stored: absolute, without "." or "..".

        Fails with `InvalidFieldError`, `SourceNotAllowedError`, `SourceNotFoundError` or
        `SourceUnreadableError`. Outside of the allowed paths nothing is looked at.
        """
        ...

    def is_allowed(self, local_path: str) -> bool:
        """Whether this server may read the path; nothing is looked at."""
        ...

    async def prepare(self, analysis: AnalysisName, local_path: str) -> FlextResult[Workspace]:
        """Copies what is to be analysed. Never reads outside of the path, never hangs on what lies there.

        Fails as `check`, or with `SourceTooLargeError`.
        """
        ...

    async def lines(self, workspace: Workspace, paths: Collection[str]) -> dict[str, FileLines]:
        """The lines of these files of the working copy; of what cannot be read as text, none.

        Decoded as Python does. Nothing outside of the working copy is read, whatever the paths.
        """
        ...

    async def copies(self) -> set[str]:
        """The ids of the analyses that have a working copy, be it of another server's."""
        ...

    async def discard(self, analysis_id: str) -> None:
        """Removes the analysis's working copy, if there is one."""
        ...
