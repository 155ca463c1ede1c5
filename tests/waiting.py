"""Waits for what other processes, threads and tasks do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE_SECONDS = 90.0
"""So long is waited for what must come, on whatever machine: it only keeps a broken product from hanging."""

_LOOK_SECONDS = 0.01


async def until(condition: Callable[[], Awaitable[bool] | bool]) -> None:
    """Returns when the condition holds; fails if it never does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        holds = condition()
        if holds if isinstance(holds, bool) else await holds:
            return
        # Libraries may swallow the cancellation by which `asyncio.timeout` ends a task.
        assert time.monotonic() < end, "it never was so"
        await asyncio.sleep(_LOOK_SECONDS)


def wait_until(condition: Callable[[], bool], otherwise: Callable[[], object] = str) -> None:
    """As `until`, where there is no event loop. `otherwise` tells what there was instead."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, otherwise()
        time.sleep(_LOOK_SECONDS)
