"""Reads what Bandit would get with `-c`: a TOML file's [tool.bandit], or a YAML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

import msgspec

_MAX_VALUES = 20_000
"""In one file. References let a small YAML file stand for an endless one."""

LISTS = frozenset({"tests", "skips", "include", "exclude_dirs"})
CHECK_SETTINGS = frozenset(
    {
        *("assert_used", "hardcoded_tmp_directory", "markupsafe_xss", "shell_injection"),
        *("ssl_with_bad_version", "try_except_continue", "try_except_pass"),
        "weak_cryptographic_key",
    }
)
"""The names under which Bandit's checks take settings."""


def parse_settings(path: str, content: bytes) -> dict[str, object] | None:
    """The settings, in types that TOML has; None if the file holds none.

    Raises:
        ValueError: it cannot be read; says why.
    """
    try:
        return _toml(content) if path.endswith(".toml") else _yaml(content)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def is_texts(value: object) -> bool:
    """Whether it is a list of texts."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _toml(content: bytes) -> dict[str, object] | None:
    tools = tomllib.loads(content.decode("utf-8-sig")).get("tool")
    settings = tools.get("bandit") if isinstance(tools, dict) else None
    return settings if isinstance(settings, dict) else None


def _yaml(content: bytes) -> dict[str, object] | None:
    settings = _Plain().mapping(msgspec.yaml.decode(content))
    return settings or None


class _Plain:
    """Takes from YAML what TOML has too; an empty value is as good as none."""

    def __init__(self) -> None:
        self._values = 0

    def mapping(self, value: object) -> dict[str, object]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise ValueError("it is not a mapping")  # noqa: TRY004  # of a file's content
        return {str(k): self._plain(v) for k, v in value.items() if v is not None}

    def _plain(self, value: object) -> object:
        self._values += 1
        if self._values > _MAX_VALUES:
            raise ValueError(f"it holds more than {_MAX_VALUES:,} values")
        match value:
            case bool() | int() | float() | str():
                return value
            case list():
                return [self._plain(item) for item in value if item is not None]
            case Mapping():
                return self.mapping(value)
            case _:
                return str(value)
