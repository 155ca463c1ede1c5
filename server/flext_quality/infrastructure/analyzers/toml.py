"""Reads the tools' tables, and writes TOML so that one of which something was taken out can be put back."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path


def tool_tables(root: Path) -> dict[str, object]:
    """What stands under [tool] in the `pyproject.toml` of a working copy's root.

    Nothing if the file is not there or cannot be read: other tools tell of that.
    """
    try:
        table = tomllib.loads((root / "pyproject.toml").read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return {}
    tools = table.get("tool")
    return tools if isinstance(tools, dict) else {}


def to_toml(table: Mapping[str, object]) -> str:
    """A table as TOML, one key a line, nested tables inline. Takes whatever `tomllib` reads."""
    return "".join(f"{_string(key)} = {_value(value)}\n" for key, value in table.items())


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _string(value)
        case int() | float():
            return repr(value)
        case datetime() | date() | time():
            return value.isoformat()
        case Mapping():
            return "{" + ", ".join(f"{_string(k)} = {_value(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_value, value)) + "]"
        case _:
            raise TypeError(f"TOML has no {type(value).__name__}")


def _string(text: str) -> str:
    # JSON's escapes are TOML's too, but TOML wants one for DEL as well.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
