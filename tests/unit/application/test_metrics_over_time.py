from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from flext_quality.application.heartbeats import HeartbeatInterval
from flext_quality.application.metrics.aggregate_metrics import AggregateMetrics
from flext_quality.application.metrics.get_trends import GetTrends
from flext_quality.application.metrics.query_metrics import MetricQuery, QueryMetrics
from flext_quality.application.metrics.watch_metrics import WatchMetrics
from flext_quality.application.ports.measures import MetricUpdate
from flext_quality.application.ports.signals import EventSignal, Subscription
from flext_quality.domain.errors import (
    AnswerTooLargeError,
    ProjectNotFoundError,
    ServerShuttingDownError,
)
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.metrics.time_series import Granularity
from flext_quality.domain.projects.project import Project
from flext_quality.infrastructure.cache.memory import MemoryCache
from tests.contract.samples import SHOP, analysis, analysis_name, project, store
from tests.fakes import FakeClock, FakeEventSignal, FakeStorage
from tests.waiting import PATIENCE_SECONDS

NOW = datetime(2025, 3, 4, 10, 30, tzinfo=UTC)


@dataclass
class Woken:
    """A signal whose readers wait until they are woken: none of them looks by itself. `waits`: one does."""

    signal: EventSignal
    waits: asyncio.Event = field(default_factory=asyncio.Event)

    def publish(self, events: Sequence[AnyEvent]) -> None:
        """See the port."""
        self.signal.publish(events)

    @contextmanager
    def subscribe(self, subject: str) -> Iterator[Subscription]:
        """See the port."""
        with self.signal.subscribe(subject) as subscription:
            yield WokenSubscription(subscription, self.waits)


@dataclass
class WokenSubscription:
    """Of such a reader."""

    subscription: Subscription
    waits: asyncio.Event

    async def wait(self, _: float) -> bool:
        """Once it is woken, or the server ends."""
        self.waits.set()
        return await self.subscription.wait(PATIENCE_SECONDS)

    def recent(self, after: int) -> Sequence[AnyEvent] | None:
        """See the port."""
        return self.subscription.recent(after)


@pytest.fixture
async def storage() -> FakeStorage:
    """It has the shop."""
    storage = FakeStorage(FakeEventSignal())
    await store(storage, project())
    return storage


async def record(storage: FakeStorage, number: int, time: datetime, **measures: float) -> None:
    """As another server does: nothing is told here."""
    async with storage() as uow:
        name = analysis_name(number).analysis_id
        await uow.metrics.record(SHOP, name, time, measures)
        await uow.commit()


async def end_analysis(storage: FakeStorage, number: int, **measures: float) -> AnalysisName:
    """As this server does."""
    ended = analysis(number, "shop", "ruff")
    ended.start(NOW)
    ended.analyzer_succeeded("ruff", NOW)
    ended.finish(NOW)
    async with storage() as uow:
        await uow.analyses.add(ended)
        await uow.metrics.record(SHOP, ended.name.analysis_id, NOW, measures)
        await uow.commit()
    return ended.name


async def values(watch: AsyncIterator[MetricUpdate | None], count: int) -> list[float]:
    """The number of issues in each of the next updates."""
    found: list[float] = []
    while len(found) < count:
        update = await anext(watch)
        if update is not None:
            found.append(update.point.measures["issues"])
    return found


async def test_too_many_points_are_refused(storage: FakeStorage) -> None:
    """With the limit and what to do; points count over all metrics, those that are not there do not."""
    for number in range(6):
        await record(storage, number, NOW + timedelta(hours=number), issues=number)
    query = QueryMetrics(storage, max_points=6)
    hours = MetricQuery(SHOP, ["issues", "score"], granularity=Granularity.HOUR)
    assert 6 == len((await query(hours))["issues"])
    await record(storage, 7, NOW, issues=1, score=1)
    with pytest.raises(AnswerTooLargeError, match=r"6 points; ask for a shorter time"):
        await query(hours)
    with pytest.raises(AnswerTooLargeError):
        await query(MetricQuery(SHOP, ["issues"], granularity=Granularity.RAW))
    (day,) = (await query(MetricQuery(SHOP, ["issues"])))["issues"]
    assert (5, 7) == (day.value, day.analyses)


async def test_a_watcher_hears_of_this_server_s_analyses_at_once(storage: FakeStorage) -> None:
    """It is woken by their ends."""
    signal = Woken(storage.signal)
    watch = WatchMetrics(storage, signal, HeartbeatInterval())(SHOP)
    await end_analysis(storage, 1, issues=1)
    assert [1] == await values(watch, 1)
    following = asyncio.create_task(values(watch, 1))
    await signal.waits.wait()
    await end_analysis(storage, 2, issues=2)
    assert [2] == await following


async def test_a_slow_watcher_misses_nothing(storage: FakeStorage) -> None:
    """However much is recorded between two looks, each analysis comes once, in order."""
    watch = WatchMetrics(storage, storage.signal, HeartbeatInterval())(SHOP)
    await record(storage, 0, NOW, issues=0)
    assert [0] == await values(watch, 1)
    for number in range(1, 130):
        await record(storage, number, NOW - timedelta(minutes=number), issues=number)
    assert list(range(1, 130)) == await values(watch, 129)


async def test_a_project_of_the_same_name_is_another(storage: FakeStorage) -> None:
    """A watch ends even if it was made between two looks."""
    await record(storage, 1, NOW, issues=1)
    watch = WatchMetrics(storage, FakeEventSignal(), HeartbeatInterval())(SHOP)
    await values(watch, 1)
    async with storage() as uow:
        await uow.projects.delete((await uow.projects.get(SHOP)).unwrap())
        again = Project.register(SHOP, "Shop", "/srv/shop", NOW, last_sequence=1)
        (await uow.projects.add(again)).unwrap()
        await uow.metrics.record(SHOP, analysis_name(2).analysis_id, NOW, {"issues": 2})
        await uow.commit()
    with pytest.raises(ProjectNotFoundError):
        await values(watch, 1)


async def test_a_watch_ends_when_the_server_does(storage: FakeStorage) -> None:
    """Whether it waits or not."""
    signal = FakeEventSignal()
    woken = Woken(signal)
    watch = WatchMetrics(storage, woken, HeartbeatInterval())(SHOP)
    waiting = asyncio.create_task(values(watch, 1))
    await woken.waits.wait()
    signal.close()
    with pytest.raises(ServerShuttingDownError):
        await waiting


async def test_the_usual_trend_ends_where_it_is_told_to(storage: FakeStorage) -> None:
    """30 days before the end, if only that is given; before now if it lies ahead."""
    for days in (100, 80, 60, 20):
        await record(storage, 200 - days, NOW - timedelta(days=days), score=days)
    trends = GetTrends(storage, FakeClock(NOW))
    earlier = await trends(SHOP, metrics=["score"], end=NOW - timedelta(days=55))
    assert (80, 60) == (earlier["score"].first, earlier["score"].last)
    ahead = await trends(SHOP, metrics=["score"], end=NOW + timedelta(days=300))
    assert (20, 20, 1) == (ahead["score"].first, ahead["score"].last, ahead["score"].count)


async def test_neutral_metrics_are_led_by_the_greatest(storage: FakeStorage) -> None:
    """Ties go by name."""
    for number, name in enumerate(("b", "c", "a")):
        await store(storage, project(name))
        async with storage() as uow:
            measures = {"lines_of_code": number // 2}
            await uow.metrics.record(ProjectName(name), f"{number:026}", NOW, measures)
            await uow.commit()
    found = await AggregateMetrics(storage, MemoryCache())("lines_of_code")
    assert ["a", "b", "c"] == [name.project_id for name, _ in found.leaders]
    assert ["b", "c", "a"] == [name.project_id for name, _ in found.trailers]
    assert (1, 1) == (found.total, found.unmeasured_count)


async def test_the_view_over_all_is_kept_for_five_seconds(storage: FakeStorage) -> None:
    """Many who ask cause one look; named projects are always looked at."""
    now = 0.0
    aggregate = AggregateMetrics(storage, MemoryCache(clock=lambda: now))
    await record(storage, 1, NOW, issues=1)
    assert (await aggregate("issues")).total == 1
    await record(storage, 2, NOW + timedelta(minutes=1), issues=2)
    assert (await aggregate("issues")).total == 1
    assert (await aggregate("issues", projects=[SHOP])).total == 2
    now = 5.0
    assert (await aggregate("issues")).total == 2
