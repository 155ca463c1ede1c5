"""The project's own vulture configuration, as data: [tool.vulture] in the root's `pyproject.toml`.

Vulture's patterns match absolute paths; here, where nobody knows where the project lies, the path below the
project with a "/" before it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from flext_quality.application.ports.sources import SourceFile
from flext_quality.domain.analyses.events import ConfigurationIgnored
from flext_quality.infrastructure.analyzers.deadcode.profile import PROFILE
from flext_quality.infrastructure.analyzers.toml import tool_tables

_PATH = "pyproject.toml"
_SCANNED = ".py"
_LISTS = ("exclude", "ignore_names", "ignore_decorators", "paths")
_HOW_TO_SHOW = {"make_whitelist", "sort_by_size", "verbose"}
_HIGHEST = 100


@dataclass(slots=True)
class DeadCodeConfiguration:
    """What is in effect; the names are vulture's. No `paths`: the whole project."""

    min_confidence: int = 0
    exclude: list[str] = field(default_factory=list)
    ignore_names: list[str] = field(default_factory=list)
    ignore_decorators: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    ignored: list[ConfigurationIgnored] = field(default_factory=list)

    def files(self, files: Sequence[SourceFile]) -> list[SourceFile]:
        """Those that are read."""
        return [file for file in files if self._takes(file.path)]

    def _takes(self, path: str) -> bool:
        if self.paths and path not in self.paths and not self._is_below_one(path):
            return False
        return path.endswith(_SCANNED) and not any(
            fnmatch(f"/{path}", pattern) for pattern in self.exclude
        )

    def _is_below_one(self, path: str) -> bool:
        return any(above == "." or path.startswith(f"{above}/") for above in self.paths)

    def ignore(self, option: str, why: str) -> None:
        """Notes that an option is not used."""
        self.ignored.append(ConfigurationIgnored(PROFILE.name, _PATH, option, why))


def read_configuration(root: Path) -> DeadCodeConfiguration:
    """Reads what a working copy holds. Blocks, for it reads files."""
    configuration = DeadCodeConfiguration()
    table = tool_tables(root).get("vulture")
    for option, value in sorted(table.items()) if isinstance(table, dict) else ():
        if option in _HOW_TO_SHOW:
            configuration.ignore(option, "how findings are shown is for the client to say")
        elif option == "min_confidence":
            _take_confidence(configuration, value)
        elif option not in _LISTS:
            configuration.ignore(option, "vulture has no such option")
        elif not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            configuration.ignore(option, "it is not a list of texts")
        else:
            setattr(configuration, option, value)
    configuration.exclude = [_pattern(pattern) for pattern in configuration.exclude]
    configuration.paths = _inside(configuration, root)
    return configuration


def _take_confidence(configuration: DeadCodeConfiguration, value: object) -> None:
    if type(value) is int and 0 <= value <= _HIGHEST:
        configuration.min_confidence = value
    else:
        configuration.ignore("min_confidence", f"it is not a whole number from 0 to {_HIGHEST}")


def _pattern(pattern: str) -> str:
    """As vulture reads it: without wildcards, it may stand anywhere in the path."""
    return pattern if any(character in pattern for character in "*?[") else f"*{pattern}*"


def _inside(configuration: DeadCodeConfiguration, root: Path) -> list[str]:
    """The paths that lie in the project."""
    inside = []
    for value in configuration.paths:
        path = posixpath.normpath(value)
        if path.startswith(("/", "../")) or path == "..":
            configuration.ignore("paths", f"{value} leads out of the project")
        elif not _exists(root / path):
            configuration.ignore("paths", f"the server has no {value} of the project")
        else:
            inside.append(path)
    return inside


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, or a NUL in it
        return False
