"""How the server keeps its clients' connections."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from flext_quality.option_group import Group


class ConnectionSettings(Group):
    """How the server keeps its clients' connections."""

    min_ping_interval: float = Field(default=5.0, gt=0, le=300)
    """Seconds between two pings that a client may send on a quiet connection; a faster one is sent away."""
    max_age: float = Field(default=0.0, ge=0)
    """Seconds after which a connection is closed, so that clients spread over servers; 0: never."""
    max_age_grace: float = Field(default=30.0, gt=0)
    """Seconds that calls may go on after that; watches are cut then, and clients resume them."""
    compression: Literal["none", "gzip"] = "none"
    """How answers are compressed for clients that accept it: worth it over slow networks, at the price of
    processor time."""
