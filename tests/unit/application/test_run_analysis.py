from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from flext_quality.application.analyses.cancel_analysis import CancelAnalysis
from flext_quality.application.analyses.conclude_analysis import ConcludeAnalysis
from flext_quality.application.analyses.run_analysis import RunAnalysis
from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.jobs.recover_analyses import RecoverAnalyses
from flext_quality.application.metrics.assess_analysis import AssessAnalysis
from flext_quality.application.ports.sources import Workspace
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import MAX_ATTEMPTS, Analysis, AnalysisState
from flext_quality.domain.analyses.events import AttemptInterrupted
from flext_quality.domain.errors import ErrorReason, StorageUnavailableError
from flext_quality.domain.findings.finding import Finding, Severity
from flext_quality.domain.findings.outcome import AnalyzerState
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.projects.project import Project, Thresholds
from flext_quality.domain.sources.measures import FileMeasures
from tests.fakes import (
    FakeAnalyzer,
    FakeClock,
    FakeEventSignal,
    FakeFindingCodec,
    FakeJobQueue,
    FakeSources,
    FakeStorage,
)
from tests.logs import captured_logs
from tests.waiting import PATIENCE_SECONDS

PATH = "/srv/shop"
NAME = AnalysisName("shop", "0" * 26)
ONE_FINDING = [[Finding("fake", "X1", Severity.LOW, "m", "a.py")]]


@dataclass
class World:
    """A server's parts, with one project."""

    analyzer: FakeAnalyzer
    clock: FakeClock = field(default_factory=FakeClock)
    storage: FakeStorage = field(default_factory=lambda: FakeStorage(FakeEventSignal()))
    queue: FakeJobQueue = field(default_factory=FakeJobQueue)
    cancel: asyncio.Event = field(default_factory=asyncio.Event)
    sources: FakeSources = field(
        default_factory=lambda: FakeSources(
            {PATH: Workspace(ProjectName("shop"), Path("/w"), Path("/s"), (), (), 0, 0)}
        )
    )

    def run(self) -> RunAnalysis:
        """The job."""
        analyzers = Analyzers.of(self.analyzer)
        assess = AssessAnalysis(self.clock, analyzers.profiles)
        conclude = ConcludeAnalysis(assess, analyzers.profiles)
        codec = FakeFindingCodec()
        return RunAnalysis(self.storage, self.sources, analyzers, codec, self.clock, conclude)

    def recover(self) -> RecoverAnalyses:
        """What happens at the start."""
        return RecoverAnalyses(self.storage, self.queue, self.sources, self.clock)

    async def queued(self, analyzers: tuple[str, ...] = ("fake",), owner: str = "") -> None:
        """Stores the project and a waiting analysis."""
        async with self.storage() as uow:
            project = Project.register(ProjectName("shop"), "Shop", PATH, self.clock())
            (await uow.projects.add(project)).unwrap()
            owner = owner or self.queue.instance
            await uow.analyses.add(Analysis.queue(NAME, analyzers, owner, self.clock()))
            await uow.commit()

    async def analysis(self) -> Analysis:
        """The analysis as it is stored."""
        async with self.storage(read_only=True) as uow:
            return (await uow.analyses.get(NAME)).unwrap()

    async def until_running(self) -> None:
        """Waits until the analyzer has begun."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            with self.storage.signal.subscribe(str(NAME)) as subscription:
                while "fake" not in (await self.analysis()).running_analyzers:
                    await subscription.wait(PATIENCE_SECONDS)

    async def finding_batches(self) -> int:
        """How many batches are stored."""
        async with self.storage(read_only=True) as uow:
            return len(await uow.findings.batches(NAME, limit=10))


async def test_analyzers_are_told_the_thresholds_of_the_project() -> None:
    """As they are when the analysis runs, not when it was asked for."""
    world = World(FakeAnalyzer("fake"))
    await world.queued()
    chosen = Thresholds(nesting_depth=9)
    async with world.storage() as uow:
        project = (await uow.projects.get(NAME.project, for_update=True)).unwrap()
        project.update(world.clock(), thresholds=chosen)
        await uow.projects.save(project)
        await uow.commit()
    await world.run()(NAME, world.cancel)
    assert world.analyzer.workspace is not None
    assert chosen == world.analyzer.workspace.thresholds


async def test_the_working_copy_is_removed_however_the_run_ends() -> None:
    """Disks do not fill with copies."""
    world = World(FakeAnalyzer("fake"))
    await world.queued()
    await world.run()(NAME, world.cancel)
    assert (await world.analysis()).state is AnalysisState.SUCCEEDED
    assert world.sources.copied == set()


async def test_an_analysis_that_was_cancelled_while_it_waited_is_not_run() -> None:
    """Its turn comes, and nothing happens."""
    world = World(FakeAnalyzer("fake", ONE_FINDING))
    await world.queued()
    await CancelAnalysis(world.storage, world.queue, world.clock)(NAME)
    await world.run()(NAME, world.cancel)
    assert (await world.analysis()).state is AnalysisState.CANCELLED
    assert await world.finding_batches() == 0


async def test_a_cancellation_by_another_server_is_found_in_the_database() -> None:
    """Nobody tells this process; it asks."""
    world = World(FakeAnalyzer("fake", gate=asyncio.Event()))
    await world.queued()
    running = asyncio.create_task(world.run()(NAME, world.cancel))
    await world.until_running()
    await CancelAnalysis(world.storage, FakeJobQueue("another"), world.clock)(NAME)
    await running
    assert (await world.analysis()).state is AnalysisState.CANCELLED
    assert world.analyzer.was_cancelled


async def test_when_the_server_stops_the_analysis_waits_again() -> None:
    """Not as cancelled, and without the findings of the broken attempt."""
    world = World(FakeAnalyzer("fake", gate=asyncio.Event()))
    await world.queued()
    running = asyncio.create_task(world.run()(NAME, world.cancel))
    await world.until_running()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    analysis = await world.analysis()
    assert (analysis.state, analysis.attempt) == (AnalysisState.PENDING, 1)
    assert world.analyzer.was_cancelled
    assert await world.finding_batches() == 0
    assert world.sources.copied == set()


async def test_an_analyzer_that_this_server_does_not_have_fails_alone() -> None:
    """An analysis may have been asked for from a server with more analyzers."""
    world = World(FakeAnalyzer("fake", ONE_FINDING))
    await world.queued(("fake", "gone"))
    await world.run()(NAME, world.cancel)
    analysis = await world.analysis()
    assert analysis.state is AnalysisState.SUCCEEDED
    gone = analysis.outcomes["gone"]
    assert gone.state is AnalyzerState.FAILED
    assert gone.failure is not None
    assert gone.failure.reason is ErrorReason.UNKNOWN_ANALYZER


@dataclass
class Flickering:
    """Units of work of a database that is away for the next `absences` of them."""

    storage: UnitOfWorkFactory
    absences: int = 0

    def __call__(self, *, read_only: bool = False, long: bool = False) -> UnitOfWork:
        """As the storage does it, while it is there."""
        if self.absences:
            self.absences -= 1
            raise StorageUnavailableError
        return self.storage(read_only=read_only, long=long)


@pytest.mark.parametrize(
    ("metric", "state"),
    [("functions", AnalyzerState.SUCCEEDED), ("lines_of_code", AnalyzerState.FAILED)],
)
async def test_an_analyzer_measures_what_its_profile_names(
    metric: str, state: AnalyzerState
) -> None:
    """Nothing else: it could overwrite what others measured. The other analyzers go on."""
    measured = [FileMeasures("a.py", {metric: 7})]
    profile = AnalyzerProfile("fake", metrics=frozenset({"functions"}))
    world = World(FakeAnalyzer("fake", measured=measured, told=profile))
    await world.queued()
    await world.run()(NAME, world.cancel)
    assert state is (await world.analysis()).outcomes["fake"].state


async def test_a_database_that_comes_back_learns_how_the_run_ended() -> None:
    """An analysis never stays RUNNING because storing its end failed once."""

    class Vanishing(FakeAnalyzer):
        async def run(self, workspace, sink):  # type: ignore[no-untyped-def]
            # For what it finds, for that it failed, and for the end of the analysis.
            database.absences = 3
            return await super().run(workspace, sink)

    world = World(Vanishing("fake", ONE_FINDING))
    database = Flickering(world.storage)
    await world.queued()
    with captured_logs(lambda line: line["event"].startswith("cannot store")) as logs:
        await replace(world.run(), uow=database)(NAME, world.cancel)
    assert (await world.analysis()).state is AnalysisState.FAILED
    assert len(logs) == 1


async def crashed(world: World, attempts: int) -> None:
    """Leaves the analysis as a server leaves it that was killed in its n-th attempt."""
    await world.queued(owner="dead")
    async with world.storage() as uow:
        analysis = (await uow.analyses.get(NAME, for_update=True)).unwrap()
        for attempt in range(attempts):
            if attempt:
                analysis.recover(world.clock())
            analysis.start(world.clock())
        await uow.findings.append(NAME, "fake", 1, b"")
        await uow.analyses.save(analysis)
        await uow.commit()


async def test_an_analysis_of_a_dead_server_is_taken_up() -> None:
    """It waits in this server's queue, and what the dead server had found is gone."""
    world = World(FakeAnalyzer("fake"))
    await crashed(world, 1)
    assert await world.recover()() == 1
    analysis = await world.analysis()
    assert (analysis.state, analysis.owner) == (AnalysisState.PENDING, world.queue.instance)
    assert world.queue.enqueued == [NAME]
    assert await world.finding_batches() == 0
    assert await world.recover()() == 0


async def test_an_analysis_that_killed_three_servers_fails() -> None:
    """With the reason; it is not tried again."""
    world = World(FakeAnalyzer("fake"))
    await crashed(world, MAX_ATTEMPTS)
    assert await world.recover()() == 0
    analysis = await world.analysis()
    assert analysis.state is AnalysisState.FAILED
    assert analysis.failure is not None
    assert analysis.failure.reason is ErrorReason.ATTEMPTS_EXHAUSTED


async def test_what_a_living_server_works_on_is_left_alone() -> None:
    """Several servers can share a database."""
    world = World(FakeAnalyzer("fake"), queue=FakeJobQueue(living={"dead"}))
    await crashed(world, 1)
    assert await world.recover()() == 0
    assert (await world.analysis()).state is AnalysisState.RUNNING


async def test_working_copies_that_nobody_works_on_are_removed() -> None:
    """Those of dead servers and of ended analyses; one of a living server stays."""
    for owner, left in (("dead", set()), ("alive", {NAME.analysis_id})):
        world = World(FakeAnalyzer("fake"), queue=FakeJobQueue(living={"alive"}))
        await world.queued(owner=owner)
        world.sources.copied = {NAME.analysis_id, "1" * 26}
        await world.recover()()
        assert world.sources.copied == left


async def test_what_this_server_may_not_read_waits_for_one_that_may() -> None:
    """It does not stay RUNNING, and is not failed by a server that has nothing to do with it."""
    world = World(FakeAnalyzer("fake"), sources=FakeSources())
    await crashed(world, 1)
    assert await world.recover()() == 0
    analysis = await world.analysis()
    assert (analysis.state, analysis.owner) == (AnalysisState.PENDING, "dead")
    published = world.storage.signal.published  # type: ignore[attr-defined]
    assert isinstance(published[-1].payload, AttemptInterrupted)
