"""The values of every file and directory of a project."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from flext_quality.domain.findings.finding import Category
from flext_quality.domain.issues.issue import IssueTally
from flext_quality.domain.metrics.measuring import Totals, score_values
from flext_quality.domain.sources.measures import FileRecord


@dataclass(frozen=True, slots=True)
class PathMeasures:
    """The values of a file or directory by metric key; the project's own path is empty."""

    path: str
    is_directory: bool
    values: dict[str, float]


class PathTree:
    """A project's files and directories, each with what is below it."""

    def __init__(
        self,
        records: Iterable[FileRecord],
        tallies: Iterable[IssueTally],
        measured: Collection[Category] | None,
    ) -> None:
        """Puts the tree together. `measured` are the categories whose issues were looked for."""
        self._measured = measured
        self._files: dict[str, Totals] = {}
        for record in records:
            self._files.setdefault(record.path, Totals()).add_file(record)
        for tally in tallies:
            self._files.setdefault(tally.path, Totals()).add_issues(tally)
        self._directories = _directories(self._files)

    def paths(self, prefix: str = "", depth: int = 0) -> list[str]:
        """The paths at and below `prefix`, at most `depth` deeper (0: all), in order.

        The order is that of the paths' parts: a directory comes right before what lies in it.
        """
        root = prefix.strip("/")
        level = _level(root)
        found = (
            path
            for path in (*self._directories, *self._files)
            if is_at_or_below(path, root) and (not depth or _level(path) - level <= depth)
        )
        return sorted(found, key=path_order)

    def measures(self, path: str) -> PathMeasures | None:
        """The values of one path; None if there is no such."""
        totals = self._directories.get(path)
        is_directory = totals is not None
        totals = totals or self._files.get(path)
        if totals is None:
            return None
        values = totals.values(self._measured)
        values |= score_values(totals.score(values, self._measured))
        return PathMeasures(path, is_directory, values)


def path_order(path: str) -> tuple[str, ...]:
    """The key by which paths are sorted: part by part."""
    return tuple(path.split("/")) if path else ()


def is_at_or_below(path: str, root: str) -> bool:
    """Whether `path` is `root` or lies in it; everything lies in the empty one."""
    return not root or path == root or path.startswith(root + "/")


def _level(path: str) -> int:
    return len(path_order(path))


def _directories(files: dict[str, Totals]) -> dict[str, Totals]:
    """Each directory's totals, from the deepest up."""
    directories = {"": Totals()}
    for path, totals in files.items():
        parent = _parent(path)
        directories.setdefault(parent, Totals()).add(totals)
        while parent:
            parent = _parent(parent)
            directories.setdefault(parent, Totals())
    for path in sorted(directories, key=_level, reverse=True):
        if path:
            directories[_parent(path)].add(directories[path])
    return directories


def _parent(path: str) -> str:
    return path.rpartition("/")[0]
