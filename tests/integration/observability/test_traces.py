"""Traces, with a real receiver, a real server and real tools."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from flext_quality.application.ports.analyzers import FindingSink
from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.errors import ToolFailedError
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.process import ToolCommand, run_tool
from flext_quality.infrastructure.analyzers.ruff.analyzer import RuffAnalyzer
from flext_quality.infrastructure.analyzers.tool import ToolOptions
from flext_quality_client import AsyncQualityClient, ClientOptions, QualityClient
from tests.collector import Collector, ReceivedSpan
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer

TRACED = ClientOptions(tracing=True)


class EnvironmentAnalyzer:
    """Runs a tool that prints what it was told of its trace."""

    name = "environment"
    profile = AnalyzerProfile("environment")

    def __init__(self) -> None:
        self.told: list[str] = []

    async def version(self) -> FlextResult[str]:
        """Any."""
        return FlextResult.ok("1")

    async def run(self, workspace: Workspace, report: FindingSink) -> FlextResult[None]:
        """Runs the tool."""
        await report.started("1", len(workspace.files), "0" * 64)
        program = "import os; print(os.environ.get('TRACEPARENT', 'nothing'))"
        command = ToolCommand(self.name, [sys.executable, "-I", "-c", program], workspace)

        async def take(lines: Any) -> None:
            self.told += [line.decode() for line in lines]

        return (await run_tool(command, take)).map(lambda _: None)


@pytest.fixture(scope="session")
def provider() -> TracerProvider:
    """The tracing of the program that calls; there is one in a process, and for good."""
    resource = Resource.create({"service.name": "caller"})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    trace.set_tracer_provider(provider)
    return provider


@pytest.fixture
def caller(provider: TracerProvider, collector: Collector) -> Iterator[trace.Tracer]:
    """Traces of the calling program go to the same receiver."""
    exporter = OTLPSpanExporter(endpoint=collector.address, insecure=True)
    processor = SimpleSpanProcessor(exporter)
    provider.add_span_processor(processor)
    yield provider.get_tracer("caller")
    processor.shutdown()


def traced(collector: Collector, **settings: object) -> dict[str, Any]:
    """Settings of a server that sends its traces."""
    tracing = {"tracing_endpoint": collector.address, **settings}
    return {"observability": {"log_level": "error", **tracing}}


def ancestors(span: ReceivedSpan, spans: list[ReceivedSpan]) -> list[str]:
    """The names of what the span belongs to, the nearest first."""
    by_id = {each.span_id: each for each in spans}
    names = []
    while span.parent_id:
        span = by_id[span.parent_id]
        names.append(span.name)
    return names


def test_one_trace_leads_from_the_call_to_the_tools_process(
    start_server: StartServer, project_dir: Path, collector: Collector, caller: trace.Tracer
) -> None:
    """Client, server, database, queue, analyzer and process have one trace id, and the tool is told it."""
    analyzer = EnvironmentAnalyzer()
    ruff = RuffAnalyzer(ToolOptions(timeout_seconds=60.0))
    server = start_server(analyzer, ruff, **traced(collector, tracing_sample_ratio=0.0))
    with QualityClient(server.address, options=TRACED) as client:
        with caller.start_as_current_span("press the button") as button:
            run = client.analyze(project_dir)
            for _ in run:
                pass
        trace_id = trace.format_trace_id(button.get_span_context().trace_id)
    server.stop()

    spans = collector.wait_for(lambda all_: any(s.name == "press the button" for s in all_))
    mine = [span for span in spans if span.trace_id == trace_id]
    by_name = {span.name: span for span in mine}
    start = "/flext.quality.v1.AnalysisService/StartAnalysis"
    tool = by_name["tool environment"]
    assert [
        "analyzer environment",
        "analysis",
        start,
        start,
        "press the button",
    ] == ancestors(tool, mine)
    assert [f"00-{trace_id}-{tool.span_id}"] == [told.rpartition("-")[0] for told in analyzer.told]
    assert "analyzer ruff" == ancestors(by_name["tool ruff"], mine)[0]
    assert {"caller", "flext-quality"} == {span.service for span in mine}
    statements = [span for span in mine if "db.statement" in span.attributes]
    assert any("INSERT INTO analyses" in span.attributes["db.statement"] for span in statements)
    # Of what the caller does not trace, nothing is kept, nor is what the server does by itself.
    assert mine == spans


async def test_asynchronous_clients_are_traced_too(
    start_server: StartServer, project_dir: Path, collector: Collector, caller: trace.Tracer
) -> None:
    """Their calls and streams are spans, and the trace goes on in the server."""
    server = await asyncio.to_thread(start_server, **traced(collector))
    async with AsyncQualityClient(server.address, options=TRACED) as client:
        with caller.start_as_current_span("press the button"):
            async for _ in client.analyze(project_dir):
                pass
    await asyncio.to_thread(server.stop)
    spans = collector.spans
    (analysis,) = [span for span in spans if span.name == "analysis"]
    assert "press the button" == ancestors(analysis, spans)[-1]
    watch = "/flext.quality.v1.AnalysisService/WatchAnalysis"
    assert 2 == sum(span.name == watch for span in spans)


def test_a_share_of_the_other_traces_is_kept(
    start_server: StartServer, project_dir: Path, collector: Collector
) -> None:
    """A caller that does not trace leaves it to the server: all, none, or something between."""
    wanted = traced(collector, tracing_sample_ratio=1.0, service_name="quality-eu")
    server = start_server(**wanted)
    with QualityClient(server.address) as client:
        for _ in client.analyze(project_dir):
            pass
    server.stop()
    spans = collector.wait_for(lambda all_: any(s.name == "analysis" for s in all_))
    begun = {span.name.rpartition("/")[2] for span in spans if not span.parent_id}
    assert {"CreateProject", "StartAnalysis", "WatchAnalysis"} <= begun
    # Under the name that the operator gives the service.
    assert {"quality-eu"} == {span.service for span in spans}
    # The server's own looking after its work begins no trace.
    assert not [span for span in spans if not span.parent_id and "db.statement" in span.attributes]


def test_what_failed_is_marked(
    start_server: StartServer, project_dir: Path, collector: Collector
) -> None:
    """The analyzer's span tells the kind of its failure, and no word of what the tool said."""
    failing = FakeAnalyzer("fake", error=ToolFailedError("fake", 3, "a secret of the project"))
    server = start_server(failing, **traced(collector, tracing_sample_ratio=1.0))
    with QualityClient(server.address) as client:
        for _ in client.analyze(project_dir):
            pass
    server.stop()
    spans = collector.wait_for(lambda all_: any(s.name == "analysis" for s in all_))
    (analyzer,) = [span for span in spans if span.name == "analyzer fake"]
    assert analyzer.failed
    assert not [raw for raw in collector.raw if b"a secret of the project" in raw]


def test_an_attempt_that_failed_is_marked(
    start_server: StartServer, project_dir: Path, collector: Collector
) -> None:
    """Such as one whose project is gone."""
    server = start_server(**traced(collector, tracing_sample_ratio=1.0))
    with QualityClient(server.address) as client:
        project = client.projects.of_path(project_dir)
        shutil.rmtree(project_dir)
        for _ in client.watch(client.analyses.start(project.name).name):
            pass
    server.stop()
    spans = collector.wait_for(lambda all_: any(s.name == "analysis" for s in all_))
    (analysis,) = [span for span in spans if span.name == "analysis"]
    assert analysis.failed


def test_an_interrupted_analysis_goes_on_in_its_trace(
    start_server: StartServer, project_dir: Path, collector: Collector
) -> None:
    """Whichever server takes it up belongs to the trace of the call that asked for it."""
    hanging = FakeAnalyzer("fake", gate=asyncio.Event())
    first = start_server(hanging, **traced(collector, tracing_sample_ratio=1.0))
    with QualityClient(first.address) as client:
        run = client.analyze(project_dir)
        for event in run:
            if event.WhichOneof("kind") == "analyzer_started":
                break
        name = run.name
    first.stop()
    second = start_server(FakeAnalyzer("fake"), **traced(collector, tracing_sample_ratio=0.0))
    with QualityClient(second.address) as client:
        for _ in client.watch(name):
            pass
    second.stop()
    spans = collector.wait_for(lambda all_: sum(s.name == "analysis" for s in all_) >= 2)
    (started,) = [span for span in spans if span.name.endswith("/StartAnalysis")]
    attempts = [span for span in spans if span.name == "analysis"]
    assert ["1", "2"] == sorted(span.attributes["quality.attempt"] for span in attempts)
    assert {started.trace_id} == {span.trace_id for span in attempts}
    assert {started.span_id} == {span.parent_id for span in attempts}


def test_a_collector_that_is_away_stops_nothing(
    start_server: StartServer, project_dir: Path, unused_tcp_port: int
) -> None:
    """Spans are dropped; analyses run, and the server ends within seconds."""
    tracing = {
        "tracing_endpoint": f"http://127.0.0.1:{unused_tcp_port}",
        "tracing_sample_ratio": 1.0,
    }
    server = start_server(observability={"log_level": "error", **tracing})
    with QualityClient(server.address) as client:
        kinds = [event.WhichOneof("kind") for event in client.analyze(project_dir)]
    assert "analysis_finished" == kinds[-1]
    server.stop()
