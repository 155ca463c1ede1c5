"""What every `RetentionRepository` promises, and that the job does with it what the policy says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flext_quality.application.jobs.apply_retention import ApplyRetention, Removed
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import Analysis, AnalysisResults
from flext_quality.domain.gates.quality_gate import SinceAnalysis
from flext_quality.domain.identifiers import AnalysisName
from flext_quality.domain.issues.issue import IssueCounts
from flext_quality.domain.metrics.retention import RetentionPolicy
from flext_quality.domain.metrics.score import Score
from flext_quality.domain.metrics.time_series import BUCKETED, Granularity, Moment
from flext_quality.domain.sources.measures import FileRecord
from tests.contract.samples import SHOP, analysis_name, project, store
from tests.fakes import FakeClock
from tests.waiting import PATIENCE_SECONDS

NOW = datetime(2025, 3, 4, 12, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def content(number: int) -> str:
    """A SHA-256."""
    return f"{number:064x}"


def moment(number: int, age: timedelta) -> Moment:
    """Where the analysis with this number stands, which ended `age` ago."""
    return Moment(NOW - age, analysis_name(number).analysis_id)


async def analyze(
    uow: UnitOfWorkFactory,
    number: int,
    age: timedelta,
    contents: Sequence[int] = (),
    branch: str = "",
) -> AnalysisName:
    """An analysis that ended `age` ago and saw files of these contents."""
    at = moment(number, age)
    name = analysis_name(number)
    files = [FileRecord(f"{n}.py", content(n), {"lines_of_code": n}) for n in contents]
    async with uow() as work:
        digest = await work.snapshots.put(SHOP, files)
        await work.snapshots.put_lines(SHOP, {file.sha256: [1, 2] for file in files})
        analysis = Analysis.queue(name, ["fake"], "instance", at.time, branch=branch)
        analysis.start(at.time)
        analysis.analyzer_succeeded("fake", at.time)
        analysis.results = AnalysisResults(
            number, None, IssueCounts(open=3), Score(), None, {"issues": 3}, {}, digest
        )
        analysis.finish(at.time)
        await work.analyses.add(analysis)
        if not branch:
            await work.metrics.record(SHOP, at.analysis_id, at.time, {"issues": number})
        await work.commit()
    return name


def job(uow: UnitOfWorkFactory, policy: RetentionPolicy | None = None) -> ApplyRetention:
    """The job, at noon."""
    return ApplyRetention(uow, policy or RetentionPolicy(), FakeClock(NOW))


async def points(uow: UnitOfWorkFactory) -> list[float]:
    """The numbers of the analyses that have their point."""
    async with uow(read_only=True) as work:
        return [point.measures["issues"] async for point in work.metrics.points(SHOP)]


async def detailed(uow: UnitOfWorkFactory) -> list[int]:
    """The numbers of the analyses that have their details."""
    async with uow(read_only=True) as work:
        return [int(d.at.analysis_id[4:]) for d in await work.retention.details(SHOP)]


async def counts(uow: UnitOfWorkFactory) -> dict[str, int]:
    """How many buckets of each granularity there are."""
    found = {}
    async with uow(read_only=True) as work:
        for granularity in BUCKETED:
            buckets = work.metrics.buckets(SHOP, granularity, [])
            found[granularity.name] = len([bucket async for bucket in buckets])
    return found


async def test_points_and_details_are_thinned_by_the_policy(uow: UnitOfWorkFactory) -> None:
    """What day, week and month rules do not keep goes, and what it leaves unused."""
    await store(uow, project())
    ages = [0, 0.5, 10, 10.1, 200, 201, 800, 801]
    for number, age in enumerate(ages):
        await analyze(uow, number, age * DAY, [number, number + 1])
    assert Removed(points=3, buckets=4, details=3, snapshots=3, lines=1) == await job(uow)()
    assert [6, 4, 2, 1, 0] == await points(uow)
    assert [6, 4, 2, 1, 0] == await detailed(uow)
    assert Removed() == await job(uow)()


async def test_what_is_left_is_whole(uow: UnitOfWorkFactory) -> None:
    """Analyses keep what they know but the details; buckets of days and more keep all analyses."""
    await store(uow, project())
    thinned = await analyze(uow, 1, 100 * DAY, [1, 2])
    await analyze(uow, 2, 100 * DAY - timedelta(hours=2), [2, 3])
    await analyze(uow, 3, 0 * DAY, [3, 4])
    before = await counts(uow)
    assert Removed(1, 2, 1, 1, 1) == await job(uow)()
    async with uow(read_only=True) as work:
        analysis = (await work.analyses.get(thinned)).unwrap()
        assert analysis.results is not None
        assert (analysis.results.snapshot, analysis.results.measures) == ("", {"issues": 3})
        assert analysis.results.issue_counts.open == 3
        digest = (await work.retention.details(SHOP))[0].snapshot
        assert [content(2), content(3)] == [
            r.sha256 for r in await work.snapshots.get(SHOP, digest) or ()
        ]
        lines = await work.snapshots.get_lines(SHOP, [content(n) for n in range(6)])
        buckets = [b async for b in work.metrics.buckets(SHOP, Granularity.DAY, ["issues"])]
    assert [content(2), content(3), content(4)] == sorted(lines)
    assert [(2, 3), (1, 3)] == [
        (bucket.cells["issues"].analyses, bucket.cells["issues"].total) for bucket in buckets
    ]
    assert {**before, "HOUR": 1} == await counts(uow)


async def test_each_branch_is_a_line_of_its_own(uow: UnitOfWorkFactory) -> None:
    """The newest of each keeps its details, however old; a branch has no points to lose."""
    await store(uow, project())
    await analyze(uow, 1, 500 * DAY, [1], "old")
    await analyze(uow, 2, 499 * DAY, [2], "old")
    await analyze(uow, 3, 498 * DAY, [1])
    await analyze(uow, 4, 0 * DAY, [3])
    assert Removed(buckets=1, details=1) == await job(uow)()
    assert [3, 4, 2] == await detailed(uow)


async def test_the_old_code_of_a_gate_keeps_its_details(uow: UnitOfWorkFactory) -> None:
    """Else nobody could tell what is new since a release that the gate names."""
    await store(uow, project())
    release = await analyze(uow, 1, 500 * DAY, [1])
    await analyze(uow, 2, 500 * DAY - timedelta(hours=1), [2])
    await analyze(uow, 3, 0 * DAY, [3])
    async with uow() as work:
        shop = (await work.projects.get(SHOP, for_update=True)).unwrap()
        since = replace(shop.quality_gate, new_code=SinceAnalysis(release))
        shop.update_gate(since, "", NOW)
        await work.projects.save(shop)
        await work.commit()
    assert Removed(points=1, buckets=2) == await job(uow)()
    assert [1, 2, 3] == await detailed(uow)


async def test_a_snapshot_that_another_analysis_has_stays(uow: UnitOfWorkFactory) -> None:
    """Analyses of the same code share it."""
    await store(uow, project())
    await analyze(uow, 1, 20 * DAY, [1, 2])
    await analyze(uow, 2, 20 * DAY - timedelta(minutes=1), [1, 2])
    await analyze(uow, 3, 0 * DAY, [9])
    assert Removed(points=1, details=1) == await job(uow)()
    async with uow(read_only=True) as work:
        assert [True, True] == list((await work.retention.snapshots(SHOP)).values())


async def test_every_project_is_looked_at(uow: UnitOfWorkFactory) -> None:
    """However many there are."""
    await store(uow, *(project(f"p{number:04}", minutes=number) for number in range(450)))
    await store(uow, project(minutes=1000))
    for number in range(3):
        await analyze(uow, number, (20 - number / 100) * DAY, [number])
    assert Removed(2, 0, 2, 2, 2) == await job(uow)()


async def test_a_limited_history_ends(uow: UnitOfWorkFactory) -> None:
    """With a limit for months, what is older goes altogether, but for the newest."""
    await store(uow, project())
    policy = RetentionPolicy(DAY, 2 * DAY, 3 * DAY, 40 * DAY)
    for number, age in enumerate((300, 200, 100)):
        await analyze(uow, number, age * DAY, [number])
    await job(uow, policy)()
    assert [2] == await points(uow)
    assert [2] == await detailed(uow)
    assert {"HOUR": 0, "DAY": 0, "WEEK": 0, "MONTH": 0} == await counts(uow)


async def test_large_amounts_go_in_small_parts(uow: UnitOfWorkFactory) -> None:
    """All of them all the same."""
    await store(uow, project())
    async with uow() as work:
        for number in range(1_001):
            at = moment(number, 100 * DAY + timedelta(hours=number))
            await work.metrics.record(SHOP, at.analysis_id, at.time, {"issues": number})
        await work.commit()
    removed = await job(uow)()
    assert 1_001 == removed.buckets
    assert 1_001 - removed.points == len(await points(uow))
    assert len(await points(uow)) < 12
    assert Removed() == await job(uow)()


async def test_several_servers_may_do_it_at_once(uow: UnitOfWorkFactory) -> None:
    """What one has removed the others do not miss, and the counts tell of each thing once."""
    await store(uow, project())
    for number in range(30):
        await analyze(uow, number, (20 + number / 100) * DAY, [number])
    async with asyncio.timeout(PATIENCE_SECONDS):
        done = await asyncio.gather(*(job(uow)() for _ in range(4)))
    assert Removed(29, 0, 29, 29, 29) == sum(done, Removed())
    assert [0] == await points(uow)


async def test_the_latest_point_cannot_be_removed(uow: UnitOfWorkFactory) -> None:
    """Whoever asks: an analysis that just ended may have become it."""
    await store(uow, project())
    await analyze(uow, 1, DAY)
    await analyze(uow, 2, 0 * DAY)
    both = [moment(1, DAY), moment(2, 0 * DAY)]
    async with uow() as work:
        assert await work.retention.remove_points(SHOP, both) == 1
        assert await work.retention.remove_points(SHOP, both) == 0
        assert both[1:] == await work.retention.moments(SHOP)


async def test_a_snapshot_in_use_cannot_be_removed(uow: UnitOfWorkFactory) -> None:
    """Whoever asks: an analysis that just ended may have taken it into use."""
    await store(uow, project())
    await analyze(uow, 1, DAY, [1])
    async with uow() as work:
        (digest,) = await work.retention.snapshots(SHOP)
        assert await work.retention.remove_snapshots(SHOP, [digest, "absent"]) == 0
        assert await work.retention.forget_details(SHOP, [analysis_name(1).analysis_id]) == 1
        assert await work.retention.forget_details(SHOP, [analysis_name(1).analysis_id]) == 0
        assert await work.retention.remove_snapshots(SHOP, [digest]) == 1
        assert await work.snapshots.get(SHOP, digest) is None


async def test_a_project_that_is_gone_has_nothing_to_remove(uow: UnitOfWorkFactory) -> None:
    """It may be deleted in the middle of the job."""
    async with uow() as work:
        assert await work.retention.lock(SHOP) is False
        assert await work.retention.moments(SHOP) == []
        assert await work.retention.oldest_bucket(SHOP, Granularity.DAY) is None
        assert await work.retention.remove_lines(SHOP, [content(1)]) == 0


@pytest.mark.parametrize("granularity", BUCKETED)
async def test_old_buckets_go_oldest_first(
    uow: UnitOfWorkFactory, granularity: Granularity
) -> None:
    """Those that begin before the time, of one granularity alone."""
    await store(uow, project())
    for number in range(3):
        at = moment(number, 40 * number * DAY)
        async with uow() as work:
            await work.metrics.record(SHOP, at.analysis_id, at.time, {"issues": number})
            await work.commit()
    async with uow() as work:
        before = NOW - 20 * DAY
        assert await work.retention.remove_buckets(SHOP, granularity, before, limit=1) == 1
        oldest = await work.retention.oldest_bucket(SHOP, granularity)
        assert oldest is not None
        assert NOW - 80 * DAY < oldest < before
        assert await work.retention.remove_buckets(SHOP, granularity, before, limit=9) == 1
        assert await work.retention.remove_buckets(SHOP, granularity, before, limit=9) == 0
        await work.commit()
    expected = {one.name: 1 if one is granularity else 3 for one in BUCKETED}
    assert expected == await counts(uow)
