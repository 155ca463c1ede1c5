"""What every `RequestRepository` promises."""

from __future__ import annotations

from flext_quality.application.ports.records import StoredRequest
from flext_quality.application.ports.storage import UnitOfWorkFactory
from tests.contract.samples import SHOP, project, store


async def test_an_answered_call_is_remembered(uow: UnitOfWorkFactory) -> None:
    """Under its id, exactly as it was."""
    request = StoredRequest("~id!", "0" * 64, str(SHOP), SHOP)
    await store(uow, project())
    async with uow() as work:
        assert await work.requests.get("~id!") is None
        await work.requests.add(request)
        assert request == await work.requests.get("~id!")
        await work.commit()
    async with uow(read_only=True) as work:
        assert request == await work.requests.get("~id!")
        assert await work.requests.get("~ID!") is None


async def test_a_call_is_remembered_with_what_it_made_or_not_at_all(uow: UnitOfWorkFactory) -> None:
    """After a failed call the same id can be tried again."""
    async with uow() as work:
        (await work.projects.add(project())).unwrap()
        await work.requests.add(StoredRequest("id", "f", str(SHOP), SHOP))
    async with uow(read_only=True) as work:
        assert await work.requests.get("id") is None
        assert not (await work.projects.get(SHOP)).is_success
