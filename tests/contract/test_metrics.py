"""What every `MetricRepository` promises."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flext_quality.application.ports.measures import MetricPoint, MetricUpdate
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.metrics.time_series import Aggregation, Granularity, Moment
from flext_quality.domain.projects.project import Project
from tests.contract.samples import SHOP, analysis_name, project, store
from tests.waiting import PATIENCE_SECONDS

TUESDAY = datetime(2025, 3, 4, 10, 30, 0, 123_456, tzinfo=UTC)
OTHER = ProjectName("other")


def moment(number: int, time: datetime = TUESDAY) -> Moment:
    """Where the analysis with this number stands, if it ended at `time`."""
    return Moment(time, analysis_name(number).analysis_id)


async def record(
    uow: UnitOfWorkFactory,
    at: Moment,
    measures: Mapping[str, float],
    of: ProjectName = SHOP,
    **more: Any,
) -> None:
    """Records in a unit of work of its own."""
    async with uow() as work:
        await work.metrics.record(of, at.analysis_id, at.time, measures, **more)
        await work.commit()


async def points(uow: UnitOfWorkFactory, **between: datetime) -> list[MetricPoint]:
    """The shop's points."""
    async with uow(read_only=True) as work:
        return [point async for point in work.metrics.points(SHOP, **between)]


async def values(
    uow: UnitOfWorkFactory,
    granularity: Granularity,
    aggregation: Aggregation = Aggregation.LAST,
    metric: str = "issues",
    **between: datetime,
) -> dict[str, float]:
    """The shop's buckets: the values of one metric by the bucket's beginning."""
    async with uow(read_only=True) as work:
        buckets = work.metrics.buckets(SHOP, granularity, [metric], **between)
        return {
            bucket.start.isoformat(): bucket.cells[metric].value(aggregation)
            async for bucket in buckets
            if metric in bucket.cells
        }


async def aggregated(uow: UnitOfWorkFactory, granularity: Granularity) -> list[Any]:
    """Last, mean, least, greatest, sum and count of the shop's only bucket."""
    async with uow(read_only=True) as work:
        found = [b async for b in work.metrics.buckets(SHOP, granularity, ["issues"])]
    (bucket,) = found
    cell = bucket.cells["issues"]
    return [*(cell.value(aggregation) for aggregation in Aggregation), cell.analyses]


async def test_measures_come_back_as_they_were(uow: UnitOfWorkFactory) -> None:
    """Large and small, whole and broken, to the last bit, with the time to the microsecond."""
    await store(uow, project())
    measures = {"a": 3.0, "b": -0.1, "c": 1e300, "d": 2.0**60, "e": 0.0, "f": 1 / 3, "g": -7.0}
    await record(uow, moment(1), measures)
    assert [MetricPoint(moment(1), measures)] == await points(uow)
    for metric, value in measures.items():
        assert list((await values(uow, Granularity.HOUR, metric=metric)).values()) == [value]


async def test_a_measure_is_in_the_bucket_of_each_granularity(uow: UnitOfWorkFactory) -> None:
    """Which begin in UTC; weeks on Monday, months on the first."""
    await store(uow, project())
    await record(uow, moment(1), {"issues": 7})
    starts = [list(await values(uow, granularity)) for granularity in list(Granularity)[1:]]
    assert [
        ["2025-03-04T10:00:00+00:00"],
        ["2025-03-04T00:00:00+00:00"],
        ["2025-03-03T00:00:00+00:00"],
        ["2025-03-01T00:00:00+00:00"],
    ] == starts


async def test_a_bucket_puts_its_analyses_together(uow: UnitOfWorkFactory) -> None:
    """Last, mean, least, greatest, sum and count; each bucket by itself."""
    await store(uow, project())
    for number, value in enumerate((4, 1, 7)):
        at = moment(number, TUESDAY + timedelta(hours=number))
        await record(uow, at, {"issues": value})
    for granularity in (Granularity.DAY, Granularity.WEEK, Granularity.MONTH):
        assert [7, 4, 1, 7, 12, 3] == await aggregated(uow, granularity)
    assert [4, 1, 7] == list((await values(uow, Granularity.HOUR)).values())


async def test_analyses_that_end_at_once_are_all_counted(uow: UnitOfWorkFactory) -> None:
    """None takes the other's place; the one with the greater id counts as later, whoever comes first."""
    await store(uow, project())
    await record(uow, moment(2), {"issues": 2})
    await record(uow, moment(1), {"issues": 10})
    await record(uow, moment(3), {"other": 1})
    assert [1, 2, 3] == [int(p.at.analysis_id[4:]) for p in await points(uow)]
    assert [2, 6, 2, 10, 12, 2] == await aggregated(uow, Granularity.DAY)


async def test_an_analysis_may_be_recorded_after_a_later_one(uow: UnitOfWorkFactory) -> None:
    """The latest stays the latest, in the buckets, metric by metric, and in all."""
    await store(uow, project())
    late, later = (moment(1, TUESDAY + timedelta(minutes=m)) for m in (10, 20))
    await record(uow, later, {"issues": 5})
    await record(uow, moment(1), {"issues": 9, "score": 1})
    await record(uow, late, {"issues": 7, "score": 2})
    assert [5, 7, 5, 9, 21, 3] == await aggregated(uow, Granularity.HOUR)
    assert [2] == list((await values(uow, Granularity.HOUR, metric="score")).values())
    async with uow(read_only=True) as work:
        latest = await work.metrics.latest(SHOP)
    assert latest == MetricUpdate(MetricPoint(later, {"issues": 5}), later.time, 3)


async def test_what_is_said_again_replaces_what_was_said(uow: UnitOfWorkFactory) -> None:
    """Counted once, however often it is said; only least and greatest may stay what they once were."""
    await store(uow, project())
    await record(uow, moment(1), {"issues": 10, "score": 50})
    await record(uow, moment(2, TUESDAY + timedelta(minutes=1)), {"issues": 20, "score": 60})
    await record(uow, moment(1), {"issues": 4, "score": 50, "new": 1})
    assert [20, 12, 4, 20, 24, 2] == await aggregated(uow, Granularity.WEEK)
    await record(uow, moment(2, TUESDAY + timedelta(minutes=1)), {"issues": 6, "score": 60})
    assert [6, 5, 4, 20, 10, 2] == await aggregated(uow, Granularity.WEEK)
    assert [4, 6] == [point.measures["issues"] for point in await points(uow)]
    assert [1] == list((await values(uow, Granularity.DAY, metric="new")).values())
    assert [110] == list((await values(uow, Granularity.DAY, Aggregation.SUM, "score")).values())


async def test_a_metric_that_is_no_longer_measured_goes(uow: UnitOfWorkFactory) -> None:
    """When the analysis is recorded again without it."""
    await store(uow, project())
    await record(uow, moment(1), {"issues": 10, "score": 50})
    await record(uow, moment(1), {"issues": 10})
    assert {} == await values(uow, Granularity.DAY, metric="score")
    await record(uow, moment(2), {"issues": 20})
    await record(uow, moment(2), {"score": 1})
    assert [20, 10, 10, 20, 10, 1] == await aggregated(uow, Granularity.DAY)


async def test_what_is_wanted_is_read_alone(uow: UnitOfWorkFactory) -> None:
    """From a time on, included, up to another, not included, of one project and some metrics."""
    await store(uow, project(), project("other"))
    hours = [TUESDAY + timedelta(hours=n) for n in range(5)]
    for number, time in enumerate(hours):
        await record(uow, moment(number, time), {"issues": number, "score": 1})
    await record(uow, moment(9), {"issues": 99}, OTHER)
    found = await points(uow, start=hours[1], end=hours[3])
    assert [1, 2] == [point.measures["issues"] for point in found]
    begin = hours[1].replace(minute=0, second=0, microsecond=0)
    some = await values(uow, Granularity.HOUR, start=begin, end=begin + timedelta(hours=2))
    assert [1, 2] == list(some.values())
    assert [2, 3, 4] == list((await values(uow, Granularity.HOUR, start=hours[1])).values())
    async with uow(read_only=True) as work:
        buckets = [b async for b in work.metrics.buckets(SHOP, Granularity.DAY, ["score", "x"])]
    assert [["score"]] == [list(bucket.cells) for bucket in buckets]


async def test_any_number_of_points_and_buckets_is_read(uow: UnitOfWorkFactory) -> None:
    """Each once and in order, those of one moment too."""
    await store(uow, project())
    async with uow() as work:
        for number in range(1_050):
            time = TUESDAY + timedelta(hours=number // 2)
            name = analysis_name(number).analysis_id
            await work.metrics.record(SHOP, name, time, {"issues": number})
        await work.commit()
    assert list(range(1_050)) == [point.measures["issues"] for point in await points(uow)]
    assert list(range(1, 1_050, 2)) == list((await values(uow, Granularity.HOUR)).values())


async def test_watchers_learn_what_was_recorded_since(uow: UnitOfWorkFactory) -> None:
    """Each analysis once, as it is now, in the order of recording; saying the same again is nothing new."""
    await store(uow, project(), project("other"))
    async with uow(read_only=True) as work:
        assert await work.metrics.latest(SHOP) is None
        assert await work.metrics.revision(SHOP) == 0
    await record(uow, moment(2), {"issues": 1})
    await record(uow, moment(1), {"issues": 2})
    await record(uow, moment(2), {"issues": 3}, changed_at=TUESDAY + timedelta(days=1))
    await record(uow, moment(2), {"issues": 3}, changed_at=TUESDAY + timedelta(days=2))
    await record(uow, moment(5), {"issues": 4}, OTHER)
    first = MetricUpdate(MetricPoint(moment(1), {"issues": 2}), TUESDAY, 2)
    second = MetricUpdate(
        MetricPoint(moment(2), {"issues": 3}), TUESDAY + timedelta(days=1), revision=3
    )
    async with uow(read_only=True) as work:
        assert [first, second] == await work.metrics.updates(SHOP, after=0, limit=10)
        assert [first] == await work.metrics.updates(SHOP, after=1, limit=1)
        assert [second] == await work.metrics.updates(SHOP, after=2, limit=10)
        assert [] == await work.metrics.updates(SHOP, after=3, limit=10)
        assert second == await work.metrics.latest(SHOP)
        assert await work.metrics.revision(SHOP) == 3


async def test_one_metric_is_known_of_every_project(uow: UnitOfWorkFactory) -> None:
    """Also of those that were never analysed, or where it was not measured: they have no value."""
    names = [f"p{number:04}" for number in range(1_101)]
    await store(uow, *(project(name) for name in names))
    await record(uow, moment(1), {"score": 10}, ProjectName("p0000"))
    later = moment(2, TUESDAY + timedelta(seconds=1))
    await record(uow, later, {"score": 20}, ProjectName("p0000"))
    await record(uow, moment(3), {"issues": 1}, ProjectName("p1100"))
    async with uow(read_only=True) as work:
        everywhere = await work.metrics.latest_values("score")
        absent = ProjectName("nobody")
        some = await work.metrics.latest_values("score", [ProjectName("p0000"), absent])
        all_named = await work.metrics.latest_values("issues", [ProjectName(n) for n in names])
    assert [ProjectName(name) for name in names] == list(everywhere)
    assert {ProjectName("p0000"): 20} == {n: v for n, v in everywhere.items() if v is not None}
    assert {ProjectName("p0000"): 20} == some
    assert {ProjectName("p1100"): 1} == {n: v for n, v in all_named.items() if v is not None}
    assert 1_101 == len(all_named)


async def test_some_metrics_are_known_of_every_analysed_project(uow: UnitOfWorkFactory) -> None:
    """The oldest project comes first, whatever its name; one that was never analysed does not come."""
    names = [f"p{number:04}" for number in range(1_001)]
    for age, name in enumerate(reversed(names)):
        await store(uow, project(name, minutes=age // 2))
    await store(uow, project("bare", minutes=-1))
    async with uow() as work:
        for number, name in enumerate(names):
            measures = {"score": float(number), "issues": 1.0, "lines": 7.0}
            at = moment(number)
            await work.metrics.record(ProjectName(name), at.analysis_id, at.time, measures)
        await work.metrics.record(
            ProjectName("p1000"), "z", TUESDAY + timedelta(days=1), {"lines": 1}
        )
        await work.commit()
    async with uow(read_only=True) as work:
        found = [pair async for pair in work.metrics.latest_of_all(["score", "issues"])]
    in_order = [(name.project_id, dict(measures)) for name, measures in found]
    assert [("p0999", {"score": 999.0, "issues": 1.0}), ("p1000", {})] == in_order[:2]
    assert ("p0000", {"score": 0.0, "issues": 1.0}) == in_order[-1]
    assert sorted(names) == sorted(name.project_id for name, _ in found)


async def test_a_deleted_project_leaves_no_measures(uow: UnitOfWorkFactory) -> None:
    """One of the same name begins from nothing."""
    await store(uow, project())
    await record(uow, moment(1), {"issues": 1})
    async with uow() as work:
        await work.projects.delete((await work.projects.get(SHOP)).unwrap())
        await work.commit()
    await store(uow, Project.register(SHOP, "Shop", "/srv/shop", TUESDAY, last_sequence=1))
    assert [] == await points(uow)
    assert {} == await values(uow, Granularity.MONTH)
    async with uow(read_only=True) as work:
        assert await work.metrics.revision(SHOP) == 0


async def test_none_of_many_that_record_at_once_is_lost(uow: UnitOfWorkFactory) -> None:
    """Servers that end analyses of one project at the same time all count."""
    await store(uow, project())
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*(record(uow, moment(n), {"issues": n}) for n in range(20)))
    assert [19, 9.5, 0, 19, 190, 20] == await aggregated(uow, Granularity.MONTH)
    async with uow(read_only=True) as work:
        assert await work.metrics.revision(SHOP) == 20


async def test_reading_records_nothing(uow: UnitOfWorkFactory) -> None:
    """A unit of work that only reads refuses."""
    await store(uow, project())
    async with uow(read_only=True) as work:
        with pytest.raises(RuntimeError):
            await work.metrics.record(SHOP, analysis_name(1).analysis_id, TUESDAY, {"issues": 1})
