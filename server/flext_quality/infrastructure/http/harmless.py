"""Which headers hold no secret for certain; any other may."""

from __future__ import annotations

from collections.abc import Collection

import httpx

_SAYING_WHAT = frozenset(
    {"accept", "accept-encoding", "accept-language", "content-type", "user-agent"}
)
_OF_HTTP = frozenset(
    {"connection", "content-length", "host", "if-modified-since", "if-none-match", "cache-control"}
)


def drop_others(headers: httpx.Headers, besides: Collection[str]) -> None:
    """Leaves what another origin may be told: what is no secret, and `besides` (names in lower case)."""
    for name in list(headers):
        if name.lower() not in _SAYING_WHAT | {"host", "content-length", *besides}:
            del headers[name]


def are_all(headers: httpx.Headers) -> bool:
    """Whether anybody could have sent them."""
    return all(name.lower() in _SAYING_WHAT | _OF_HTTP for name in headers)
