"""Fills a working copy and keeps count of what is in it."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import defaultdict
from pathlib import Path

from flext_quality.application.ports.sources import SourceFile
from flext_quality.domain.analyses.events import FilesSkipped, SkipReason
from flext_quality.domain.errors import SourceTooLargeError
from flext_quality.domain.sources.file_facts import file_facts
from flext_quality.infrastructure.sources.limits import SourceLimits
from flext_quality.infrastructure.sources.selection import escaped, is_python

_EXECUTABLE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


class WorkingCopy:
    """A directory that takes a project's files.

    Attributes:
        lines_of_code: of the Python files but the notebooks.
        byte_count: of the Python files.
    """

    def __init__(self, root: Path, limits: SourceLimits) -> None:
        self.root = root
        self.lines_of_code = 0
        self.byte_count = 0
        self._limits = limits
        self._files: list[SourceFile] = []
        self._skipped: dict[tuple[SkipReason, str], list[str]] = defaultdict(list)
        self._entry_count = 0
        self._total_bytes = 0
        self._made_directories = {""}

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The Python files, by path."""
        return tuple(sorted(self._files, key=lambda file: file.path))

    @property
    def skipped(self) -> tuple[FilesSkipped, ...]:
        """What was left out, by reason and path."""
        return tuple(
            FilesSkipped(reason, tuple(sorted(paths)), detail=detail)
            for (reason, detail), paths in sorted(self._skipped.items())
        )

    def add(self, path: str, content: bytes, status: os.stat_result) -> None:
        """Takes a file with its time of change and its executable bit.

        Raises:
            SourceTooLargeError: now there is more than the limits allow.
        """
        self._count_entry()
        self._total_bytes += len(content)
        if self._total_bytes > self._limits.max_total_bytes:
            raise SourceTooLargeError("max_total_bytes", self._limits.max_total_bytes)
        if is_python(path):
            digest = hashlib.sha256(content).hexdigest()
            values = file_facts(content, path)
            self._files.append(SourceFile(path, len(content), digest, values))
            self.byte_count += len(content)
            self.lines_of_code += int(values.get("lines_of_code", 0))
        self._write(path, content, status)

    def skip(self, reason: SkipReason, path: str, detail: str = "") -> None:
        """Notes that `path` is left out. Raises as `add`."""
        self._count_entry()
        self._skipped[reason, detail].append(escaped(path))

    def _write(self, path: str, content: bytes, status: os.stat_result) -> None:
        parent = path.rpartition("/")[0]
        if parent not in self._made_directories:
            (self.root / parent).mkdir(mode=0o700, parents=True, exist_ok=True)
            self._made_directories.add(parent)
        # Ruff has rules about the executable bit, MyPy's cache goes by the time of change.
        mode = 0o700 if status.st_mode & _EXECUTABLE else 0o600
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(f"{self.root}/{path}", flags, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.utime(file.fileno(), ns=(status.st_mtime_ns, status.st_mtime_ns))

    def _count_entry(self) -> None:
        self._entry_count += 1
        if self._entry_count > self._limits.max_files:
            raise SourceTooLargeError("max_files", self._limits.max_files)
