"""What every `ProjectRepository` promises."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flext_quality.application.ports.records import ProjectOrder, StoredRequest
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.errors import ProjectAlreadyExistsError, ProjectNotFoundError
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.projects.events import ProjectCreated, ProjectDeleted, ProjectUpdated
from flext_quality.domain.projects.project import Project, Thresholds
from tests.contract.samples import NOON, SHOP, analysis, analysis_name, eventful, project, store


async def test_a_stored_project_comes_back_as_it_was(uow: UnitOfWorkFactory) -> None:
    """Names with any character and times to the microsecond survive storing."""
    shop = project(display_name="Läden  \U0001f40d '\"%_", minutes=1 / 3_000_000)
    await store(uow, shop)
    async with uow(read_only=True) as work:
        found = (await work.projects.get(SHOP)).unwrap()
    assert found == shop
    assert found.created_at.utcoffset() == timedelta(0)


async def test_an_id_is_taken_once(uow: UnitOfWorkFactory) -> None:
    """Registering a second project under an id fails, and changes nothing about the first."""
    first, second = project(display_name="First"), project(display_name="Second")
    await store(uow, first)
    async with uow() as work:
        result = await work.projects.add(second)
        await work.commit()
    assert isinstance(result.error, ProjectAlreadyExistsError)
    async with uow(read_only=True) as work:
        assert (await work.projects.get(SHOP)).unwrap() == first
        assert await work.events.last_sequence(str(SHOP)) == 1


async def test_an_unknown_project_is_not_found(uow: UnitOfWorkFactory) -> None:
    """Whoever asks for a project that is not there learns its name."""
    async with uow(read_only=True) as work:
        error = (await work.projects.get(SHOP)).error
    assert isinstance(error, ProjectNotFoundError)
    assert error.project == "projects/shop"


async def test_a_change_is_stored_with_its_event(uow: UnitOfWorkFactory) -> None:
    """What was changed about a project, and that it was, is known afterwards."""
    await store(uow, project(), project("other"))
    async with uow() as work:
        shop = (await work.projects.get(SHOP, for_update=True)).unwrap()
        shop.update(NOON + timedelta(days=1), display_name="Store", local_path="/srv/store")
        await work.projects.save(shop)
        await work.commit()
    async with uow(read_only=True) as work:
        assert (await work.projects.get(SHOP)).unwrap() == shop
        assert (await work.projects.get(ProjectName("other"))).unwrap().display_name == "Shop"
        events = await work.events.read(str(SHOP), after=0, limit=10)
    assert [ProjectCreated("Shop"), ProjectUpdated(("display_name", "source"))] == [
        event.payload for event in events
    ]


async def test_thresholds_are_stored(uow: UnitOfWorkFactory) -> None:
    """Those a project was registered with, those it was given later, and the defaults."""
    chosen, later = Thresholds(1, 2, 3, 4), Thresholds(0, 0, 0, 0)
    registered = Project.register(SHOP, "Shop", "/srv/shop", NOON, thresholds=chosen)
    await store(uow, registered, project("other"))
    async with uow() as work:
        shop = (await work.projects.get(SHOP, for_update=True)).unwrap()
        assert chosen == shop.thresholds
        shop.update(NOON, thresholds=later)
        await work.projects.save(shop)
        await work.commit()
    async with uow(read_only=True) as work:
        found = await work.projects.list(limit=10)
    assert {"shop": later, "other": Thresholds()} == {
        one.name.project_id: one.thresholds for one in found
    }


async def test_only_what_was_added_can_be_saved(uow: UnitOfWorkFactory) -> None:
    """A change of something that is not stored is a bug, not a silent nothing."""
    async with uow() as work:
        with pytest.raises(LookupError):
            await work.projects.save(project())


async def test_a_deleted_project_takes_all_that_is_its_own_with_it(uow: UnitOfWorkFactory) -> None:
    """Analyses, findings, their events and request ids go; the project's own events stay."""
    shop, other = project(), project("shop-2")
    await store(uow, shop, other, eventful(1, "shop"), eventful(2, "shop-2"))
    await store(uow, project("shop2"), eventful(3, "shop2"))
    async with uow() as work:
        for number, of in ((1, shop), (2, other)):
            name = analysis_name(number, of.name.project_id)
            await work.findings.append(name, "ruff", 1, b"payload")
            await work.requests.add(StoredRequest(f"id-{number}", "f", str(name), of.name))
        await work.commit()

    async with uow() as work:
        shop = (await work.projects.get(SHOP, for_update=True)).unwrap()
        shop.delete(NOON)
        await work.projects.delete(shop)
        await work.commit()

    async with uow(read_only=True) as work:
        gone, stays = analysis_name(1, "shop"), analysis_name(2, "shop-2")
        assert not (await work.projects.get(SHOP)).is_success
        assert not (await work.analyses.get(gone)).is_success
        assert [] == await work.findings.batches(gone, limit=10)
        assert [] == await work.events.read(str(gone), after=0, limit=100)
        assert await work.requests.get("id-1") is None
        events = await work.events.read(str(SHOP), after=0, limit=10)
        assert [ProjectCreated("Shop"), ProjectDeleted()] == [event.payload for event in events]

        assert (await work.projects.get(other.name)).is_success
        assert (await work.analyses.get(stays)).is_success
        assert len(await work.findings.batches(stays, limit=10)) == 1
        assert await work.events.last_sequence(str(stays)) > 10
        assert await work.requests.get("id-2") is not None
        assert await work.events.last_sequence(str(analysis_name(3, "shop2"))) > 10


async def test_a_name_can_be_used_again_after_deletion(uow: UnitOfWorkFactory) -> None:
    """The next project of the name goes on with the sequence of its events."""
    await store(uow, project(), analysis())
    async with uow() as work:
        shop = (await work.projects.get(SHOP, for_update=True)).unwrap()
        shop.delete(NOON)
        await work.projects.delete(shop)
        last = await work.events.last_sequence(str(SHOP))
        again = Project.register(SHOP, "Again", "/srv/again", NOON, last)
        assert (await work.projects.add(again)).is_success
        await work.commit()
    async with uow(read_only=True) as work:
        events = await work.events.read(str(SHOP), after=0, limit=10)
    assert [1, 2, 3] == [event.sequence for event in events]


ORDERED = {
    ProjectOrder.CREATE_TIME: ["c", "a", "b", "d"],
    ProjectOrder.CREATE_TIME_DESC: ["d", "a", "b", "c"],
    ProjectOrder.DISPLAY_NAME: ["d", "a", "c", "b"],
    ProjectOrder.DISPLAY_NAME_DESC: ["b", "a", "c", "d"],
}


async def _four_projects(uow: UnitOfWorkFactory) -> None:
    """Two have the same time, two the same display name."""
    await store(
        uow,
        project("a-1", "alpha", minutes=1),
        project("b-1", "älpha", minutes=1),
        project("c-1", "alpha", minutes=0),
        project("d-1", "Zeta", minutes=1 + 1 / 60_000_000),
    )


@pytest.mark.parametrize("order", ProjectOrder)
async def test_projects_are_listed_in_order(uow: UnitOfWorkFactory, order: ProjectOrder) -> None:
    """By time to the microsecond or by the characters' numbers; ties by name, always ascending."""
    await _four_projects(uow)
    async with uow(read_only=True) as work:
        listed = await work.projects.list(limit=10, order=order)
    assert ORDERED[order] == [p.name.project_id[0] for p in listed]


@pytest.mark.parametrize("limit", [1, 2, 3])
@pytest.mark.parametrize("order", ProjectOrder)
async def test_pages_leave_nothing_out(
    uow: UnitOfWorkFactory, order: ProjectOrder, limit: int
) -> None:
    """Page after page gives each project once."""
    await _four_projects(uow)
    seen: list[str] = []
    after = None
    async with uow(read_only=True) as work:
        while page := await work.projects.list(limit=limit, after=after, order=order):
            assert len(page) <= limit
            seen += [p.name.project_id[0] for p in page]
            after = page[-1].name
    assert ORDERED[order] == seen


async def test_there_is_nothing_after_a_project_that_is_gone(uow: UnitOfWorkFactory) -> None:
    """A page that would begin at a deleted project is empty rather than wrong."""
    await _four_projects(uow)
    async with uow(read_only=True) as work:
        assert [] == await work.projects.list(limit=10, after=ProjectName("gone"))


async def test_projects_are_found_by_their_exact_path(uow: UnitOfWorkFactory) -> None:
    """A path finds all projects of this path, and none below or beside it."""
    await _four_projects(uow)
    async with uow() as work:
        twin = Project.register(ProjectName("twin"), "Twin", "/srv/a-1", NOON)
        (await work.projects.add(twin)).unwrap()
        await work.commit()
    async with uow(read_only=True) as work:
        found = await work.projects.list(limit=10, local_path="/srv/a-1")
        rest = await work.projects.list(limit=10, local_path="/srv/a-1", after=ProjectName("twin"))
        none = await work.projects.list(limit=10, local_path="/srv")
    assert ["twin", "a-1"] == [p.name.project_id for p in found]
    assert ["a-1"] == [p.name.project_id for p in rest]
    assert [] == none
