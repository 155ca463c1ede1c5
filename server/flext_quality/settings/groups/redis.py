"""Redis (or Valkey)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from flext_quality.option_group import Group, Seconds, UrlWithPassword


class RedisSettings(Group):
    """Redis (or Valkey), for what several servers share: cache, wake-ups, circuit breakers."""

    url: Annotated[
        str, UrlWithPassword, Field(pattern=r"^$|^(redis|rediss|unix)://", repr=False)
    ] = ""
    """As redis://user:password@host:6379/0; empty: there is none, and each server is by itself."""
    key_prefix: str = Field(default="flext-quality:", min_length=1, max_length=100)
    """Begins all keys and channels; servers with the same one share."""
    connect_timeout: Seconds = 1.0
    """Seconds for a connection."""
    timeout: Seconds = 1.0
    """Seconds for a command."""
    connection_pool_size: int = Field(default=64, ge=2)
    """How many connections a server opens there at most."""
