"""Cancellations that libraries lose."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cancellation_kept() -> Iterator[None]:
    """Ends with `CancelledError` if the task was cancelled within the block, whatever the block made of it.

    redis-py and nats-py wait by `asyncio.wait_for`. On Python 3.11 that forgets a cancellation which comes in
    the moment in which what it waits for ends: a caller who had given up would go on, a timeout would not
    come, and a server that stops would wait for ever.
    """
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("nothing can be cancelled outside a task")
    before = task.cancelling()
    try:
        yield
    except Exception as error:
        if task.cancelling() > before:
            raise asyncio.CancelledError from error
        raise
    if task.cancelling() > before:
        raise asyncio.CancelledError
