"""Analyses and branches are removed in parts, which may break off in between."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from flext_quality.application.analyses.delete_analysis import BATCHES_AT_ONCE, DeleteAnalysis
from flext_quality.application.finished_analyses import FinishedAnalyses
from flext_quality.application.issues.read_issues import ListIssues
from flext_quality.application.ports.issues import IssueFilter, IssueOrder
from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.application.projects.delete_branch import DeleteBranch
from flext_quality.application.projects.list_branches import ListBranches
from flext_quality.domain.analyses.analysis import Analysis, AnalysisState
from flext_quality.domain.analyses.revision import Revision
from flext_quality.domain.errors import (
    AnalysisNotFoundError,
    StorageUnavailableError,
    ToolFailedError,
)
from flext_quality.domain.identifiers import AnalysisName, new_id
from flext_quality.domain.projects.events import AnalysisDeleted, BranchDeleted
from flext_quality.rpc.findings.mapping import ProtobufFindingCodec
from tests.analyzed import SHOP, Shop, found
from tests.fakes import FakeAnalyzer, TemporaryStorage
from tests.waiting import until

MANY_ISSUES = 4_500
MANY_ANALYSES = 230


@dataclass
class Writers:
    """Makes units of work and counts those that may write; after `most` of them the database is away."""

    storage: TemporaryStorage
    most: int = 10**9
    count: int = 0

    def __call__(self, *, read_only: bool = False, long: bool = False) -> UnitOfWork:
        """One on the storage."""
        if not read_only:
            if self.count >= self.most:
                raise StorageUnavailableError
            self.count += 1
        return self.storage(read_only=read_only, long=long)


@dataclass
class World:
    """A shop with a main line and a large branch."""

    storage: TemporaryStorage
    shop: Shop
    finished: FinishedAnalyses

    async def cancelled(self, count: int) -> None:
        """Adds so many analyses of the branch that came to nothing."""
        async with self.storage() as uow:
            for _ in range(count):
                now = self.shop.clock.advance(seconds=1)
                name = AnalysisName(SHOP.project_id, new_id(now))
                one = Analysis.queue(name, ["fake"], "me", now, Revision(branch="dev"))
                one.cancel(now)
                await uow.analyses.add(one)
            await uow.commit()

    async def delete(self, uow: Writers) -> None:
        """Removes the branch."""
        await DeleteBranch(uow, self.finished, self.shop.clock)(SHOP, "dev")

    async def delete_analysis(self, uow: Writers, name: AnalysisName) -> None:
        """Removes an analysis."""
        await DeleteAnalysis(uow, self.finished, self.shop.clock)(name)

    async def analysis_counts(self) -> dict[str, int]:
        """Of each branch."""
        page = await ListBranches(self.storage)(SHOP, page_size=9, cursor="")
        return {branch.name: branch.analysis_count for branch in page.items}

    async def issue_count(self, branch: str | None) -> int:
        """How many issues there are."""
        _, count = await ListIssues(self.storage)(
            SHOP,
            wanted=IssueFilter(branch),
            analysis=None,
            order=IssueOrder.PATH,
            page_size=1,
            cursor="",
        )
        return count

    async def told(self, kind: type) -> list[object]:
        """The project's events of a kind."""
        async with self.storage(read_only=True) as uow:
            events = await uow.events.read(str(SHOP), after=0, limit=1000)
        return [event.payload for event in events if isinstance(event.payload, kind)]


@pytest.fixture
async def world(storage: TemporaryStorage) -> World:
    """A main line with one issue, which the branch has too among many others."""
    shop = await Shop.registered(storage)
    await shop.analyze(found(1))
    many = [found(1), *(found(1, f"R{number}") for number in range(1, MANY_ISSUES))]
    await shop.analyze(*many, branch="dev")
    return World(storage, shop, FinishedAnalyses())


async def test_a_large_branch_goes_in_parts(world: World) -> None:
    """Between which others can write; in the end one event tells it."""
    await world.cancelled(MANY_ANALYSES)
    writers = Writers(world.storage)
    await world.delete(writers)
    assert writers.count >= 6
    assert {"": 1} == await world.analysis_counts()
    assert (0, 1, 1) == tuple([await world.issue_count(branch) for branch in ("dev", "", None)])
    assert [BranchDeleted("dev", MANY_ANALYSES + 1)] == await world.told(BranchDeleted)


@pytest.mark.parametrize("most", [1, 3, 5])
async def test_a_removal_that_broke_off_can_be_ended(world: World, most: int) -> None:
    """Until then the branch is there, with less, and can be analysed as ever; asked again, it goes."""
    await world.cancelled(MANY_ANALYSES)
    with pytest.raises(StorageUnavailableError):
        await world.delete(Writers(world.storage, most))
    assert "dev" in await world.analysis_counts()
    assert [] == await world.told(BranchDeleted)
    if most == 5:
        assert await world.issue_count("dev") < MANY_ISSUES
        analysis = await world.shop.analyze(found(1), found(2), branch="dev")
        assert analysis.results is not None
        assert analysis.results.issue_counts.open == 2
    await world.delete(Writers(world.storage))
    assert {"": 1} == await world.analysis_counts()
    assert (0, 1) == tuple([await world.issue_count(branch) for branch in ("dev", None)])


async def test_a_large_analysis_goes_in_parts(storage: TemporaryStorage) -> None:
    """If that breaks off it is still there, with some of its findings; asked again, it goes."""
    world = World(storage, await Shop.registered(storage), FinishedAnalyses())
    first = await world.shop.analyze(found(1))
    await world.shop.analyze(found(2))
    async with storage() as uow:
        for _ in range(BATCHES_AT_ONCE):
            await uow.findings.append(first.name, "fake", 1, b"one more")
        await uow.commit()
    with pytest.raises(StorageUnavailableError):
        await world.delete_analysis(Writers(storage, 1), first.name)
    async with storage(read_only=True) as uow:
        (left,) = await uow.findings.batches(first.name, limit=1000)
        assert (await uow.analyses.get(first.name)).unwrap() == first
    assert left.payload == b"one more"
    assert [] == await world.told(AnalysisDeleted)
    await world.delete_analysis(Writers(storage), first.name)
    async with storage(read_only=True) as uow:
        assert isinstance((await uow.analyses.get(first.name)).error, AnalysisNotFoundError)
        assert [] == await uow.findings.batches(first.name, limit=1)
    assert [AnalysisDeleted(first.name, "")] == await world.told(AnalysisDeleted)


async def test_what_was_at_hand_is_forgotten(world: World) -> None:
    """This server answers at once that an analysis is gone."""
    first = await world.shop.analyze(found(1))
    await world.shop.analyze(found(1))
    world.finished.put(first)
    await world.delete_analysis(Writers(world.storage), first.name)
    assert world.finished.get(first.name) is None
    async with world.storage(read_only=True) as uow:
        (dev,) = await uow.analyses.list(SHOP, limit=1, branch="dev")
    world.finished.put(dev)
    await world.delete(Writers(world.storage))
    assert world.finished.get(dev.name) is None


async def test_findings_outlive_the_analysis_that_they_are_compared_with(
    storage: TemporaryStorage,
) -> None:
    """It may go while the tool runs: what was found the same then is stored as the later one's own."""
    world = World(storage, await Shop.registered(storage), FinishedAnalyses())
    shop, findings = world.shop, [found(1), found(2)]
    first = await shop.analyze(*findings)
    # The latest in which the tool succeeded is not the branch's latest, which nobody could remove.
    broken = FakeAnalyzer("fake", error=ToolFailedError("fake", 1, ""))
    await shop.run(await shop.queued(("fake", "other")), broken, FakeAnalyzer("other"))
    slow = FakeAnalyzer("fake", [findings], gate=asyncio.Event())
    name = await shop.queued()
    running = asyncio.create_task(shop.run(name, slow))

    async def runs() -> bool:
        return slow.workspace is not None

    await until(runs)
    await world.delete_analysis(Writers(storage), first.name)
    assert slow.gate is not None
    slow.gate.set()
    third = await running
    assert third.state is AnalysisState.SUCCEEDED
    async with storage(read_only=True) as uow:
        (batch,) = await uow.findings.batches(name, limit=9)
    stored = ProtobufFindingCodec().decode(batch.payload)
    assert [(one.rule, one.line) for one in stored] == [(one.rule, one.line) for one in findings]
    assert third.results is not None
    assert third.results.issue_counts.persisting == 2
