"""How other servers are asked."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from flext_quality.option_group import Group, Seconds


class HttpSettings(Group):
    """How other servers are asked."""

    connect_timeout: Seconds = 5.0
    """Seconds for a connection, names and encryption included."""
    read_timeout: Seconds = 10.0
    """Seconds of silence in the middle of an answer; the whole: `resilience.dependencies.http.timeout`."""
    max_answer_bytes: int = Field(default=10 * 1024**2, gt=0)
    """A larger answer is refused, decoded or not."""
    max_redirects: int = Field(default=5, ge=0, le=20)
    """How many are followed."""
    cache: Literal["memory", "disk", "off"] = "memory"
    """Where answers are kept that may be (RFC 9111); "disk": in the data directory."""
    cache_max_bytes: int = Field(default=64 * 1024**2, ge=1024**2)
    """How much of them."""
