"""MyPy's incremental cache, one for each project and environment, used by one analysis at a time."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_LAYOUT = "layout.json"
_LOCK = "lock"
_UNUSED_SECONDS = 30 * 24 * 3600


class MyPyCache:
    """A directory with a cache for each run of a plan."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._emptied: set[int] = set()

    def for_run(self, number: int, layout: Mapping[str, str]) -> Path:
        """The cache directory of a run that checks the modules of `layout` (paths by name).

        MyPy takes up a module that has moved, but keeps the old path in what it said about it. So a
        cache that knows a module at another path is emptied.
        """
        directory = self._directory / f"run-{number}"
        known_file = directory / _LAYOUT
        try:
            known = json.loads(known_file.read_bytes())
        except (OSError, ValueError):
            known = {}
        if not isinstance(known, dict) or any(
            known.get(name, path) != path for name, path in layout.items()
        ):
            self.empty(number)
        if not directory.exists():
            self._emptied.add(number)
        directory.mkdir(parents=True, exist_ok=True)
        known_file.write_text(json.dumps(layout))
        return directory

    def is_fresh(self, number: int) -> bool:
        """Whether a run's cache began empty in this analysis."""
        return number in self._emptied

    def empty(self, number: int) -> None:
        """Forgets everything about a run."""
        shutil.rmtree(self._directory / f"run-{number}", ignore_errors=True)


@contextmanager
def project_cache(
    top: Path, project_id: str, words: Sequence[str], spare: Path
) -> Iterator[MyPyCache]:
    """The cache of a project in an environment; an empty one in `spare` if another analysis has it.

    All caches lie in `top`. `words` say what the environment is; other words mean another cache.
    """
    digest = hashlib.sha256("\0".join(words).encode()).hexdigest()[:32]
    directory = top / project_id / digest
    with _locked(directory) as is_locked:
        if is_locked:
            _remove_unused(directory)
        yield MyPyCache(directory if is_locked else spare)


@contextmanager
def _locked(directory: Path) -> Iterator[bool]:
    """Whether nobody else has the directory, which is so until the end of the context."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # The lock goes with the descriptor, so also when the server is killed.
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.utime(lock)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(lock)


def _remove_unused(current: Path) -> None:
    """Removes what nobody has used for long: of projects that are gone, and of former environments."""
    for other in current.parent.parent.glob("*/*"):
        lock = other / _LOCK
        if other != current and lock.exists() and _age(lock) > _UNUSED_SECONDS:
            with _locked(other) as is_locked:
                if is_locked:
                    shutil.rmtree(other, ignore_errors=True)


def _age(file: Path) -> float:
    return time.time() - file.stat().st_mtime
