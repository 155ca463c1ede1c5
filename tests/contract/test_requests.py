"""What every `RequestRepository` promises."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from flext_quality.application.ports.records import StoredRequest
from flext_quality.application.ports.storage import UnitOfWorkFactory
from tests.contract.samples import NOON, SHOP, project, store

REQUEST = StoredRequest("Method projects/shop", "~id!", "0" * 64, str(SHOP), SHOP, NOON)
NEVER = NOON - timedelta(days=1)


async def test_an_answered_call_is_remembered(uow: UnitOfWorkFactory) -> None:
    """Under its scope and id, exactly as it was."""
    scope, other = REQUEST.scope, replace(REQUEST, scope="Other projects/shop", result="7")
    await store(uow, project())
    async with uow() as work:
        assert await work.requests.get(scope, "~id!") is None
        await work.requests.put(REQUEST, expired=NEVER)
        await work.requests.put(other, expired=NEVER)
        await work.commit()
    async with uow(read_only=True) as work:
        assert REQUEST == await work.requests.get(scope, "~id!")
        assert other == await work.requests.get(other.scope, "~id!")
        assert await work.requests.get(scope, "~ID!") is None
        assert await work.requests.get("method projects/shop", "~id!") is None


async def test_an_expired_id_can_be_used_anew(uow: UnitOfWorkFactory) -> None:
    """Before anybody has removed it; what is old is removed some at a time, and the rest stays."""
    await store(uow, project())
    later = NOON + timedelta(days=1)
    async with uow() as work:
        await work.requests.put(REQUEST, expired=NEVER)
        await work.requests.put(replace(REQUEST, fingerprint="1", time=later), expired=NOON)
        for number in range(3):
            await work.requests.put(replace(REQUEST, request_id=str(number)), expired=NEVER)
        await work.commit()
    async with uow() as work:
        again = await work.requests.get(REQUEST.scope, "~id!")
        assert again is not None
        assert ("1", later) == (again.fingerprint, again.time)
        assert 2 == await work.requests.forget(NOON, limit=2)
        assert 1 == await work.requests.forget(NOON, limit=2)
        assert again == await work.requests.get(REQUEST.scope, "~id!")


async def test_a_call_is_remembered_with_what_it_made_or_not_at_all(uow: UnitOfWorkFactory) -> None:
    """After a failed call the same id can be tried again."""
    async with uow() as work:
        (await work.projects.add(project())).unwrap()
        await work.requests.put(REQUEST, expired=NEVER)
    async with uow(read_only=True) as work:
        assert await work.requests.get(REQUEST.scope, "~id!") is None
        assert not (await work.projects.get(SHOP)).is_success


async def test_of_equal_calls_at_one_time_one_is_first(uow: UnitOfWorkFactory) -> None:
    """The others see what it made, although each would have made something else."""

    async def create(number: int) -> str:
        mine = project(f"shop-{number}")
        async with uow() as work:
            if (earlier := await work.requests.get("CreateProject", "a")) is not None:
                return earlier.result
            (await work.projects.add(mine)).unwrap()
            request = StoredRequest("CreateProject", "a", "", str(mine.name), mine.name, NOON)
            await work.requests.put(request, expired=NEVER)
            await work.commit()
        return str(mine.name)

    assert len(set(await asyncio.gather(*map(create, range(8))))) == 1
