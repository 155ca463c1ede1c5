"""Follows paths and opens files without ever leaving given directories.

`resolve` follows symbolic links by itself, one part at a time, and stops before it would look at
anything outside. `open_beneath` opens what was resolved part by part and refuses links, so whoever
swaps a directory for a link in between gets an error and leads nowhere.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence

MAX_LINKS = 40
"""As many links on one way as Linux follows (path_resolution(7))."""

_OPEN = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
OPEN_DIRECTORY = _OPEN | os.O_DIRECTORY
# A FIFO that somebody puts there must not make the open wait.
OPEN_FILE = _OPEN | os.O_NONBLOCK | os.O_NOCTTY

Parts = tuple[str, ...]


class LeadsOutsideError(Exception):
    """The way leaves the directories that it must stay in."""


def parts_of(path: str) -> Parts:
    """The parts of a path, without empty ones."""
    return tuple(part for part in path.split("/") if part)


def is_beneath(parts: Parts, directory: Parts) -> bool:
    """Whether `parts` is `directory` or lies in it, going by names alone."""
    return parts[: len(directory)] == directory


def resolve(path: str, directories: Sequence[str]) -> tuple[str, Parts]:
    """The directory, and the way from there to what `path` stands for, without any link.

    Args:
        path: absolute.
        directories: absolute; they are trusted, so links on the way to them are followed anyhow.

    Raises:
        LeadsOutsideError: it is or leads outside of all `directories`.
        OSError: something on the way is missing, cannot be read, or leads in circles.
    """
    homes = [(parts_of(d), parts_of(os.path.realpath(d))) for d in directories]
    roots = [real for _, real in homes]
    pending = list(reversed(_at_home(parts_of(path), homes)))
    current: Parts = ()
    links = 0
    while pending:
        part = pending.pop()
        if part == ".":
            continue
        if part == "..":
            current = current[:-1]
            continue
        candidate = (*current, part)
        if not any(is_beneath(root, candidate) for root in roots):
            if not any(is_beneath(candidate, root) for root in roots):
                raise LeadsOutsideError
            target = _link_target("/" + "/".join(candidate))
            if target is not None:
                links += 1
                if links > MAX_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                way = parts_of(target)
                if target.startswith("/"):
                    current, way = (), _at_home(way, homes)
                pending.extend(reversed(way))
                continue
        current = candidate
    inside = [root for root in roots if is_beneath(current, root)]
    if not inside:
        raise LeadsOutsideError
    root = max(inside, key=len)
    return "/" + "/".join(root), current[len(root) :]


def open_beneath(directory: int, parts: Parts, flags: int) -> int:
    """Opens the way `parts` from an open directory; a link on the way is an error.

    Returns a file descriptor that the caller closes. With no parts, it is of the directory itself.

    Raises:
        OSError: something is missing, may not be read, or has become a link.
    """
    *way, last = parts or (".",)
    opened = directory
    try:
        for part in way:
            inner = os.open(part, OPEN_DIRECTORY, dir_fd=opened)
            if opened != directory:
                os.close(opened)
            opened = inner
        return os.open(last, flags, dir_fd=opened)
    finally:
        if opened != directory:
            os.close(opened)


def _at_home(path: Parts, homes: Sequence[tuple[Parts, Parts]]) -> Parts:
    """`path` with the trusted part of it without links."""
    fitting = [(given, real) for given, real in homes if is_beneath(path, given)]
    if not fitting:
        return path
    given, real = max(fitting, key=lambda home: len(home[0]))
    return real + path[len(given) :]


def _link_target(path: str) -> str | None:
    """Where a link leads; None for anything else."""
    if not stat.S_ISLNK(os.lstat(path).st_mode):
        return None
    return os.readlink(path)  # noqa: PTH115  # as it is: Path would tidy it up
