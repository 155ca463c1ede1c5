"""The database."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Annotated

from pydantic import Field, field_validator

from flext_quality.option_group import Group, Seconds, UrlWithPassword

_SQLITE_PATH = re.compile(r"/(?!:memory:$)[^?]+")
_POSTGRESQL = "postgresql+psycopg"
_SQLITE = "sqlite+aiosqlite"


class DatabaseSettings(Group):
    """Which database, and how many connections it gets. Each server has its own."""

    url: Annotated[str, UrlWithPassword, Field(repr=False)] = ""
    """postgresql://USER:PASSWORD@HOST/NAME (needs the extra `postgresql`) or sqlite+aiosqlite:///PATH;
    empty: SQLite in the data directory."""
    pool_size: int = Field(default=8, ge=1, le=256)
    """How many connections serve short work; they stay open. Who finds none free waits."""
    max_overflow: int = Field(default=16, ge=0, le=256)
    """How many connections are opened besides, and closed again, for what reads as long as its client
    likes: streams and exports. 0: they share those of `pool_size`. Together this is all that a server opens
    on PostgreSQL; on SQLite one more writes."""
    wait_seconds: Seconds = 15.0
    """How long to wait for a connection, or for a writer in another process."""

    @field_validator("url")
    @classmethod
    def _can_be_used(cls, value: str) -> str:
        driver, _, rest = value.partition("://")
        if driver in {"postgresql", _POSTGRESQL}:
            if find_spec("psycopg") is None:
                why = "PostgreSQL needs psycopg: pip install 'flext-quality[postgresql]'"
                raise ValueError(why)
            return f"{_POSTGRESQL}://{rest}"
        if value and (driver != _SQLITE or not _SQLITE_PATH.fullmatch(rest)):
            allowed = f"postgresql://USER:PASSWORD@HOST/NAME or {_SQLITE}:///PATH"
            raise ValueError(f"has to be {allowed}")
        return value
