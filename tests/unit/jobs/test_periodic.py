from __future__ import annotations

import asyncio

from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.infrastructure.jobs.periodic import Periodic
from tests.waiting import PATIENCE_SECONDS


async def test_a_job_goes_on_after_it_failed() -> None:
    """Whatever went wrong, it is tried again the next time."""
    failures: list[Exception] = [StorageUnavailableError(), ZeroDivisionError()]
    done = asyncio.Event()

    async def job() -> None:
        if failures:
            raise failures.pop()
        done.set()

    periodic = Periodic("test", job, 0.001)
    periodic.start()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await done.wait()
    await periodic.stop()


async def test_a_job_is_stopped_in_the_middle() -> None:
    """A server that ends does not wait for it; one that was never started ends too."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def job() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    await Periodic("test", job, 1).stop()
    periodic = Periodic("test", job, 3600)
    periodic.start()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await begun.wait()
        await periodic.stop()
    assert ended.is_set()
