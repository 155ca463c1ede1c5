"""Options that are given as texts with full names, as environment variables are."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any, NamedTuple

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource

from flext_quality.settings.errors import no_such_option
from flext_quality.settings.options import (
    RENAMED,
    Path,
    dotted,
    groups,
    is_known,
    options,
    path_of,
    variable,
)
from flext_quality.settings.record import DEFAULT, Origin, Problem, Record, UnreadableError, nearest

MAX_FILE_BYTES = 1024**2
"""A larger file is not configuration."""


class Given(NamedTuple):
    """A text, or why there is none, under a name with or without the prefix."""

    name: str
    text: str | UnreadableError
    origin: Origin


class TextSource(EnvSettingsSource):
    """Has pydantic-settings put texts together: groups by `__`, JSON for groups and most lists."""

    def __init__(self, settings_cls: type[BaseSettings], record: Record) -> None:
        super().__init__(settings_cls)
        self.record = record

    @abstractmethod
    def given(self) -> Iterator[Given]:
        """What there is of ours, misspelt names included."""

    def refusal(self, path: Path, origin: Origin) -> str:
        """Why nothing of this name can be given here; empty if it can."""
        if not is_known(path):
            return no_such_option(path, origin)
        option = options().get(path)
        is_refused = option is not None and option.is_environment_only
        return "can only be set in the environment" if is_refused else ""

    def __call__(self) -> dict[str, Any]:
        """The values."""
        texts: dict[str, Any] = {}
        origins: dict[Path, Origin] = {}
        for name, text, origin in self.given():
            path = path_of(name)
            if why := self.refusal(path, origin):
                self.record.problems.append(Problem(path, why, origin))
            else:
                texts[variable(path).lower()], origins[path] = text, origin
        self.env_vars = texts
        return self.record.keep(super().__call__(), lambda path: nearest(origins, path) or DEFAULT)

    def decode_complex_value(self, field_name: str, field: FieldInfo | None, value: Any) -> Any:
        """The value of JSON. What is none is a problem like others; pydantic-settings would give up."""
        if isinstance(value, UnreadableError):
            return value
        try:
            return super().decode_complex_value(field_name, field, value)  # type: ignore[arg-type]  # it takes None
        except (ValueError, RecursionError) as error:
            if field is None:  # an entry of a mapping, which may be text
                raise
            return not_json(error)


def is_ours(path: Path) -> bool:
    """Whether a name among those of others is an option's, was one, or is one that is misspelt in a group."""
    return path in options() or dotted(path) in RENAMED or path[:1] in groups()


def not_json(error: ValueError | RecursionError) -> UnreadableError:
    """Says what is wrong with a text that should be JSON."""
    words = error.msg if isinstance(error, json.JSONDecodeError) else "it is too deep"
    return UnreadableError(f"has to be JSON: {words}")


def read_text(file: FilePath) -> str:
    """The content of a small file.

    Raises:
        UnreadableError: says why, never what is in it.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from None
    if len(content) > MAX_FILE_BYTES:
        raise UnreadableError(f"is larger than {MAX_FILE_BYTES:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError("is not UTF-8") from None
