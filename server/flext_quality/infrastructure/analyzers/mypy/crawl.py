"""Which files `mypy .` takes up, going by names alone.

Mirrors `mypy.find_sources.SourceFinder.find_sources_in_dir`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

SUFFIXES = (".pyi", ".py")
"""In MyPy's order of preference."""

_NEVER_ENTERED = ("__pycache__", "site-packages", "node_modules")


@dataclass(slots=True)
class Crawl:
    """What a search found.

    Attributes:
        taken: the files that MyPy checks, in its order.
        stubbed: files that a stub beside them stands for.
        hidden: files in directories that MyPy never enters.
        excluded: files that the project's configuration leaves out.
        covered: files whose module name a directory beside them takes.
    """

    taken: list[str] = field(default_factory=list)
    stubbed: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    covered: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Directory:
    files: list[str] = field(default_factory=list)
    directories: dict[str, _Directory] = field(default_factory=dict)


def crawl(paths: Iterable[str], excluded: Collection[str] = ()) -> Crawl:
    """Sorts out the Python files `paths`; `excluded` are files and directories left out."""
    top = _Directory()
    for path in paths:
        *way, name = path.split("/")
        directory = top
        for part in way:
            directory = directory.directories.setdefault(part, _Directory())
        directory.files.append(name)
    found = Crawl()
    _search(top, "", frozenset(excluded), found)
    return found


def _search(directory: _Directory, path: str, excluded: frozenset[str], found: Crawl) -> bool:
    """Whether anything was taken."""
    seen: dict[str, list[str]] = {}
    before = len(found.taken)
    names = [*directory.files, *directory.directories]
    for name in sorted(names, key=_order):
        inner = posixpath.join(path, name)
        is_directory = name in directory.directories
        rejected = _rejected(name, inner, excluded, found)
        if rejected is not None:
            rejected.extend(
                _all_files(directory.directories[name], inner) if is_directory else [inner]
            )
        elif is_directory:
            if _search(directory.directories[name], inner, excluded, found):
                seen[name] = found.covered
        else:
            stem = posixpath.splitext(name)[0]
            if stem in seen:
                seen[stem].append(inner)
            else:
                seen[stem] = found.stubbed
                found.taken.append(inner)
    return len(found.taken) > before


def _rejected(name: str, path: str, excluded: frozenset[str], found: Crawl) -> list[str] | None:
    """Where to note what is not even looked at; None for what is."""
    if name in _NEVER_ENTERED or name.startswith("."):
        return found.hidden
    return found.excluded if path in excluded else None


def _all_files(directory: _Directory, path: str) -> list[str]:
    files = [posixpath.join(path, name) for name in directory.files]
    for name, inner in directory.directories.items():
        files += _all_files(inner, posixpath.join(path, name))
    return files


def _order(name: str) -> tuple[bool, int, str]:
    """MyPy's: packages' own files first, and directories before stubs before other files."""
    base, suffix = posixpath.splitext(name)
    if suffix in SUFFIXES:
        return (base != "__init__", SUFFIXES.index(suffix), base)
    return (base != "__init__", -1, name)
