"""Options that are given as texts with full names, as environment variables are."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource

from flext_quality.settings.errors import no_such_option
from flext_quality.settings.options import (
    ENVIRONMENT_PREFIX,
    RENAMED,
    Path,
    groups,
    is_known,
    options,
    path_of,
    variable,
)
from flext_quality.settings.record import Origin, Problem, Record, Unreadable


class Given(NamedTuple):
    """A text under a name, with or without the prefix."""

    name: str
    text: str
    origin: Origin


class TextSource(EnvSettingsSource):
    """Has pydantic-settings put texts together: groups by `__`, JSON for groups and most lists."""

    def __init__(self, settings_cls: type[BaseSettings], record: Record) -> None:
        super().__init__(settings_cls, env_prefix=ENVIRONMENT_PREFIX, env_nested_delimiter="__")
        self._record = record
        self._places: dict[Path, Origin] = {}

    @abstractmethod
    def given(self) -> Iterator[Given]:
        """What there is of ours, misspelt names included."""

    def forbidden(self, path: Path) -> str:
        """Why an option cannot be given here; empty if it can."""
        option = options().get(path)
        is_refused = option is not None and option.is_environment_only
        return "can only be set in the environment" if is_refused else ""

    def __call__(self) -> dict[str, Any]:
        """The values of the options that are known; the others are problems."""
        texts = {}
        for name, text, origin in self.given():
            path = path_of(name)
            why = self.forbidden(path) if is_known(path) else no_such_option(path, origin)
            if why:
                self._record.problems.append(Problem(path, why, origin))
            else:
                texts[variable(path).lower()] = text
                self._places[path] = origin
        self.env_vars = texts
        return self._record.keep(super().__call__(), self._origin)

    def decode_complex_value(self, field_name: str, field: FieldInfo | None, value: Any) -> Any:
        """The value of JSON. What is none is a problem like others; pydantic-settings would give up."""
        try:
            return super().decode_complex_value(field_name, field, value)  # type: ignore[arg-type]  # it takes None
        except (ValueError, RecursionError) as error:
            if field is None:  # an entry of a mapping, which may be text
                raise
            return not_json(error)

    def _origin(self, path: Path) -> Origin:
        """Of the value's own text, or of that of the group or mapping that it is part of, or has parts in."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._places:
                return self._places[path[:length]]
        return next(o for known, o in self._places.items() if known[: len(path)] == path)


def is_ours(path: Path) -> bool:
    """Whether a name among those of others is an option's, was one, or is one that is misspelt in a group."""
    return path in options() or path in RENAMED or path[:1] in groups()


def not_json(error: ValueError | RecursionError) -> Unreadable:
    """Stands for a text that should be JSON."""
    words = error.msg if isinstance(error, json.JSONDecodeError) else "it is too deep"
    return Unreadable(f"has to be JSON: {words}")
