"""Copies a project's Python and configuration files into a working copy.

The walk goes by open directories, never by paths, and opens nothing but regular files, so nothing
that lies in the project, or is swapped while it is read, leads outside or makes it wait.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Iterator

from flext_quality.domain.analyses.events import SkipReason
from flext_quality.infrastructure.sources.confinement import (
    OPEN_DIRECTORY,
    OPEN_FILE,
    LeadsOutsideError,
    Parts,
    open_beneath,
    resolve,
)
from flext_quality.infrastructure.sources.limits import MAX_DEPTH, MAX_PATH_BYTES, SourceLimits
from flext_quality.infrastructure.sources.selection import (
    ENVIRONMENT_MARKER,
    LEFT_OUT_DIRECTORIES,
    REPORT_DIRECTORIES,
    Kind,
    ToolFiles,
    is_proper,
    may_lead_to_code,
)
from flext_quality.infrastructure.sources.working_copy import WorkingCopy

_LEADS_OUT = "it leads out of the project"


class CopyingCancelledError(Exception):
    """Somebody does not want the copy any more."""


class TreeCopier:
    """Copies one project, once.

    Args:
        source: the project's directory, open; the caller closes it.
        source_path: where it lies, without links.
        copy: what to fill; still empty.
        cancelled: is looked at before each file.
        tool_files: what is copied beside Python files.
    """

    def __init__(
        self,
        source: int,
        source_path: str,
        copy: WorkingCopy,
        limits: SourceLimits,
        cancelled: threading.Event,
        tool_files: ToolFiles = ToolFiles(),  # noqa: B008  # frozen
    ) -> None:
        self._source = source
        self._source_path = source_path
        self.copy = copy
        self._limits = limits
        self._cancelled = cancelled
        self._tool_files = tool_files

    def copy_all(self) -> None:
        """Copies the whole project.

        Raises:
            SourceTooLargeError: it has more files or bytes than the limits allow.
            CopyingCancelledError: `cancelled` was set.
        """
        self._mark_as_repository()
        self._copy_directory(self._source, ())

    def copy_file(self, name: str, path: str) -> None:
        """Copies nothing but the file `name` in the directory, to `path`. Raises as `copy_all`."""
        (self.copy.root / ".git").mkdir(mode=0o700, exist_ok=True)
        if is_proper(path):
            self._copy_regular(self._source, name, (), path)
        else:
            self.copy.skip(SkipReason.NAME, path)

    # --- directories --------------------------------------------------------------------------------

    def _copy_directory(self, directory: int, parts: Parts) -> None:
        files: list[os.DirEntry[str]] = []
        directories: list[str] = []
        for entry in self._entries(directory, parts):
            if entry.name == ENVIRONMENT_MARKER and parts:
                return
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in LEFT_OUT_DIRECTORIES:
                    directories.append(entry.name)
            elif self._is_wanted(entry.name, parts) or entry.is_symlink():
                files.append(entry)
        for file in sorted(files, key=lambda entry: entry.name):
            self._look_up()
            self._copy_entry(directory, file, parts)
        for name in sorted(directories):
            self._look_up()
            self._enter(directory, name, parts)

    def _entries(self, directory: int, parts: Parts) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(directory) as entries:
                yield from entries
        except OSError as error:
            self.copy.skip(SkipReason.UNREADABLE, "/".join(parts) or ".", _words(error))

    def _enter(self, parent: int, name: str, parts: Parts) -> None:
        inner = (*parts, name)
        path = "/".join(inner)
        if not is_proper(name):
            self.copy.skip(SkipReason.NAME, path)
        elif len(inner) > MAX_DEPTH:
            self.copy.skip(SkipReason.TOO_LARGE, path, f"more than {MAX_DEPTH} directories deep")
        else:
            try:
                directory = os.open(name, OPEN_DIRECTORY, dir_fd=parent)
            except OSError as error:
                self._skip_failed(error, path)
                return
            try:
                self._copy_directory(directory, inner)
            finally:
                os.close(directory)

    # --- files ----------------------------------------------------------------------------------------

    def _copy_entry(self, directory: int, entry: os.DirEntry[str], parts: Parts) -> None:
        path = "/".join((*parts, entry.name))
        if not self._is_wanted(entry.name, parts):
            self._tell_link(path)
        elif not is_proper(entry.name):
            self.copy.skip(SkipReason.NAME, path)
        elif len(os.fsencode(path)) > MAX_PATH_BYTES:
            limit = f"a path of more than {MAX_PATH_BYTES} bytes"
            self.copy.skip(SkipReason.TOO_LARGE, path, limit)
        elif entry.is_symlink():
            self._copy_link(path)
        elif not entry.is_file(follow_symlinks=False):
            self.copy.skip(SkipReason.SPECIAL_FILE, path)
        else:
            self._copy_regular(directory, entry.name, (), path)

    def _tell_link(self, path: str) -> None:
        """Tells of a link out of the project that may lead to code. No other is worth a word."""
        try:
            resolve(f"{self._source_path}/{path}", [self._source_path])
        except LeadsOutsideError:
            if may_lead_to_code(path.rpartition("/")[2]):
                self.copy.skip(SkipReason.LINK, path, _LEADS_OUT)
        except OSError:
            return

    def _copy_link(self, path: str) -> None:
        """Copies the file in the project that a link leads to. A directory is not followed."""
        try:
            _, way = resolve(f"{self._source_path}/{path}", [self._source_path])
            mode = self._mode(way)
        except LeadsOutsideError:
            self.copy.skip(SkipReason.LINK, path, _LEADS_OUT)
        except OSError as error:
            self.copy.skip(SkipReason.LINK, path, _words(error))
        else:
            if stat.S_ISREG(mode):
                self._copy_regular(self._source, way[-1], way[:-1], path)
            elif not stat.S_ISDIR(mode):
                self.copy.skip(SkipReason.SPECIAL_FILE, path)

    def _mode(self, way: Parts) -> int:
        if not way:
            return os.fstat(self._source).st_mode
        parent = open_beneath(self._source, way[:-1], OPEN_DIRECTORY)
        try:
            return os.stat(way[-1], dir_fd=parent, follow_symlinks=False).st_mode
        finally:
            os.close(parent)

    def _copy_regular(self, directory: int, name: str, way: Parts, path: str) -> None:
        """Copies the file `name`, which lies `way` below `directory`, to `path`."""
        try:
            descriptor = open_beneath(directory, (*way, name), OPEN_FILE)
        except OSError as error:
            self._skip_failed(error, path)
            return
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                self.copy.skip(SkipReason.SPECIAL_FILE, path)
                return
            limit, allowed = self._limits.of(self._tool_files.kind_of(path.rpartition("/")[2]))
            content = _read(descriptor, status.st_size, allowed)
        except OSError as error:
            self.copy.skip(SkipReason.UNREADABLE, path, _words(error))
            return
        finally:
            os.close(descriptor)
        if content is None:
            self.copy.skip(SkipReason.TOO_LARGE, path, f"{limit} is {allowed}")
            return
        self.copy.add(path, content, status)

    # --- the rest ---------------------------------------------------------------------------------------

    def _mark_as_repository(self) -> None:
        """Makes the copy look like the top of a Git repository.

        Otherwise Ruff and MyPy would look for .gitignore files above it, on the server's own disk.
        """
        info = self.copy.root / ".git" / "info"
        info.mkdir(mode=0o700, parents=True)
        try:
            descriptor = open_beneath(self._source, (".git", "info", "exclude"), OPEN_FILE)
        except OSError:
            return
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if stat.S_ISREG(status.st_mode) and status.st_size <= self._limits.max_file_bytes:
                content = file.read(self._limits.max_file_bytes)
                (info / "exclude").write_bytes(content)

    def _is_wanted(self, name: str, directory: Parts) -> bool:
        kind = self._tool_files.kind_of(name)
        return kind is not None and (
            kind is not Kind.REPORT or "/".join(directory) in REPORT_DIRECTORIES
        )

    def _look_up(self) -> None:
        if self._cancelled.is_set():
            raise CopyingCancelledError

    def _skip_failed(self, error: OSError, path: str) -> None:
        """Leaves out what cannot be opened. What has just become a link is one, what is gone is gone."""
        if error.errno == errno.ENOENT:
            return
        is_link = error.errno in (errno.ELOOP, errno.ENOTDIR)
        reason = SkipReason.LINK if is_link else SkipReason.UNREADABLE
        self.copy.skip(reason, path, "it was replaced meanwhile" if is_link else _words(error))


def _read(descriptor: int, expected: int, limit: int) -> bytes | None:
    """The whole content, about `expected` bytes; None if it is more than `limit` bytes."""
    if expected > limit:
        return None
    chunks: list[bytes] = []
    size = 0
    while chunk := os.read(descriptor, max(expected - size, 0) + 1):
        chunks.append(chunk)
        size += len(chunk)
        # A file can grow while it is read.
        if size > limit:
            return None
        expected = max(expected, 2 * size)
    return b"".join(chunks)


def _words(error: OSError) -> str:
    return (error.strerror or "it cannot be read").lower()
