"""Projects on the server's own disk, under the paths that its operator allows."""

from __future__ import annotations

import asyncio
import errno
import os
import posixpath
import shutil
import stat
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import TypeVar

from flext_quality.application.ports.sources import FileLines, Workspace
from flext_quality.domain.errors import (
    QualityError,
    ServerShuttingDownError,
    SourceNotAllowedError,
    SourceNotFoundError,
    SourceUnreadableError,
    invalid_field,
)
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.sources.confinement import (
    OPEN_DIRECTORY,
    OPEN_FILE,
    LeadsOutsideError,
    Parts,
    is_beneath,
    open_beneath,
    parts_of,
    resolve,
)
from flext_quality.infrastructure.sources.copying import CopyingCancelledError, TreeCopier
from flext_quality.infrastructure.sources.limits import SourceLimits
from flext_quality.infrastructure.sources.selection import ToolFiles, is_proper, is_python
from flext_quality.infrastructure.sources.source_lines import lines_of
from flext_quality.infrastructure.sources.working_copy import WorkingCopy

__all__ = ["LocalSources", "SourceLimits"]

PATH_FIELD = "project.source.local_path.path"
"""Where a path stands in the requests that carry one."""

_NAMELESS = "project"
"""Stands for the name of a project's directory where it has none that tools could take."""

_NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)

T = TypeVar("T")


class LocalSources:
    """The `Sources` port for directories and single files on the server's own disk.

    Working copies lie in `data_dir/work/<analysis id>`: `tree/<name of the project's directory>`,
    because names of packages and modules derive from it, and `scratch`.

    Args:
        allowed_paths: absolute; nothing outside of them is looked at.
        tool_files: what is copied beside Python files.
    """

    def __init__(
        self,
        data_dir: Path,
        allowed_paths: Sequence[str | Path],
        limits: SourceLimits | None = None,
        tool_files: ToolFiles = ToolFiles(),  # noqa: B008  # frozen
    ) -> None:
        self._work = data_dir.absolute() / "work"
        self._allowed = [_normalised(str(path)) for path in allowed_paths]
        self._limits = limits or SourceLimits()
        self._tool_files = tool_files

    async def check(self, local_path: str) -> FlextResult[str]:
        """The path as it is stored, once it is sure that something readable is there."""
        return await asyncio.to_thread(_result_of, lambda: self._check(local_path))

    def is_allowed(self, local_path: str) -> bool:
        """Whether this server may read the path, going by names alone."""
        path = parts_of(_normalised(local_path))
        return local_path.startswith("/") and any(
            is_beneath(path, parts_of(allowed)) for allowed in self._allowed
        )

    async def prepare(self, analysis: AnalysisName, local_path: str) -> FlextResult[Workspace]:
        """Makes the working copy. When cancelled, it removes what was copied before it raises."""
        cancelled = threading.Event()
        work = asyncio.ensure_future(
            asyncio.to_thread(self._prepare_unless_cancelled, analysis, local_path, cancelled)
        )
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            # If this is cancelled once more, the thread still clears away after itself.
            cancelled.set()
            await asyncio.wait([work])
            await self.discard(analysis.analysis_id)
            raise

    async def lines(self, workspace: Workspace, paths: Collection[str]) -> dict[str, FileLines]:
        """The hashes of the files' lines."""
        return await asyncio.to_thread(lines_of, workspace.root, paths)

    async def discard(self, analysis_id: str) -> None:
        """Removes the analysis's working copy, if there is one."""
        await asyncio.to_thread(_remove, self._work / analysis_id)

    async def copies(self) -> set[str]:
        """The ids of the analyses that have a working copy."""
        return await asyncio.to_thread(_names_in, self._work)

    # --- in a thread ----------------------------------------------------------------------------------

    def _check(self, local_path: str) -> str:
        path = self._stored_form(local_path)
        with self._opened(path):
            return path

    def _prepare_unless_cancelled(
        self, analysis: AnalysisName, local_path: str, cancelled: threading.Event
    ) -> FlextResult[Workspace]:
        try:
            return _result_of(lambda: self._prepare(analysis, local_path, cancelled))
        except CopyingCancelledError:
            _remove(self._work / analysis.analysis_id)
            return FlextResult.fail(ServerShuttingDownError())  # nobody waits for it

    def _prepare(
        self, analysis: AnalysisName, local_path: str, cancelled: threading.Event
    ) -> Workspace:
        path = self._stored_form(local_path)
        place = self._work / analysis.analysis_id
        with self._opened(path) as source:
            name = PurePosixPath(path).parent.name if source.file else PurePosixPath(path).name
            root = place / "tree" / (name if name and is_proper(name) else _NAMELESS)
            scratch = place / "scratch"
            try:
                _remove(place)
                root.mkdir(mode=0o700, parents=True)
                scratch.mkdir(mode=0o700)
                copy = WorkingCopy(root, self._limits)
                copier = TreeCopier(
                    source.directory,
                    source.real_path,
                    copy,
                    self._limits,
                    cancelled,
                    self._tool_files,
                )
                if source.file:
                    copier.copy_file(source.file, PurePosixPath(path).name)
                else:
                    copier.copy_all()
            except OSError as error:
                _remove(place)
                why = f"its copy cannot be written: {_words(error)}"
                raise SourceUnreadableError(why) from error
            except BaseException:
                _remove(place)
                raise
        return Workspace(
            project=analysis.project,
            root=root,
            scratch=scratch,
            files=copy.files,
            skipped=copy.skipped,
            lines_of_code=copy.lines_of_code,
            byte_count=copy.byte_count,
        )

    def _stored_form(self, local_path: str) -> str:
        if "\0" in local_path or not local_path.startswith("/"):
            raise invalid_field(PATH_FIELD, "must be an absolute path without NUL characters")
        try:
            local_path.encode()
        except UnicodeEncodeError:
            raise invalid_field(PATH_FIELD, "must be UTF-8") from None
        if not self.is_allowed(local_path):
            raise SourceNotAllowedError
        return _normalised(local_path)

    @contextmanager
    def _opened(self, path: str) -> Iterator[_OpenSource]:
        """What lies at an allowed path, open for reading."""
        try:
            home, way = resolve(path, self._allowed)
            source = _open_source(home, way, PurePosixPath(path).name)
        except LeadsOutsideError:
            raise SourceNotAllowedError from None
        except OSError as error:
            if error.errno in _NOT_THERE:
                raise SourceNotFoundError from None
            raise SourceUnreadableError(_words(error)) from None
        try:
            yield source
        finally:
            os.close(source.directory)


@dataclass(frozen=True, slots=True)
class _OpenSource:
    """A project: an open directory, its path without links and, for a single file, the file in it."""

    directory: int
    real_path: str
    file: str


def _open_source(home: str, way: Parts, name: str) -> _OpenSource:
    """Opens `way` below `home`. `name` is what the project's path ends with.

    Raises:
        OSError: it is not there or cannot be read.
        SourceUnreadableError: it is neither a directory nor a Python file.
    """
    real_path = "/".join((home.rstrip("/"), *way)) or "/"
    mode = os.lstat(real_path).st_mode
    if stat.S_ISDIR(mode):
        return _OpenSource(_open_from(home, way, OPEN_DIRECTORY), real_path, "")
    if not stat.S_ISREG(mode) or not is_python(name):
        why = "it is neither a directory nor a .py, .pyi, .pyw or .ipynb file"
        raise SourceUnreadableError(why)
    if not way:  # the file itself is what is allowed
        home, way = str(PurePosixPath(home).parent), (PurePosixPath(home).name,)
    os.close(_open_from(home, way, OPEN_FILE))
    directory = _open_from(home, way[:-1], OPEN_DIRECTORY)
    return _OpenSource(directory, str(PurePosixPath(real_path).parent), way[-1])


def _open_from(home: str, way: Parts, flags: int) -> int:
    top = os.open(home, OPEN_DIRECTORY)
    try:
        return open_beneath(top, way, flags)
    finally:
        os.close(top)


def _normalised(path: str) -> str:
    """An absolute path without ".", ".." and doubled slashes, going by names alone."""
    return "/" + posixpath.normpath(path).lstrip("/")


def _words(error: OSError) -> str:
    return (error.strerror or "unknown error").lower()


def _result_of(function: Callable[[], T]) -> FlextResult[T]:
    try:
        return FlextResult.ok(function())
    except QualityError as error:
        return FlextResult.fail(error)


def _remove(directory: Path) -> None:
    """Removes a directory with all that tools may have left in it; it need not exist."""
    if directory.exists():
        shutil.rmtree(directory, onerror=_remove_protected)


def _remove_protected(
    _function: object, path: str, _error: tuple[type[BaseException], BaseException, TracebackType]
) -> None:
    """Tries again what failed because its directory may not be changed."""
    Path(path).parent.chmod(0o700)
    if Path(path).is_dir() and not Path(path).is_symlink():
        Path(path).chmod(0o700)
        shutil.rmtree(path)
    else:
        Path(path).unlink(missing_ok=True)


def _names_in(directory: Path) -> set[str]:
    return {entry.name for entry in directory.iterdir()} if directory.is_dir() else set()
