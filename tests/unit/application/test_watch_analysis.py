from __future__ import annotations

import asyncio
from datetime import timedelta

from flext_quality.application.analyses.watch_analysis import (
    Heartbeat,
    WatchAnalysis,
)
from flext_quality.application.heartbeats import HeartbeatInterval
from flext_quality.domain.analyses.analysis import Analysis, AnalysisState
from flext_quality.domain.analyses.events import AnalysisFinished
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.projects.project import Project
from tests.fakes import FakeClock, FakeEventSignal, FakeJobQueue, FakeStorage
from tests.waiting import PATIENCE_SECONDS

NAME = AnalysisName("shop", "0" * 26)


async def test_an_analysis_of_another_server_is_followed_without_being_woken() -> None:
    """Its events are found in the log within a moment, heartbeats come all the same."""
    clock = FakeClock()
    storage = FakeStorage(FakeEventSignal())
    async with storage() as uow:
        (await uow.projects.add(Project.register(ProjectName("shop"), "S", "/s", clock()))).unwrap()
        await uow.analyses.add(Analysis.queue(NAME, ["fake"], "another", clock()))
        await uow.commit()
    deaf = FakeEventSignal()
    interval = HeartbeatInterval(timedelta(seconds=0.2))
    watch = WatchAnalysis(storage, deaf, FakeJobQueue("this"), interval)
    following = watch(NAME, after_sequence=0, heartbeat=None)
    seen = [await anext(following), await anext(following)]
    assert isinstance(seen[1], Heartbeat)
    assert (seen[1].state, seen[1].queue_position) == (AnalysisState.PENDING, 1)
    async with storage() as uow:
        analysis = (await uow.analyses.get(NAME, for_update=True)).unwrap()
        analysis.request_cancel(clock())
        await uow.analyses.save(analysis)
        await uow.commit()
    async with asyncio.timeout(PATIENCE_SECONDS):
        events = [e async for e in following if not isinstance(e, Heartbeat)]
    assert [event.sequence for event in events] == [2, 3]
    assert isinstance(events[-1].payload, AnalysisFinished)
