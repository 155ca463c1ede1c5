from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from flext_quality.application.idempotency import REQUEST_ID_LIFETIME, RepeatableCall
from flext_quality.application.jobs.apply_retention import ApplyRetention
from flext_quality.domain.errors import InvalidFieldError, RequestIdReusedError
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.metrics.retention import RetentionPolicy
from tests.contract.samples import NOON, SHOP, project, store
from tests.fakes import FakeClock, TemporaryStorage

CALL = RepeatableCall("Do", SHOP, "id", "asked")
LAST_MOMENT = NOON + REQUEST_ID_LIFETIME - timedelta(microseconds=1)


async def remember(storage: TemporaryStorage, call: RepeatableCall, now: datetime) -> None:
    async with storage() as uow:
        await call.remember(uow, SHOP, "result", now)
        await uow.commit()


async def earlier(storage: TemporaryStorage, call: RepeatableCall, now: datetime) -> str | None:
    async with storage(read_only=True) as uow:
        return await call.earlier_result(uow, now)


async def test_an_id_stands_for_one_call_of_a_method_and_parent(storage: TemporaryStorage) -> None:
    """The same id of another method or parent is another call; no id is none."""
    await store(storage, project())
    await remember(storage, CALL, NOON)
    assert await earlier(storage, CALL, NOON) == "result"
    for other in (
        replace(CALL, method="Undo"),
        replace(CALL, parent=ProjectName("other")),
        replace(CALL, parent=None),
        replace(CALL, request_id="ID"),
        replace(CALL, request_id=""),
    ):
        assert await earlier(storage, other, NOON) is None
    with pytest.raises(RequestIdReusedError):
        await earlier(storage, replace(CALL, asked="other"), NOON)


async def test_an_id_is_forgotten_after_a_day(storage: TemporaryStorage) -> None:
    """At once, whether or not it has been removed; then it can stand for something else."""
    await store(storage, project())
    await remember(storage, CALL, NOON)
    assert await earlier(storage, CALL, LAST_MOMENT) == "result"
    later = NOON + REQUEST_ID_LIFETIME
    other = replace(CALL, asked="other")
    assert await earlier(storage, other, later) is None
    await remember(storage, other, later)
    assert await earlier(storage, other, later) == "result"


async def test_retention_removes_what_is_forgotten(storage: TemporaryStorage) -> None:
    """All of it, however much, and nothing else."""
    await store(storage, project())
    for number in range(450):
        await remember(storage, replace(CALL, request_id=str(number)), NOON)
    await remember(storage, CALL, NOON + timedelta(seconds=1))
    retain = ApplyRetention(storage, RetentionPolicy(), FakeClock(NOON + REQUEST_ID_LIFETIME))
    assert (await retain()).requests == 450
    assert (await retain()).requests == 0
    assert await earlier(storage, CALL, LAST_MOMENT) == "result"


@pytest.mark.parametrize("request_id", ["a b", "ä", "x" * 65, "\n"])
def test_an_id_is_printable_ascii(request_id: str) -> None:
    """Others are refused before anything is done."""
    with pytest.raises(InvalidFieldError, match="request_id"):
        replace(CALL, request_id=request_id)
