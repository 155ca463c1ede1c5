"""Which files of the project a log is about."""

from __future__ import annotations

import os
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from flext_quality.application.ports.sources import Workspace
from flext_quality.infrastructure.analyzers.sarif.schema import ArtifactLocation, Run
from flext_quality.infrastructure.sources.selection import is_proper, is_python

MAX_PATH_CHARACTERS = 2048

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")  # two letters at least: "C:" is a drive
_DRIVE = re.compile(r"/*[A-Za-z]:/")
_MAX_BASES = 32


@dataclass(frozen=True)
class ProjectFiles:
    """The files of a working copy, by path, and where the copy and the project lie."""

    roots: tuple[str, ...]
    paths: frozenset[str]
    by_name: dict[str, list[str]]

    @classmethod
    def of(cls, workspace: Workspace) -> ProjectFiles:
        """All regular files of the working copy."""
        root = workspace.root
        paths = []
        for directory, subdirectories, names in os.walk(root):
            if directory == str(root) and ".git" in subdirectories:
                subdirectories.remove(".git")
            here = Path(directory).relative_to(root)
            paths += [(here / name).as_posix() for name in names]
        by_name: dict[str, list[str]] = {}
        for path in paths:
            by_name.setdefault(posixpath.basename(path), []).append(path)
        roots = {str(root), str(root.resolve()), _normal(workspace.local_path or ".")}
        return cls(tuple(roots), frozenset(paths), by_name)

    def takes(self, path: str) -> bool:
        """Whether a relative path can be one of the project's.

        All Python files of the project are in the copy. Of other files the copy has some only, so any
        proper path passes.
        """
        if path in self.paths:
            return True
        return not is_python(path) and (
            0 < len(path) <= MAX_PATH_CHARACTERS
            and path not in {".", ".."}
            and not path.startswith(("../", "/"))
            and is_proper(path)
        )


@dataclass
class Places:
    """Turns the locations in a run into paths of the project.

    A log may come from another machine. Where it names files by absolute URIs, the project's directory
    there is the one below which the most of these files lie in the project.
    """

    files: ProjectFiles
    run: Run
    _roots_there: tuple[str, ...] = field(default=(), init=False)
    _known: dict[tuple[str | None, str | None, int | None], str | None] = field(
        default_factory=dict, init=False
    )

    def __post_init__(self) -> None:
        self._roots_there = self._project_roots()

    def path_of(self, location: ArtifactLocation | None) -> str | None:
        """The project's file; None if it lies outside, or no file is named."""
        if location is None:
            return None
        key = (location.uri, location.uri_base_id, location.index)
        if key not in self._known:
            self._known[key] = self._find(location)
        return self._known[key]

    def uri_of(self, location: ArtifactLocation | None) -> str:
        """The URI as the log has it; empty where it names no file."""
        named = self._named(location)
        return (named.uri or "") if named else ""

    def _find(self, location: ArtifactLocation) -> str | None:
        for absolute, relative in self._readings(location):
            for root in (*self.files.roots, *self._roots_there):
                if absolute.startswith(f"{root}/") and self.files.takes(absolute[len(root) + 1 :]):
                    return absolute[len(root) + 1 :]
            is_elsewhere = absolute and self._roots_there and relative not in self.files.paths
            if relative and not is_elsewhere and self.files.takes(relative):
                return relative
        return None

    def _readings(self, location: ArtifactLocation) -> Iterator[tuple[str, str]]:
        """The absolute and the relative path that a location may mean, either may be empty.

        Some tools do not percent-encode, so the URI as it stands is tried too.
        """
        named = self._named(location)
        if named is None or named.uri is None:
            return
        for path in dict.fromkeys((_decoded(named.uri), _slashed(named.uri))):
            absolute, relative = self._resolved(path, named.uri_base_id)
            yield (_normal(absolute) if absolute else ""), (_normal(relative) if relative else "")

    def _named(self, location: ArtifactLocation | None) -> ArtifactLocation | None:
        """The location itself, or the artifact that it points to."""
        artifacts = self.run.artifacts or ()
        if location is None or location.uri is not None or location.index is None:
            return location
        if not 0 <= location.index < len(artifacts):
            return None
        return artifacts[location.index].location

    def _resolved(self, uri: str, base_id: str | None) -> tuple[str, str]:
        path = _path(uri)
        if path is None:
            return "", ""
        bases = self.run.original_uri_base_ids or {}
        for _ in range(_MAX_BASES):
            if _is_absolute(path):
                return path, ""
            base = bases.get(base_id) if base_id is not None else None
            if base is None or base.uri is None:
                return "", path
            above = _path(_decoded(base.uri))
            if above is None:
                return "", path
            if _is_absolute(above):
                return posixpath.join(above, path), path
            path = posixpath.join(above, path)
            base_id = base.uri_base_id
        return "", ""

    # --- the project's directory on the machine where the tool ran --------------------------------------

    def _project_roots(self) -> tuple[str, ...]:
        votes: Counter[str] = Counter()
        for absolute in self._absolute_paths():
            for path in self.files.by_name.get(posixpath.basename(absolute), ()):
                if absolute.endswith(f"/{path}"):
                    votes[absolute[: -len(path) - 1]] += 1
        declared = {
            _normal(above)
            for base in (self.run.original_uri_base_ids or {}).values()
            if base.uri is not None and (above := _path(_decoded(base.uri))) is not None
        }
        best = sorted(votes, key=lambda root: (-votes[root], root not in declared, len(root), root))
        return tuple(best[:1])

    def _absolute_paths(self) -> set[str]:
        found = set()
        for location in self._locations():
            for absolute, _ in self._readings(location):
                if absolute:
                    found.add(absolute)
        return found

    def _locations(self) -> Iterable[ArtifactLocation]:
        for artifact in self.run.artifacts or ():
            if artifact.location is not None:
                yield artifact.location
        for result in self.run.results or ():
            for place in result.locations or ():
                physical = place.physical_location
                if physical is not None and physical.artifact_location is not None:
                    yield physical.artifact_location


def _path(uri: str) -> str | None:
    """The path in a URI or a path that stands for one; None if it is of something else than a file."""
    scheme = _SCHEME.match(uri)
    if scheme is None:
        return uri
    if scheme[0].lower() != "file:":
        return None
    rest = uri[len("file:") :]
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        return f"{slash}{path}" if host in {"", "localhost"} else f"//{host}{slash}{path}"
    return rest


def _slashed(uri: str) -> str:
    return uri.replace("\\", "/")


def _decoded(uri: str) -> str:
    # A backslash that the producer encoded is a part of the name.
    return unquote(_slashed(uri))


def _is_absolute(path: str) -> bool:
    return path.startswith("/") or _DRIVE.match(path) is not None


def _normal(path: str) -> str:
    normal = posixpath.normpath(path)
    return normal.lstrip("/") if _DRIVE.match(normal) else normal
