from __future__ import annotations

import asyncio

import pytest

from flext_quality.application.system.health import Checked, HealthChecks
from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.domain.result import FlextResult
from tests.waiting import PATIENCE_SECONDS


class Check:
    """Says what it is told to, and counts how often it was asked."""

    def __init__(self, name: str, answer: FlextResult[str] | Exception | None = None) -> None:
        self.name = name
        self.is_vital = name != "away"
        self.answer = answer
        self.asked = 0
        self.gate = asyncio.Event()
        self.begun = asyncio.Event()

    async def check(self) -> FlextResult[str]:
        """Answers, or waits for the gate."""
        self.begun.set()
        self.asked += 1
        if self.answer is None:
            await self.gate.wait()
            return FlextResult.ok("late")
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def test_each_check_is_told_by_itself() -> None:
    """A check that fails, hangs or breaks off does not keep the others from being told."""
    checks = HealthChecks(
        [
            Check("well", FlextResult.ok("fine")),
            Check("away", FlextResult.fail(StorageUnavailableError())),
            Check("hung"),
            Check("broken", ZeroDivisionError("a secret")),
        ],
        limit_seconds=0.05,
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        told = await checks()
    assert [
        Checked("well", is_well=True, detail="fine"),
        Checked("away", False, StorageUnavailableError().message, is_vital=False),
        Checked("hung", is_well=False, detail="did not answer within 0.05 s"),
        Checked("broken", is_well=False, detail="broke off; see the log"),
    ] == told


async def test_an_answer_stands_for_a_while() -> None:
    """However many ask meanwhile; after that, it is asked anew."""
    now = 100.0
    check = Check("well", FlextResult.ok("fine"))
    checks = HealthChecks([check], lifetime_seconds=5.0, now=lambda: now)
    await checks()
    check.answer = FlextResult.ok("changed")
    now = 104.9
    assert ["fine"] == [told.detail for told in await checks()]
    now = 105.0
    assert ["changed"] == [told.detail for told in await checks()]
    assert 2 == check.asked


async def test_many_who_ask_at_once_ask_once() -> None:
    """One of them going away does not keep the answer from the others."""
    check = Check("slow")
    checks = HealthChecks([check])
    first, *others = (asyncio.create_task(checks()) for _ in range(5))
    await check.begun.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    check.gate.set()
    for other in others:
        assert ["late"] == [told.detail for told in await other]
    assert 1 == check.asked
