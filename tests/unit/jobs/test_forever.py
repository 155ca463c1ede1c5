from __future__ import annotations

import asyncio

import pytest

from flext_quality.domain.errors import BrokerUnavailableError, ServerShuttingDownError
from flext_quality.infrastructure.jobs.forever import Forever
from tests.logs import captured_logs
from tests.waiting import PATIENCE_SECONDS


async def test_steps_follow_each_other_whatever_happens() -> None:
    """A failure or a defect is told, and the next step is taken."""
    done = asyncio.Event()
    outcomes: list[Exception | None] = [
        None,
        BrokerUnavailableError("x"),
        ZeroDivisionError(),
        None,
    ]

    async def step() -> None:
        if not outcomes:
            done.set()
            await asyncio.Event().wait()
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome

    job = Forever("job", step, max_delay=0.01)
    with captured_logs(lambda line: line.get("job") == "job") as told:
        job.start()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await done.wait()
        await job.stop()
    assert ["step failed", "step broke off"] == [line["event"] for line in told]


async def test_it_ends_with_the_server() -> None:
    """Nothing is tried again then."""
    steps = 0

    async def step() -> None:
        nonlocal steps
        steps += 1
        raise ServerShuttingDownError

    job = Forever("job", step)
    job.start()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await job.stop()
    assert steps == 1


async def test_one_that_was_never_started_can_be_stopped() -> None:
    """Nothing happens."""

    async def step() -> None:
        pytest.fail("was called")

    await Forever("job", step).stop()
