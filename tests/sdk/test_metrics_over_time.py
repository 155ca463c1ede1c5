from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import grpc
import pytest

from flext.quality.v1.metrics_pb2 import Aggregation, Granularity, Measure
from flext.quality.v1.metrics_service_pb2 import (
    MetricsSnapshot,
    QueryMetricsRequest,
    WatchMetricsResponse,
)
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.infrastructure.events.in_process_signal import InProcessSignal
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from flext_quality_client import (
    InvalidArgumentError,
    NotFoundError,
    QualityError,
    UnavailableError,
    WatchOptions,
)
from tests.live import LiveServer
from tests.sdk.flavours import Connect
from tests.sdk.scripted_server import PROJECT, Fault, Script
from tests.waiting import PATIENCE_SECONDS

NOW = datetime.now(UTC)


def metrics(number: int) -> WatchMetricsResponse:
    """What a watcher gets."""
    measures = [Measure(metric="m", value=number)]
    return WatchMetricsResponse(snapshot=MetricsSnapshot(analysis=f"{number}", measures=measures))


async def record(server: LiveServer, project: str, number: int, **measures: float) -> None:
    """Ends an analysis, as another server on the same database does, `number` days before now."""
    name = AnalysisName(ProjectName.parse(project).project_id, f"{1000 - number:026}")
    database = Database(DatabaseOptions(server.settings.effective_database_url))
    factory = SqlUnitOfWorkFactory(database, InProcessSignal(), ProtobufIssueCodec())
    async with factory() as uow:
        time = NOW - timedelta(days=number)
        await uow.metrics.record(name.project, name.analysis_id, time, measures)
        await uow.commit()
    await database.close()


async def read(watch: AsyncIterable[MetricsSnapshot], into: list[MetricsSnapshot]) -> None:
    """Keeps what comes, also what came before the end."""
    async for update in watch:
        into.append(update)  # noqa: PERF401  # extend() would keep nothing


async def test_metrics_over_time_of_a_real_server(
    connect: Connect, live_server: LiveServer, project_dir: Path
) -> None:
    """Series, trends, the view over projects, descriptors, and the errors with their reasons."""
    client = connect(live_server.address)
    project = (await client.projects.of_path(project_dir)).name
    for number in range(5):
        await record(live_server, project, number, issues=number, score=80 - number)
    over_time = client.metrics_over_time
    issues, score = await over_time.query(
        project, ["issues", "score"], start=NOW - timedelta(days=3, hours=25)
    )
    assert [3, 2, 1, 0] == [point.value for point in issues.points][-4:]
    assert ["issues", "score"] == [issues.metric, score.metric]
    (weeks,) = await over_time.query(
        project,
        ["issues"],
        granularity=Granularity.GRANULARITY_MONTH,
        aggregation=Aggregation.AGGREGATION_SUM,
    )
    assert 10 == sum(point.value for point in weeks.points)
    (trend,) = await over_time.trends(project, ["score"])
    assert (76, 80) == (trend.first, trend.last)
    assert pytest.approx(1) == trend.slope_per_day
    assert "score" == (await over_time.trends(project))[0].metric
    aggregate = await over_time.aggregate("score", leader_count=1)
    assert [(project, 80)] == [(one.project, one.value) for one in aggregate.leaders]
    descriptors = await over_time.descriptors()
    assert "line_coverage" in [one.metric for one in descriptors]
    with pytest.raises(InvalidArgumentError) as unknown:
        await over_time.query(project, ["scores"])
    assert ("UNKNOWN_METRIC", "score") == (unknown.value.reason, unknown.value.metadata["close"])
    with pytest.raises(NotFoundError):
        await over_time.aggregate("score", ["projects/nobody"])


async def test_metrics_of_a_real_server_are_watched(
    connect: Connect, live_server: LiveServer, project_dir: Path
) -> None:
    """First the latest, then what comes, the named ones alone."""
    client = connect(live_server.address)
    project = (await client.projects.of_path(project_dir)).name
    await record(live_server, project, 5, issues=5, score=1)
    watch = client.metrics_over_time.watch(project, ["issues"])
    heard = []
    async with asyncio.timeout(PATIENCE_SECONDS), aclosing(aiter(watch)) as updates:
        async for update in updates:
            heard += [(one.metric, one.value) for one in update.measures]
            if len(heard) == 3:
                break
            await record(live_server, project, 4 - len(heard), issues=len(heard))
    assert [("issues", 5), ("issues", 1), ("issues", 2)] == heard


async def test_a_dropped_watch_of_metrics_goes_on(
    connect: Connect, scripted: str, script: Script
) -> None:
    """What is known already does not come again, what is new comes once, and the watcher is told."""
    script.metrics = [metrics(number) for number in range(6)]
    script.faults["WatchMetrics"] = deque(
        [Fault(after=2), Fault(), Fault(grpc.StatusCode.CANCELLED, after=3)]
    )
    told: list[QualityError] = []
    watch = connect(scripted).metrics_over_time.watch(
        PROJECT, ["m"], options=WatchOptions(on_interruption=told.append)
    )
    heard: list[MetricsSnapshot] = []
    with pytest.raises(NotFoundError):
        await read(watch, heard)
    assert [told.snapshot for told in script.metrics] == heard
    assert 3 == len(told)
    assert isinstance(told[0], UnavailableError)
    assert [["m"]] * 4 == [list(request.metrics) for request in script.asked["WatchMetrics"]]


async def test_times_of_any_zone_are_asked_for(
    connect: Connect, scripted: str, script: Script
) -> None:
    """They mean the same moment; what is not given is left to the server."""
    over_time = connect(scripted).metrics_over_time
    ahead = timezone(timedelta(hours=2))
    await over_time.query(PROJECT, ["m"], start=datetime(2025, 3, 1, 2, tzinfo=ahead), path="src")
    expected = QueryMetricsRequest(parent=PROJECT, metrics=["m"], path="src")
    expected.start_time.FromJsonString("2025-03-01T00:00:00Z")
    assert [expected] == script.asked["QueryMetrics"]
