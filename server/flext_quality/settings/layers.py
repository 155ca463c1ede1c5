"""What each source says, option by option, and what wins."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from flext_quality.settings.options import Path, groups, options


@dataclass(frozen=True)
class Origin:
    """Where a value comes from: a kind of source, and the place in it for people."""

    source: str
    place: str

    def __str__(self) -> str:
        return self.place


DEFAULT = Origin("default", "the default")
CALLER = Origin("command line", "given on the command line or by the caller")


@dataclass(frozen=True)
class Problem:
    """Something that is wrong. `place` stands for the option's name where it is about no option."""

    path: tuple[int | str, ...]
    message: str
    origin: Origin | None = None
    place: str = ""


@dataclass
class Layer:
    """One source. Values by option; for an unknown name, what is given."""

    values: dict[Path, Any] = field(default_factory=dict)
    origins: dict[Path, Origin] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def take(self, path: Path, value: Any, origin: Origin) -> None:
        """Takes a value as Python has it; a mapping for a group gives the group's options."""
        if path in groups():
            if isinstance(value, BaseModel):
                value = {name: getattr(value, name) for name in value.model_fields_set}
            if not isinstance(value, Mapping):
                self.problems.append(Problem(path, "has to be a group of options", origin))
                return
            for name, inner in value.items():
                self.take((*path, str(name)), inner, origin)
            return
        self.values[path] = value
        self.origins[path] = origin

    def take_text(self, path: Path, text: str, origin: Origin) -> None:
        """Takes a value that is text: JSON for a group and for most lists."""
        option = options().get(path)
        if path in groups() or (option is not None and option.is_json_in_text):
            try:
                self.take(path, json.loads(text), origin)
            except (ValueError, RecursionError) as error:
                words = error.msg if isinstance(error, json.JSONDecodeError) else "it is too deep"
                self.problems.append(Problem(path, f"has to be JSON: {words}", origin))
            return
        self.take(path, text, origin)


def path_of(name: str) -> Path:
    """The path that a name with `__` between groups means, in whatever case."""
    return tuple(name.lower().split("__"))


def is_ours(path: Path) -> bool:
    """Whether a name is an option's, or could only be one that is misspelt within a group."""
    return path in options() or path[:1] in groups()


def merge(layers: Sequence[Layer]) -> Layer:
    """The layers as one; the first that has an option wins."""
    merged = Layer()
    for layer in reversed(layers):
        merged.values.update(layer.values)
        merged.origins.update(layer.origins)
        merged.problems[:0] = layer.problems
    return merged


def nested(values: Mapping[Path, Any]) -> dict[str, Any]:
    """The values as groups in groups."""
    tree: dict[str, Any] = {}
    for path, value in values.items():
        group = tree
        for name in path[:-1]:
            group = group.setdefault(name, {})
        group[path[-1]] = value
    return tree
