"""Where files lie, and under which names, in the copy that MyPy sees of a difficult project."""

from __future__ import annotations

import posixpath
import re
import zlib
from collections.abc import Collection, Iterable


class Placing:
    """Gives directories and files names that MyPy can work with.

    Args:
        paths: all files of the project.
        renamed: directories and files, by path, that need another name.
        top: the name that the project's directory gets where it is a package; else empty.
    """

    def __init__(self, paths: Iterable[str], renamed: Collection[str], top: str = "") -> None:
        self._top = top if not top or top.isidentifier() else fit_name(top, ())
        self._names: dict[str, str] = {}
        siblings: dict[str, set[str]] = {}
        paths = list(paths)
        if renamed:
            for path in paths:
                while path:
                    parent, name = posixpath.split(path)
                    siblings.setdefault(parent, set()).add(name)
                    path = parent  # noqa: PLW2901  # climbs
        for path in sorted(renamed):
            parent = posixpath.dirname(path)
            taken = siblings.setdefault(parent, set())
            self._names[path] = fit_name(path, taken)
            taken.add(self._names[path])
        self._directories: dict[str, str] = {"": self._top}
        self.placed = {path: self._place(path) for path in paths}
        self.original = {placed: path for path, placed in self.placed.items()}

    def directory(self, path: str) -> str:
        """Where a directory of the project lies."""
        if path not in self._directories:
            self._directories[path] = self._place(path)
        return self._directories[path]

    def _place(self, path: str) -> str:
        parent, name = posixpath.split(path)
        return posixpath.join(self.directory(parent), self._names.get(path, name))


def fit_name(path: str, taken: Collection[str]) -> str:
    """Another name for what lies at `path`: an identifier like the present one, and none of `taken`.

    A file's suffix and the "-stubs" of a directory stay. The same path gets the same name.
    """
    name = posixpath.basename(path)
    stem, suffix = posixpath.splitext(name) if name.endswith((".py", ".pyi")) else (name, "")
    if stem.endswith("-stubs"):
        stem, suffix = stem.removesuffix("-stubs"), "-stubs"
    fitting = re.sub(r"\W", "_", stem)
    if not fitting.isidentifier():
        fitting = f"_{fitting}"
    candidate = fitting + suffix
    if candidate == name or candidate in taken:
        fitting = f"{fitting}_{zlib.crc32(path.encode()):08x}"
    while fitting + suffix in taken:
        fitting += "_"
    return fitting + suffix
