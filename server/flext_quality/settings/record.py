"""What one reading of the settings comes to beside the values: where each stands, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flext_quality.settings.options import Path, groups


@dataclass(frozen=True)
class Origin:
    """Where a value comes from: a kind of source, and the place in it for people."""

    source: str
    place: str


DEFAULT = Origin("default", "the default")
CALLER = Origin("command line", "given on the command line or by the caller")


@dataclass(frozen=True)
class Problem:
    """Something that is wrong. `file` stands for the option's name where a whole file is."""

    path: tuple[int | str, ...]
    message: str
    origin: Origin | None = None
    file: str = ""


class UnreadableError(ValueError):
    """A value cannot be read. Stands among a source's values for that one, until `Record.keep`."""


@dataclass
class Record:
    """Kept by the sources while they are asked, the one that wins first."""

    origins: dict[Path, Origin] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def keep(
        self, values: Mapping[str, Any], origin_of: Callable[[Path], Origin], above: Path = ()
    ) -> dict[str, Any]:
        """The values without those that cannot be read, once it is noted where they stand."""
        kept: dict[str, Any] = {}
        for name, value in values.items():
            path = (*above, name)
            if isinstance(value, UnreadableError):
                self.problems.append(Problem(path, str(value), origin_of(path)))
            elif isinstance(value, Mapping) and path in groups():
                kept[name] = self.keep(value, origin_of, path)
            else:
                kept[name] = value
                self.origins.setdefault(path, origin_of(path))
        return kept

    def origin(self, location: tuple[int | str, ...]) -> Origin | None:
        """That of a value, or of what it is part of, or (for a group as a whole) of its first option."""
        return nearest(self.origins, tuple(str(part) for part in location))


def nearest(origins: Mapping[Path, Origin], path: Path) -> Origin | None:
    """The origin of the longest beginning of the path, or of the first that the path is a beginning of."""
    beginnings = (path[:length] for length in range(len(path), 0, -1))
    found = next((origins[one] for one in beginnings if one in origins), None)
    return found or next((o for known, o in origins.items() if known[: len(path)] == path), None)
