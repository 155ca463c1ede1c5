"""Where requests may go, and how much may come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How other servers are asked; times in seconds, for the parts of an attempt.

    Attributes:
        allowed_hosts: What projects may name: names or addresses, with ":port" or for every port;
            "*.example.com" for all below; "*" for every host with public addresses.
        internal_hosts: The same without "*": those may also have addresses that are not public.
        authorities: A file of certificate authorities in place of the system's.
        cache_path: A file for answers that may be kept; None: in memory.
        cache_max_bytes: 0: nothing is kept.
    """

    allowed_hosts: Sequence[str] = ()
    internal_hosts: Sequence[str] = ()
    connect_timeout: float = 5.0
    read_timeout: float = 10.0
    max_answer_bytes: int = 10 * 1024**2
    max_redirects: int = 5
    authorities: Path | None = None
    cache_path: Path | None = None
    cache_max_bytes: int = 64 * 1024**2
