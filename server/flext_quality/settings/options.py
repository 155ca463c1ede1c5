"""The options as a list: full names, and what kind each is of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from flext_quality.option_group import OperatorsFile, UrlWithPassword
from flext_quality.settings.all_options import AllOptions

ENVIRONMENT_PREFIX = "FLEXT_API_"
SEPARATOR = "__"

Path = tuple[str, ...]
"""Of an option: the names of its groups, and its own."""

RENAMED = {
    "database_url": ("database.url",),
    "database_pool_size": ("database.pool_size",),
    "redis.max_connections": ("redis.connection_pool_size",),
    "observability.metrics_endpoint": ("observability.http_host", "observability.http_port"),
    "observability.tracing": (
        "observability.tracing_endpoint",
        "observability.tracing_sample_ratio",
    ),
    "observability.tracing.endpoint": ("observability.tracing_endpoint",),
    "observability.tracing.sample_ratio": ("observability.tracing_sample_ratio",),
}
"""Names that operators may know from elsewhere or from before, and what to set instead."""

_ENVIRONMENT_ONLY = {("environment",), ("config_dir",), ("secrets_dir",)}
"""They say where other options come from, so no file can hold them."""

_LIVE = {
    *(("max_concurrent_analyses",), ("max_queued_analyses",), ("default_timeout",)),
    *(("heartbeat_interval",), ("observability", "log_level")),
}
_LIVE_GROUPS = {"external_tools", "features"}
_NOT_LIVE = {("external_tools", "sarif_tools")}


@dataclass(frozen=True)
class Option:
    """One option; `group` is the class that it stands in."""

    path: Path
    field: FieldInfo
    group: type[BaseModel]

    @property
    def name(self) -> str:
        """As in files: "external_tools.mypy.timeout"."""
        return dotted(self.path)

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
    def is_operators_file(self) -> bool:
        """Whether it names a file, in configuration files also by a relative path."""
        return OperatorsFile in self.field.metadata

    @property
    def is_live(self) -> bool:
        """Whether a change of the configuration file takes effect in a running development server."""
        if self.path in _NOT_LIVE:
            return False
        return self.path in _LIVE or self.path[0] in _LIVE_GROUPS

    @property
    def is_environment_only(self) -> bool:
        """Whether only an environment variable (or the command line) can set it."""
        return self.path in _ENVIRONMENT_ONLY

    @property
    def is_mapping(self) -> bool:
        """Whether its entries have names of their own."""
        return get_origin(self.field.annotation) is dict


def variable(path: tuple[int | str, ...]) -> str:
    """The full name of an option or group; numbers of list items are left out."""
    names = [part.upper() for part in path if isinstance(part, str)]
    return ENVIRONMENT_PREFIX + SEPARATOR.join(names)


def dotted(path: Path) -> str:
    """The name of an option or group as in files."""
    return ".".join(path)


def path_of(name: str) -> Path:
    """The path that a name with `__` between groups means, in whatever case, with or without the prefix."""
    return tuple(name.upper().removeprefix(ENVIRONMENT_PREFIX).lower().split(SEPARATOR))


@cache
def options() -> dict[Path, Option]:
    """All options, in the order in which they are declared."""
    every = _fields(AllOptions, ())
    return {option.path: option for option in every if _group_of(option.field) is None}


@cache
def groups() -> dict[Path, type[BaseModel]]:
    """All groups by path, without the outermost."""
    found = {option.path: _group_of(option.field) for option in _fields(AllOptions, ())}
    return {path: group for path, group in found.items() if group is not None}


def is_known(path: Path) -> bool:
    """Whether it is an option, a group, or an entry of an option that is a mapping."""
    above = (options().get(path[:length]) for length in range(1, len(path)))
    is_entry = any(option.is_mapping for option in above if option is not None)
    return is_entry or path in options() or path in groups()


def value_of(settings: AllOptions, option: Option) -> Any:
    """The value of an option."""
    value: Any = settings
    for name in option.path:
        value = getattr(value, name)
    return value


def _fields(group: type[BaseModel], above: Path) -> Iterator[Option]:
    """Options and groups."""
    for name, field in group.model_fields.items():
        yield Option((*above, name), field, group)
        if inner := _group_of(field):
            yield from _fields(inner, (*above, name))


def _group_of(field: FieldInfo) -> type[BaseModel] | None:
    annotation: Any = field.annotation
    is_group = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_group else None
