"""A cache of answers that cost much to compute."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol


class Cache(Protocol):
    """Bytes under keys, for a while. What it holds may be gone at any time; it never fails.

    TTLs are seconds; each is shortened by up to a tenth at random, so that what was stored together does
    not end together.
    """

    async def get(self, key: str) -> bytes | None:
        """The value; None if there is none (any more)."""
        ...

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        """Keeps a value, in place of the one before."""
        ...

    async def delete(self, key: str) -> None:
        """Forgets a value. One that is being computed at this moment may still be kept."""
        ...

    async def get_or_compute(
        self, key: str, ttl: float, compute: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """The value; computed, and kept, if there is none.

        Those who ask for the same key meanwhile wait for the one computation. If it fails, all of them
        get its error and nothing is kept. A caller who gives up does not end it for the others.
        """
        ...
