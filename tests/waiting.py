"""Waits for what other processes and threads do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

_PATIENCE_SECONDS = 20.0


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Returns when the condition holds; fails if it does not soon."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110  # nobody here knows when it changes
            await asyncio.sleep(0.01)
