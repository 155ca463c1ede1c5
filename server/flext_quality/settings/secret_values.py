"""Which values are secret, and how they are shown."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from flext_quality.settings.all_options import AllOptions
from flext_quality.settings.groups.security import split_encryption_keys
from flext_quality.settings.loading import LoadedSettings
from flext_quality.settings.options import Option, options, value_of

HIDDEN = "********"


def secret_values(settings: AllOptions) -> frozenset[str]:
    """Every secret text in the settings, parts of others included; none of them may get out."""
    found: set[str] = set()
    for option in options().values():
        value = value_of(settings, option)
        if isinstance(value, SecretStr):
            text = value.get_secret_value()
            found |= {text, *split_encryption_keys(text)}
        elif option.may_hold_password and (password := _password(value)):
            found |= {password, unquote(password)}
    return frozenset(found - {""})


def shown(settings: AllOptions, option: Option) -> str:
    """The value as people may see it: as a source that has only text would hold it."""
    value = value_of(settings, option)
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return HIDDEN
    if option.may_hold_password and (password := _password(value)):
        return str(value).replace(f":{password}@", f":{HIDDEN}@")
    return text_of(value)


def text_of(value: Any) -> str:
    """A value as text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:g}"
        case dict() | tuple() | list() | frozenset():
            return json.dumps(_plain(value)) if value else ""
        case _:
            return str(value)


def as_rows(loaded: LoadedSettings) -> list[dict[str, str]]:
    """All options with their values and sources, fit to be shown."""
    return [
        {
            "name": option.name,
            "variable": option.variable,
            "value": shown(loaded.settings, option),
            "source": loaded.origin(option.path).source,
            "place": loaded.origin(option.path).place,
        }
        for option in options().values()
    ]


def _password(url: str) -> str:
    try:
        netloc = urlsplit(url).netloc
    except ValueError:
        netloc = url.partition("://")[2]
    return netloc.rpartition("@")[0].partition(":")[2]


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    return [_plain(each) for each in value] if isinstance(value, tuple | list) else str(value)
