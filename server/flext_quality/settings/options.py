"""The options as a list: full names, and what kind each is of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import NoDecode

from flext_quality.settings.base import UrlWithPassword
from flext_quality.settings.groups import FlextApiSettings

ENVIRONMENT_PREFIX = "FLEXT_API_"
SEPARATOR = "__"

Path = tuple[str, ...]
"""Of an option: the names of its groups, and its own."""

_FROM_OUTSIDE = {("environment",), ("config_dir",), ("secrets_dir",)}
"""They say where other options come from, so no file can hold them."""

_LIVE = {
    *(("max_concurrent_analyses",), ("max_queued_analyses",), ("default_timeout",)),
    *(("heartbeat_interval",), ("observability", "log_level")),
}
_LIVE_GROUPS = {"external_tools", "features"}
_NOT_LIVE = {("external_tools", "sarif_tools"), ("external_tools", "sarif", "enabled")}


@dataclass(frozen=True)
class Option:
    """One option; `group` is the class that it stands in."""

    path: Path
    field: FieldInfo
    group: type[BaseModel]

    @property
    def name(self) -> str:
        """As in files: "external_tools.mypy.timeout"."""
        return ".".join(self.path)

    @property
    def variable(self) -> str:
        """The full name."""
        return variable(self.path)

    @property
    def is_secret(self) -> bool:
        """Whether its value is shown to nobody."""
        annotation = self.field.annotation
        return annotation is SecretStr or SecretStr in get_args(annotation)

    @property
    def may_hold_password(self) -> bool:
        """Whether it is a URL, which is shown without its password."""
        return UrlWithPassword in self.field.metadata

    @property
    def is_live(self) -> bool:
        """Whether a change of the configuration file takes effect in a running development server."""
        if self.path in _NOT_LIVE:
            return False
        return self.path in _LIVE or self.path[0] in _LIVE_GROUPS

    @property
    def is_from_outside(self) -> bool:
        """Whether only an environment variable (or the command line) can set it."""
        return self.path in _FROM_OUTSIDE

    @property
    def is_json_in_text(self) -> bool:
        """Whether a source that has only text holds it as JSON."""
        if NoDecode in self.field.metadata:
            return False
        return get_origin(self.field.annotation) in (tuple, list, set, frozenset, dict)


def variable(path: tuple[int | str, ...]) -> str:
    """The full name of an option or group; numbers of list items are left out."""
    names = [part.upper() for part in path if isinstance(part, str)]
    return ENVIRONMENT_PREFIX + SEPARATOR.join(names)


@cache
def options() -> dict[Path, Option]:
    """All options, in the order in which they are declared."""
    return {option.path: option for option in _walk(FlextApiSettings, ())}


@cache
def groups() -> dict[Path, type[BaseModel]]:
    """All groups, the outermost included."""
    found: dict[Path, type[BaseModel]] = {}
    for path, option in options().items():
        for length in range(len(path)):
            found.setdefault(path[:length], _group_at(path[:length], option))
    return found


def _group_at(path: Path, option: Option) -> type[BaseModel]:
    group: type[BaseModel] = FlextApiSettings
    for name in path:
        inner = _group_of(group.model_fields[name])
        assert inner is not None, option.name  # noqa: S101  # a path of `_walk` leads through groups
        group = inner
    return group


def _walk(group: type[BaseModel], above: Path) -> Iterator[Option]:
    for name, field in group.model_fields.items():
        inner = _group_of(field)
        if inner is None:
            yield Option((*above, name), field, group)
        else:
            yield from _walk(inner, (*above, name))


def _group_of(field: FieldInfo) -> type[BaseModel] | None:
    annotation: Any = field.annotation
    is_group = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_group else None


def value_of(settings: FlextApiSettings, option: Option) -> Any:
    """The value of an option."""
    value: Any = settings
    for name in option.path:
        value = getattr(value, name)
    return value
