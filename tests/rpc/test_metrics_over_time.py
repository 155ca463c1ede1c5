from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest

from flext.quality.v1 import metrics_pb2 as messages
from flext.quality.v1 import metrics_service_pb2 as pb
from flext.quality.v1 import project_service_pb2 as project_pb
from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.domain.analyses.analysis import Analysis, AnalysisResults
from flext_quality.domain.identifiers import AnalysisName, ProjectName
from flext_quality.domain.issues.issue import IssueCounts
from flext_quality.domain.metrics.score import Score
from flext_quality.domain.sources.measures import FileRecord
from flext_quality.infrastructure.events.in_process_signal import InProcessSignal
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from tests.live import LiveServer
from tests.rpc.calls import Calls, next_snapshot, refused
from tests.waiting import PATIENCE_SECONDS

MARCH = datetime(2025, 3, 4, 10, 30, tzinfo=UTC)
ABSENT = "projects/nobody"


class Elsewhere:
    """What another server process does on the same database."""

    def __init__(self, server: LiveServer) -> None:
        self._url = server.settings.effective_database_url

    def record(
        self, project: str, number: int, time: datetime, measures: Mapping[str, float]
    ) -> str:
        """Ends an analysis with these measures; its name."""
        name = AnalysisName(ProjectName.parse(project).project_id, f"01jn{number:022d}")

        async def work(uow: UnitOfWork) -> None:
            await uow.metrics.record(name.project, name.analysis_id, time, measures)

        self._do(work)
        return str(name)

    def analyze(self, project: str, number: int, time: datetime, *files: FileRecord) -> None:
        """Ends an analysis with these files."""
        name = AnalysisName(ProjectName.parse(project).project_id, f"01jn{number:022d}")

        async def work(uow: UnitOfWork) -> None:
            digest = await uow.snapshots.put(name.project, files)
            analysis = Analysis.queue(name, ["fake"], "another", time)
            analysis.start(time)
            analysis.analyzer_succeeded("fake", time)
            results = AnalysisResults(number, None, IssueCounts(), Score(), None, {}, {}, digest)
            analysis.results = results
            analysis.finish(time)
            await uow.analyses.add(analysis)

        self._do(work)

    def _do(self, work: object) -> None:
        async def do() -> None:
            database = Database(DatabaseOptions(self._url))
            factory = SqlUnitOfWorkFactory(database, InProcessSignal(), ProtobufIssueCodec())
            async with factory() as uow:
                await work(uow)  # type: ignore[operator]
                await uow.commit()
            await database.close()

        asyncio.run(do())


@pytest.fixture
def elsewhere(live_server: LiveServer) -> Elsewhere:
    """Another server process."""
    return Elsewhere(live_server)


@pytest.fixture
def project(calls: Calls, project_dir: Path) -> str:
    """A project's name."""
    return calls.create(project_dir).name


def query(calls: Calls, project: str, *metrics: str, **fields: object) -> pb.QueryMetricsResponse:
    """Asks for metrics over time; times as datetimes."""
    request = pb.QueryMetricsRequest(parent=project, metrics=metrics)
    for name, value in fields.items():
        if isinstance(value, datetime):
            getattr(request, name).FromDatetime(value)
        else:
            setattr(request, name, value)
    return calls.metrics.QueryMetrics(request)


def points(series: messages.MetricSeries) -> list[tuple[str, float, int]]:
    """Time, value and count of each point."""
    return [(p.time.ToJsonString(), p.value, p.count) for p in series.points]


def test_metrics_by_the_day(calls: Calls, elsewhere: Elsewhere, project: str) -> None:
    """The last value of each day, unless asked otherwise, each metric by itself, in the order asked for."""
    elsewhere.record(project, 1, MARCH, {"issues": 9, "score": 50})
    elsewhere.record(project, 2, MARCH + timedelta(hours=1), {"issues": 7})
    elsewhere.record(project, 3, MARCH + timedelta(days=2), {"issues": 5, "score": 60})
    found = query(calls, project, "score", "issues", "coverage").series
    assert ["score", "issues", "coverage"] == [one.metric for one in found]
    assert [
        [("2025-03-04T00:00:00Z", 50, 1), ("2025-03-06T00:00:00Z", 60, 1)],
        [("2025-03-04T00:00:00Z", 7, 2), ("2025-03-06T00:00:00Z", 5, 1)],
        [],
    ] == [points(one) for one in found]


@pytest.mark.parametrize(
    ("granularity", "aggregation", "expected"),
    [
        (messages.GRANULARITY_RAW, 0, [9, 7, 5]),
        (messages.GRANULARITY_HOUR, 0, [9, 7, 5]),
        (messages.GRANULARITY_DAY, messages.AGGREGATION_AVG, [8, 5]),
        (messages.GRANULARITY_DAY, messages.AGGREGATION_MIN, [7, 5]),
        (messages.GRANULARITY_WEEK, messages.AGGREGATION_MAX, [9]),
        (messages.GRANULARITY_MONTH, messages.AGGREGATION_SUM, [21]),
    ],
)
def test_metrics_in_other_steps(
    calls: Calls,
    elsewhere: Elsewhere,
    project: str,
    granularity: int,
    aggregation: int,
    expected: list[float],
) -> None:
    """By the analysis, hour, week or month; as mean, least, greatest or sum."""
    for number, value in enumerate((9, 7)):
        elsewhere.record(project, number, MARCH + timedelta(hours=number), {"issues": value})
    elsewhere.record(project, 3, MARCH + timedelta(days=2), {"issues": 5})
    answer = query(calls, project, "issues", granularity=granularity, aggregation=aggregation)
    assert expected == [point.value for point in answer.series[0].points]


def test_a_time_range_has_its_start_and_not_its_end(
    calls: Calls, elsewhere: Elsewhere, project: str
) -> None:
    """For analyses by their ends, for buckets by their beginnings."""
    for day in range(5):
        elsewhere.record(project, day, MARCH + timedelta(days=day), {"issues": day})
    raw = {"granularity": messages.GRANULARITY_RAW}
    between = {"start_time": MARCH + timedelta(days=1), "end_time": MARCH + timedelta(days=3)}
    (series,) = query(calls, project, "issues", **raw, **between).series
    assert [1, 2] == [point.value for point in series.points]
    (series,) = query(calls, project, "issues", **between).series
    assert [2, 3] == [point.value for point in series.points]


def test_what_cannot_be_asked_for_is_told(calls: Calls, elsewhere: Elsewhere, project: str) -> None:
    """Unknown metrics with the one that was meant, times out of order or of no year, unknown projects."""
    with refused() as error:
        query(calls, project, "issues", "line_covrage")
    assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "UNKNOWN_METRIC")
    assert error.metadata == {"metric": "line_covrage", "close": "line_coverage"}
    with refused() as error:
        query(calls, project, "issues", start_time=MARCH, end_time=MARCH)
    assert error.fields == ("end_time",)
    request = pb.QueryMetricsRequest(parent=project, metrics=["issues"])
    request.start_time.seconds = -(10**15)
    with refused() as error:
        calls.metrics.QueryMetrics(request)
    assert error.fields == ("start_time",)
    with refused() as error:
        query(calls, ABSENT, "issues")
    assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "PROJECT_NOT_FOUND")
    with refused() as error:
        query(calls, project, "score", path="src")
    assert error.fields == ("metrics",)
    with refused() as error:
        query(calls, project)
    assert error.fields == ("metrics",)


def test_a_file_and_a_directory_over_time(calls: Calls, elsewhere: Elsewhere, project: str) -> None:
    """From the analyses that have details; percentages are of the sums; unknown paths have no points."""

    def file(path: str, lines: int, covered: int) -> FileRecord:
        values = {"lines_of_code": lines, "lines_to_cover": 10, "covered_lines": covered}
        return FileRecord(path, f"{lines:064x}", values)

    elsewhere.analyze(project, 1, MARCH, file("src/a.py", 10, 5), file("src/b.py", 1, 10))
    elsewhere.analyze(project, 2, MARCH + timedelta(hours=1), file("src/a.py", 14, 0))
    elsewhere.analyze(
        project, 3, MARCH + timedelta(days=1), file("src/a.py", 20, 10), file("srcs.py", 5, 1)
    )
    metrics = ("lines_of_code", "line_coverage")
    of_file = query(calls, project, *metrics, path="src/a.py").series
    assert [("2025-03-04T00:00:00Z", 14, 2), ("2025-03-05T00:00:00Z", 20, 1)] == points(of_file[0])
    assert [0, 100] == [point.value for point in of_file[1].points]
    raw = query(
        calls, project, *metrics, path="./src/", granularity=messages.GRANULARITY_RAW
    ).series
    assert [11, 14, 20] == [point.value for point in raw[0].points]
    assert [75, 0, 100] == [point.value for point in raw[1].points]
    assert [[], []] == [points(one) for one in query(calls, project, *metrics, path="sr").series]
    day = MARCH.replace(hour=0, minute=0)
    bounded = query(
        calls, project, "files", path="src", start_time=day, end_time=day + timedelta(hours=1)
    )
    assert [("2025-03-04T00:00:00Z", 1, 2)] == points(bounded.series[0])


def test_trends_say_where_metrics_are_heading(
    calls: Calls, elsewhere: Elsewhere, project: str
) -> None:
    """Slope, change and what it means, of the last 30 days and the usual metrics unless asked otherwise."""
    today = datetime.now(UTC)
    for days, issues, score in ((40, 99, 1), (4, 20, 50), (2, 16, 70), (0, 12, 90)):
        measures = {"issues": issues, "score": score, "lines_of_code": 1000}
        elsewhere.record(project, 100 - days, today - timedelta(days=days), measures)
    trends = calls.metrics.GetTrends(pb.GetTrendsRequest(parent=project)).trends
    assert [*("score", "issues", "coverage", "duplication", "technical_debt", "lines_of_code")] == [
        trend.metric for trend in trends
    ]
    of_issues = trends[1]
    assert (of_issues.first, of_issues.last, of_issues.change, of_issues.change_percent) == (
        20,
        12,
        -8,
        -40,
    )
    assert (of_issues.minimum, of_issues.maximum, of_issues.count) == (12, 20, 3)
    assert of_issues.slope_per_day == pytest.approx(-2)
    assert of_issues.direction == trends[0].direction == messages.TREND_DIRECTION_IMPROVING
    assert not trends[2].HasField("first")
    assert (trends[2].count, trends[2].direction) == (0, messages.TREND_DIRECTION_UNSPECIFIED)
    assert trends[5].direction == messages.TREND_DIRECTION_UNSPECIFIED
    request = pb.GetTrendsRequest(parent=project, metrics=["issues"])
    request.start_time.FromDatetime(today - timedelta(days=50))
    request.end_time.FromDatetime(today - timedelta(days=1))
    (longer,) = calls.metrics.GetTrends(request).trends
    assert (longer.first, longer.last, longer.count) == (99, 16, 3)
    with refused() as error:
        calls.metrics.GetTrends(pb.GetTrendsRequest(parent=ABSENT))
    assert error.reason == "PROJECT_NOT_FOUND"


def test_one_metric_over_all_projects(
    calls: Calls, elsewhere: Elsewhere, project_dir: Path
) -> None:
    """Who leads, who trails, how it is spread, and how many have no value."""
    names = [calls.create(project_dir, project_id=f"p-{number}").name for number in range(12)]
    for number, name in enumerate(names[1:]):
        elsewhere.record(name, number, MARCH, {"issues": number, "score": 50})
    answer = calls.metrics.AggregateMetrics(pb.AggregateMetricsRequest(metric="issues"))
    assert ("issues", messages.METRIC_DIRECTION_LOWER_IS_BETTER) == (
        answer.metric_descriptor.metric,
        answer.metric_descriptor.direction,
    )
    assert [(names[n], n - 1) for n in range(1, 11)] == [
        (one.project, one.value) for one in answer.leaders
    ]
    assert [names[11], names[10]] == [one.project for one in answer.trailers][:2]
    assert (answer.total, answer.unmeasured_count) == (55, 1)
    spread = answer.distribution
    assert (spread.count, spread.mean, spread.median) == (11, 5, 5)
    assert (spread.p10, spread.p25, spread.p75, spread.p90) == (1, 2.5, 7.5, 9)
    assert [1] * 9 + [2] == [one.count for one in spread.histogram]
    assert [0, 9] == [spread.histogram[n].lower for n in (0, 9)]
    some = calls.metrics.AggregateMetrics(
        pb.AggregateMetricsRequest(metric="score", projects=names[:4], leader_count=2)
    )
    assert [names[1], names[2]] == [one.project for one in some.leaders]
    assert [names[1], names[2]] == [one.project for one in some.trailers]
    assert [(50, 50, 3)] == [
        (one.lower, one.upper, one.count) for one in some.distribution.histogram
    ]
    nothing = calls.metrics.AggregateMetrics(pb.AggregateMetricsRequest(metric="coverage"))
    assert not nothing.HasField("distribution")
    assert nothing.unmeasured_count == 12
    with refused() as error:
        calls.metrics.AggregateMetrics(
            pb.AggregateMetricsRequest(metric="score", projects=[names[0], ABSENT])
        )
    assert (error.reason, error.metadata) == ("PROJECT_NOT_FOUND", {"project": ABSENT})
    with refused() as error:
        calls.metrics.AggregateMetrics(pb.AggregateMetricsRequest(metric="speed"))
    assert error.reason == "UNKNOWN_METRIC"


def test_a_watcher_gets_the_latest_and_then_all_that_comes(
    calls: Calls, elsewhere: Elsewhere, project: str
) -> None:
    """From another server too, each analysis and each change, in the order of their coming."""
    first = elsewhere.record(project, 1, MARCH, {"issues": 9, "score": 1})
    request = pb.WatchMetricsRequest(parent=project, metrics=["issues", "coverage"])
    watching = calls.metrics.WatchMetrics(request, timeout=PATIENCE_SECONDS)
    latest = next_snapshot(watching)
    assert (latest.analysis, latest.time.ToDatetime(UTC)) == (first, MARCH)
    assert [("issues", 9)] == [(one.metric, one.value) for one in latest.measures]
    for number in range(2, 5):
        later = MARCH + timedelta(minutes=number)
        elsewhere.record(project, number, later, {"issues": number})
    elsewhere.record(project, 1, MARCH, {"issues": 8})
    heard = [next_snapshot(watching) for _ in range(4)]
    assert [2, 3, 4, 8] == [one.measures[0].value for one in heard]
    assert heard[3].analysis == first
    watching.cancel()


def test_a_watch_without_metrics_waits_for_the_first(
    calls: Calls, elsewhere: Elsewhere, project: str
) -> None:
    """And gets all of them, in the order of their keys, where none are named."""
    watching = calls.metrics.WatchMetrics(
        pb.WatchMetricsRequest(parent=project), timeout=PATIENCE_SECONDS
    )
    elsewhere.record(project, 1, MARCH, {"score": 1, "issues": 9})
    assert ["issues", "score"] == [one.metric for one in next_snapshot(watching).measures]
    watching.cancel()


def test_a_watch_ends_with_its_project(calls: Calls, elsewhere: Elsewhere, project: str) -> None:
    """NOT_FOUND, as for a project that never was."""
    elsewhere.record(project, 1, MARCH, {"score": 1})
    watching = calls.metrics.WatchMetrics(
        pb.WatchMetricsRequest(parent=project), timeout=PATIENCE_SECONDS
    )
    next_snapshot(watching)
    calls.projects.DeleteProject(project_pb.DeleteProjectRequest(name=project))
    with refused() as error:
        next_snapshot(watching)
    assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "PROJECT_NOT_FOUND")
    for request in (
        pb.WatchMetricsRequest(parent=ABSENT),
        pb.WatchMetricsRequest(parent=project),
    ):
        with refused() as error:
            next(calls.metrics.WatchMetrics(request))
        assert error.reason == "PROJECT_NOT_FOUND"
    with refused() as error:
        next(calls.metrics.WatchMetrics(pb.WatchMetricsRequest(parent=ABSENT, metrics=["x"])))
    assert error.reason == "UNKNOWN_METRIC"


def test_watchers_of_metrics_are_sent_away_when_the_server_stops(
    live_server: LiveServer, calls: Calls, elsewhere: Elsewhere, project: str
) -> None:
    """UNAVAILABLE: come back to another server."""
    elsewhere.record(project, 1, MARCH, {"score": 1})
    watching = calls.metrics.WatchMetrics(
        pb.WatchMetricsRequest(parent=project), timeout=PATIENCE_SECONDS
    )
    next_snapshot(watching)
    with refused() as error:
        live_server.stop()
        next_snapshot(watching)
    assert (error.code, error.reason) == (grpc.StatusCode.UNAVAILABLE, "SERVER_SHUTTING_DOWN")
