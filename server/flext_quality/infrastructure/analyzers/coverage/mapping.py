"""From the paths in a report, which are often of another machine, to the project's files."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Match:
    """A project's file, how many parts of the paths agree, and where the report's root lies."""

    path: str
    length: int
    root: Parts


class ProjectFiles:
    """Finds files by the ends of their paths.

    A path means the file with which it has the most last parts in common, if one of both paths is
    wholly the end of the other and no second file has as many.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = frozenset(paths)
        self._by_end: dict[str, str | None] = {}
        for path in self._paths:
            parts = path.split("/")
            for start in range(1, len(parts)):
                end = "/".join(parts[start:])
                self._by_end[end] = None if end in self._by_end else path

    def find(self, reported: Sequence[Sequence[str]]) -> Mapping[int, str]:
        """The file for each entry of a report, by its number; what is not in the project is left out.

        An entry holds the paths that it may have. Where several entries would be one file, they lie in
        different directories of the other machine: then the one counts whose root most entries share,
        and none if there are several such.
        """
        matches = {
            number: match
            for number, paths in enumerate(reported)
            if (match := self._match(paths)) is not None
        }
        roots = Counter(match.root for match in matches.values())
        claims: defaultdict[str, set[Parts]] = defaultdict(set)
        for match in matches.values():
            claims[match.path].add(match.root)
        return {
            number: match.path
            for number, match in matches.items()
            if _is_first(match.root, claims[match.path], roots)
        }

    def _match(self, paths: Sequence[str]) -> _Match | None:
        found = [match for path in paths if (match := self._longest(path)) is not None]
        best = max((match.length for match in found), default=0)
        longest = {match.path: match for match in found if match.length == best}
        return next(iter(longest.values())) if len(longest) == 1 else None

    def _longest(self, path: str) -> _Match | None:
        is_absolute, parts = _parts(path)
        whole = "/".join(parts)
        if not parts:
            return None
        if not is_absolute and whole not in self._paths and whole in self._by_end:
            longer = self._by_end[whole]
            return _Match(longer, len(parts), ("", *_prefix(longer, whole))) if longer else None
        for start in range(len(parts)):
            end = "/".join(parts[start:])
            if end in self._paths:
                return _Match(end, len(parts) - start, parts[:start])
        return None


def _is_first(root: Parts, claiming: set[Parts], counts: Mapping[Parts, int]) -> bool:
    return all(root == other or counts[root] > counts[other] for other in claiming)


def _prefix(path: str, end: str) -> Parts:
    return tuple(path[: -len(end)].split("/"))


def _parts(path: str) -> tuple[bool, Parts]:
    """Whether the path is absolute, and its parts; it may be of Windows."""
    path = path.replace("\\", "/")
    drive = re.match(r"[A-Za-z]:/", path)
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    return drive is not None or path.startswith("/"), tuple(parts)
