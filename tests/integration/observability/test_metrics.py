"""`/metrics` of a real server, read by Prometheus's own parsers."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from prometheus_client import CollectorRegistry

from flext.quality.v1.analysis_service_pb2 import GetAnalysisRequest
from flext_quality.application.finished_analyses import FinishedAnalyses
from flext_quality.application.jobs.observe_projects import (
    OTHER,
    Figures,
    ObserveProjects,
    ProjectFigures,
)
from flext_quality.application.ports.observability import Instruments
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.errors import StorageUnavailableError, ToolFailedError
from flext_quality.domain.findings.finding import Finding, Severity, SeverityCounts
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.projects.project import Project
from flext_quality.infrastructure.analyzers.complexity.analyzer import ComplexityAnalyzer
from flext_quality.infrastructure.analyzers.tool import ToolOptions
from flext_quality.infrastructure.events.in_process_signal import InProcessSignal
from flext_quality.infrastructure.http.server import Request
from flext_quality.infrastructure.observability.instruments import PrometheusInstruments
from flext_quality.infrastructure.observability.issues_found import IssuesFound
from flext_quality.infrastructure.observability.metrics_page import METRICS, MetricsPage
from flext_quality.infrastructure.observability.observed import ObservedFileResults
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.metrics.codec import pack_measures
from flext_quality.infrastructure.persistence.migrate import upgrade
from flext_quality.infrastructure.persistence.projects.rows import project_values
from flext_quality.infrastructure.persistence.tables import latest_metrics, projects
from flext_quality.infrastructure.persistence.transaction import Transaction
from flext_quality.infrastructure.persistence.unit_of_work import SqlUnitOfWorkFactory
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from flext_quality_client import QualityClient
from tests.collector import Collector
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer, FakeEventSignal, FakeFileResultCache, FakeStorage
from tests.live import LiveServer
from tests.rpc.calls import Calls
from tests.scraping import OPENMETRICS, get, scrape, value

HTTP = {"log_level": "error", "http_port": 0}
START = datetime(2026, 1, 1, tzinfo=UTC)
SERVICE = "flext.quality.v1.AnalysisService"


def analyze(server: LiveServer, path: Path) -> str:
    """The name of an analysis that has ended."""
    with QualityClient(server.address) as client:
        run = client.analyze(path)
        for _ in run:
            pass
        return run.name


def test_every_call_is_counted_and_measured(start_server: StartServer, project_dir: Path) -> None:
    """By service, method and status, errors and streams included; health is not."""
    server = start_server(observability=HTTP)
    name = analyze(server, project_dir)
    calls = Calls(server.address)
    for _ in range(3):
        calls.analyses.GetAnalysis(GetAnalysisRequest(name=name))
    with pytest.raises(grpc.RpcError):
        calls.analyses.GetAnalysis(GetAnalysisRequest(name=f"{name[:-1]}_"))
    with pytest.raises(grpc.RpcError):
        calls.analyses.GetAnalysis(GetAnalysisRequest(name=name.replace("shop", "other")))
    calls.channel.close()
    samples = scrape(server.running.http_address)

    def count(method: str, code: str) -> float | None:
        labels = {"grpc_service": SERVICE, "grpc_method": method, "grpc_code": code}
        return value(samples, "grpc_server_handled_total", **labels)

    assert 3 == count("GetAnalysis", "OK")
    assert 1 == count("GetAnalysis", "INVALID_ARGUMENT")
    assert 1 == count("GetAnalysis", "NOT_FOUND")
    assert 1 == count("WatchAnalysis", "OK")
    measured = "grpc_server_handling_seconds_count"
    assert 5 == value(samples, measured, grpc_service=SERVICE, grpc_method="GetAnalysis")
    services = {s.labels["grpc_service"] for s in samples if "grpc_service" in s.labels}
    assert {SERVICE, "flext.quality.v1.ProjectService"} == services


def test_analyses_and_analyzers_are_measured(start_server: StartServer, project_dir: Path) -> None:
    """How they ended, how long they took and waited; each analyzer by itself."""
    fails = FakeAnalyzer("fails", error=ToolFailedError("fails", 3, "no"))
    server = start_server(FakeAnalyzer("works"), fails, observability=HTTP)
    analyze(server, project_dir)
    samples = scrape(server.running.http_address)
    assert 1 == value(samples, "quality_analyses_finished_total", state="SUCCEEDED")
    assert 1 == value(samples, "quality_analysis_attempts_total")
    assert 1 == value(samples, "quality_analysis_duration_seconds_count")
    assert 1 == value(samples, "quality_analysis_queue_seconds_count")
    seconds = "quality_analyzer_duration_seconds_count"
    assert 1 == value(samples, seconds, analyzer="works", state="SUCCEEDED")
    assert 1 == value(samples, seconds, analyzer="fails", state="FAILED")
    assert 0 == value(samples, "quality_analyses", state="PENDING")
    assert 0 == value(samples, "quality_analyses", state="RUNNING")


def test_projects_have_score_and_issues(start_server: StartServer, project_dir: Path) -> None:
    """As their metrics say, whether this process analysed them or one before it."""
    (project_dir / "app.py").write_text(
        "def f(a):\n" + "    if a: a += 1\n" * 30 + "    return a\n"
    )
    analyzer = ComplexityAnalyzer(ToolOptions(timeout_seconds=60.0), FakeFileResultCache())
    server = start_server(analyzer, observability=HTTP)
    name = analyze(server, project_dir)
    with QualityClient(server.address) as client:
        analysis = client.analyses.get(name)
    server.stop()
    samples = scrape(start_server(analyzer, observability=HTTP).running.http_address)
    project = name.split("/")[1]
    assert analysis.score.overall == pytest.approx(
        value(samples, "quality_overall_score", project=project)
    )
    by_severity = {
        s.labels["severity"]: s.value for s in samples if s.name == "quality_issues_open"
    }
    everything = by_severity.pop("all")
    assert {"CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO"} == by_severity.keys()
    assert analysis.issue_counts.open_count == everything == sum(by_severity.values()) > 0
    assert 1 == value(samples, "quality_projects")


def test_issues_that_are_found_are_counted(start_server: StartServer, project_dir: Path) -> None:
    """Each once: neither again by the next analysis nor less when they are fixed; again if they come back."""
    findings = [
        Finding("fake", "R", severity, f"{n}", "app.py", 1)
        for n, severity in enumerate([Severity.HIGH, Severity.HIGH, Severity.LOW])
    ]
    fake = FakeAnalyzer("fake", findings=[findings])
    server = start_server(fake, observability=HTTP)

    def counted() -> dict[str, float]:
        samples = scrape(server.running.http_address)
        return {s.labels["severity"]: s.value for s in samples if s.name == "quality_issues_total"}

    analyze(server, project_dir)
    first = {"CRITICAL": 0, "HIGH": 2, "MEDIUM": 0, "LOW": 1, "INFO": 0, "all": 3}
    assert counted() == first
    analyze(server, project_dir)
    fake.findings = [findings[:1]]
    analyze(server, project_dir)
    assert counted() == first
    fake.findings = [findings[:2]]
    analyze(server, project_dir)
    assert counted() == {**first, "HIGH": 3, "all": 4}


def test_what_is_found_goes_to_the_series_that_the_project_has() -> None:
    """Its own, or that of all others; while it is not known which, it waits. No series ever falls."""
    now = 10.0
    registry = CollectorRegistry()
    issues = IssuesFound(lambda: now)
    registry.register(issues)

    def figures(read_at: float, *own: str) -> Figures:
        shown = tuple(ProjectFigures(project, None, {}) for project in own)
        return Figures(shown, len(own), 0, 0, read_at)

    def count(project: str, severity: str = "all") -> float | None:
        labels = {"project": project, "severity": severity}
        return registry.get_sample_value("quality_issues_total", labels)

    issues.found("old", SeverityCounts(high=2, low=1))
    issues.found("young", SeverityCounts(low=4))
    issues.settle(figures(9.0, "old"))
    assert (count("old"), count("old", "HIGH"), count("old", "INFO")) == (3, 2, 0)
    assert (count("young"), count(OTHER)) == (None, None)
    issues.settle(figures(11.0, "old"))
    assert (count("young"), count(OTHER), count(OTHER, "LOW")) == (None, 4, 4)
    issues.settle(figures(12.0, "young"))  # the old one was removed
    now = 13.0
    issues.found("young", SeverityCounts(critical=1))
    issues.settle(figures(12.0, "young", OTHER))
    assert (count("old"), count("young"), count(OTHER)) == (None, 1, 4)


def test_a_trace_that_is_kept_is_an_exemplar(
    start_server: StartServer, project_dir: Path, collector: Collector
) -> None:
    """From a slow call in a graph one comes to its trace; the plain format has none."""
    tracing = {"tracing_endpoint": collector.address, "tracing_sample_ratio": 1.0}
    server = start_server(observability={**HTTP, **tracing})
    analyze(server, project_dir)
    samples = scrape(server.running.http_address)
    told = {
        sample.name: sample.exemplar.labels["trace_id"] for sample in samples if sample.exemplar
    }
    plain = get(server.running.http_address, "/metrics").text
    server.stop()
    known = {span.trace_id for span in collector.spans}
    assert {
        "grpc_server_handling_seconds_bucket",
        "quality_analysis_duration_seconds_bucket",
        "quality_analysis_queue_seconds_bucket",
        "quality_analyzer_duration_seconds_bucket",
    } == told.keys()
    assert set(told.values()) <= known
    assert "trace_id" not in plain


def test_a_trace_that_is_not_kept_is_no_exemplar(
    start_server: StartServer, project_dir: Path, collector: Collector
) -> None:
    """A link that leads nowhere helps nobody."""
    tracing = {"tracing_endpoint": collector.address, "tracing_sample_ratio": 0.0}
    server = start_server(observability={**HTTP, **tracing})
    analyze(server, project_dir)
    assert not [s for s in scrape(server.running.http_address) if s.exemplar]


def test_both_formats_say_the_same(start_server: StartServer, project_dir: Path) -> None:
    """The text format for whoever asks for nothing else, such as people."""
    server = start_server(observability=HTTP)
    analyze(server, project_dir)
    address = server.running.http_address
    assert get(address, "/metrics").headers["content-type"].startswith("text/plain")
    accepted = get(address, "/metrics", Accept=OPENMETRICS).headers["content-type"]
    assert accepted.startswith("application/openmetrics-text")
    name = "quality_analyses_finished_total"
    assert 1 == value(scrape(address, "text/plain"), name, state="SUCCEEDED")


def test_what_is_looked_up_is_counted(start_server: StartServer, project_dir: Path) -> None:
    """Finished analyses in memory: each scrape counts what came since the last."""
    server = start_server(observability=HTTP)
    name = analyze(server, project_dir)
    address = server.running.http_address
    calls = Calls(server.address)
    cache = {"cache": "finished_analyses"}
    for hits in (1, 3):
        for _ in range(2):
            calls.analyses.GetAnalysis(GetAnalysisRequest(name=name))
        assert hits == value(scrape(address), "quality_cache_requests_total", result="hit", **cache)
    assert 1 == value(scrape(address), "quality_cache_requests_total", result="miss", **cache)
    calls.channel.close()


async def test_file_results_are_counted() -> None:
    """One hit for each result that is there, one miss for each that is not."""
    instruments = PrometheusInstruments()
    cache = ObservedFileResults(FakeFileResultCache(), instruments)
    await cache.put_many({"a": b"1", "b": b"2"})
    assert {"a": b"1", "b": b"2"} == await cache.get_many(["a", "b", "c"])
    count = instruments.registry.get_sample_value
    labels = {"cache": "file_results"}
    assert 2 == count("quality_cache_requests_total", {**labels, "result": "hit"})
    assert 1 == count("quality_cache_requests_total", {**labels, "result": "miss"})


def test_breakers_and_lag_are_told() -> None:
    """A breaker is in one state; a reader has so many events before it."""
    prometheus = PrometheusInstruments()
    instruments: Instruments = prometheus
    instruments.breaker_changed("redis", "closed")
    instruments.breaker_changed("redis", "open")
    instruments.lagging("relay", events=7, seconds=1.5)
    count = prometheus.registry.get_sample_value
    states = ("closed", "open", "half_open")
    assert [0, 1, 0] == [
        count("quality_circuit_breaker_state", {"dependency": "redis", "state": state})
        for state in states
    ]
    assert 7 == count("quality_event_lag", {"consumer": "relay"})
    assert 1.5 == count("quality_event_lag_seconds", {"consumer": "relay"})


async def test_without_the_database_the_rest_is_told() -> None:
    """A scrape does not fail, and old figures are not passed off as new ones."""
    storage = FakeStorage(FakeEventSignal())
    instruments = PrometheusInstruments()
    observe = ObserveProjects(storage, most=1, lifetime_seconds=0)
    page = MetricsPage(instruments, observe, FinishedAnalyses())
    assert b"quality_projects 0.0" in (await page(Request(METRICS))).body
    storage.is_away = True
    with pytest.raises(StorageUnavailableError):
        await observe()
    body = (await page(Request(METRICS))).body
    assert b"quality_projects 0.0" not in body
    assert b"process_resident_memory_bytes" in body


def _measures(number: int) -> dict[str, float]:
    others = {f"issues_{rest}": 0.0 for rest in ("critical", "medium", "info")}
    return {"score": float(number % 100), "issues_high": 2.0, "issues_low": 1.0, **others}


async def _add(uow: UnitOfWorkFactory, name: str, at: datetime, measures: dict[str, float]) -> None:
    async with uow() as work:
        project = ProjectName(name)
        await work.projects.add(Project.register(project, name, "/srv", at))
        await work.metrics.record(project, "a" * 26, at, measures)
        await work.commit()


async def _fill(database: Database, count: int) -> None:
    """Stores projects and their latest measures, without all else that recording them stores."""
    rows = []
    for number in range(count):
        at = START + timedelta(seconds=number)
        name = ProjectName(f"p{number:05}")
        project = Project.register(name, name.project_id, "/srv", at)
        rows.append((project_values(project), pack_measures(_measures(number))))
    writing = Transaction(database.writing, read_only=False)
    await writing.open()
    await writing.write_many(projects.insert(), [project for project, _ in rows])
    latest = [
        {
            "project_id": project["project_id"],
            "analysis_id": "a" * 26,
            "time": project["created_at"],
            "changed_at": project["created_at"],
            "revision": 1,
            "measures": measures,
        }
        for project, measures in rows
    ]
    await writing.write_many(latest_metrics.insert(), latest)
    await writing.commit()
    await writing.close()


async def test_ten_thousand_projects_are_a_bounded_number_of_series(tmp_path: Path) -> None:
    """The oldest have their own, the others are one; size and time of a scrape stay small."""
    url = f"sqlite+aiosqlite:///{tmp_path}/quality.db"
    await upgrade(url)
    database = Database(DatabaseOptions(url))
    uow = SqlUnitOfWorkFactory(database, InProcessSignal(), ProtobufIssueCodec())
    await _fill(database, 10_000)
    instruments = PrometheusInstruments()
    page = MetricsPage(instruments, ObserveProjects(uow, most=100), FinishedAnalyses())
    request = Request(METRICS, {"accept": OPENMETRICS})
    begin = time.process_time()
    answer = await page(request)
    first = time.process_time()
    await page(request)
    again = time.process_time()
    await database.close()

    assert len(answer.body) < 100_000
    assert first - begin < 5.0
    assert again - first < 0.5
    count = instruments.registry.get_sample_value
    lines = answer.body.decode().splitlines()
    assert 101 == sum(line.startswith("quality_overall_score{") for line in lines)
    assert 606 == sum(line.startswith("quality_issues_open{") for line in lines)
    assert 600 == sum(line.startswith("quality_issues_total{") for line in lines)
    assert 99 == count("quality_overall_score", {"project": "p00099"})
    assert 49.5 == count("quality_overall_score", {"project": OTHER})
    assert 19_800 == count("quality_issues_open", {"project": OTHER, "severity": "HIGH"})
    assert 10_000 == count("quality_projects", {})


async def test_the_same_projects_keep_their_series() -> None:
    """One that comes later goes to the others; figures stand for some seconds, whoever asks."""
    storage, now = FakeStorage(FakeEventSignal()), 0.0
    observe = ObserveProjects(storage, most=3, lifetime_seconds=15.0, now=lambda: now)
    for number in range(3):
        await _add(storage, f"p{number:05}", START + timedelta(seconds=number), _measures(number))
    assert ["p00000", "p00001", "p00002"] == [p.project for p in (await observe()).projects]
    await _add(storage, "a", START + timedelta(days=1), {"issues_high": 1.0})
    assert 3 == len((await observe()).projects)
    now = 15.0
    figures = await observe()
    assert ["p00000", "p00001", "p00002", OTHER] == [p.project for p in figures.projects]
    assert figures.projects[-1].score is None
    assert 4 == figures.analysed_projects
