from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from flext.quality.v1.analysis_pb2 import AnalysisState
from flext.quality.v1.project_pb2 import Project
from flext.quality.v1.severity_pb2 import Severity
from flext_quality import __version__
from flext_quality.domain.errors import ToolFailedError
from flext_quality.domain.findings.finding import Finding
from flext_quality.domain.findings.finding import Severity as Level
from flext_quality_client import (
    AbortedError,
    InvalidArgumentError,
    NotFoundError,
    OutOfRangeError,
    PermissionDeniedError,
    finding_filter,
)
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer
from tests.live import LiveServer
from tests.sdk.flavours import Connect

MANY = [
    Finding("fake", f"R{n % 7}", Level(n % 5 + 1), f"message {n}", f"file_{n % 13}.py", line=n + 1)
    for n in range(2_500)
]


async def test_an_analysis_from_start_to_findings(
    connect: Connect, start_server: StartServer, project_dir: Path
) -> None:
    """Against the real server: events without a gap, the final state, and each finding once."""
    server = start_server(FakeAnalyzer("fake", [MANY[:1_200], MANY[1_200:]]))
    client = connect(server.address)
    run = client.analyze(project_dir)
    events = [event async for event in run]
    assert list(range(1, len(events) + 1)) == [event.sequence for event in events]
    assert AnalysisState.ANALYSIS_STATE_SUCCEEDED == run.analysis.state
    assert 2_500 == run.analysis.finding_count
    found = [finding async for finding in run.findings()]
    assert list(range(1, 2_501)) == sorted(finding.line for finding in found)
    wanted = finding_filter(severities=[Severity.SEVERITY_HIGH], rules=["R1"])
    chosen = [finding async for finding in run.findings(wanted)]
    assert [f for f in found if f.severity == Severity.SEVERITY_HIGH and f.rule == "R1"] == chosen
    page = await client.list_findings(run.name, page_size=10)
    assert found[:10] == list(page.findings)
    assert 2_500 == (await client.metrics(run.project)).finding_count
    assert [run.name] == [a.name async for a in client.analyses.list(run.project)]


async def test_a_server_tells_what_it_can_do(connect: Connect, live_server: LiveServer) -> None:
    """Its version, its analyzers, its limits."""
    told = await connect(live_server.address).server_info()
    assert __version__ == told.version
    assert ["fake"] == [analyzer.name for analyzer in told.analyzers]
    assert told.limits.max_page_size == 1000


async def test_a_path_has_one_project_however_often_it_is_analyzed(
    connect: Connect, live_server: LiveServer, project_dir: Path
) -> None:
    """The second analysis belongs to the same project."""
    client = connect(live_server.address)
    first, second = client.analyze(project_dir), client.analyze(str(project_dir))
    await first.wait()
    await second.wait()
    assert first.project == second.project
    assert first.name < second.name
    assert [first.project] == [project.name async for project in client.projects.list()]


async def test_projects_can_be_changed_and_removed(
    connect: Connect, live_server: LiveServer, project_dir: Path
) -> None:
    """With the etag, only if nobody else was faster."""
    client = connect(live_server.address)
    project = await client.projects.create(project_dir, display_name="Shop")
    renamed = Project(name=project.name, display_name="Store", etag=project.etag)
    assert "Store" == (await client.projects.update(renamed, ["display_name"])).display_name
    with pytest.raises(AbortedError) as caught:
        await client.projects.update(renamed, ["display_name"])
    assert "ETAG_MISMATCH" == caught.value.reason
    await client.projects.delete(project.name)
    with pytest.raises(NotFoundError):
        await client.projects.get(project.name)
    again = await client.projects.of_path(project_dir)
    assert again.name != project.name


async def test_the_servers_errors_arrive_with_their_reasons(
    connect: Connect, live_server: LiveServer, project_dir: Path, tmp_path: Path
) -> None:
    """Class, reason, values, fields and correlation id are those that the server told."""
    client = connect(live_server.address)
    project = await client.projects.of_path(project_dir)
    with pytest.raises(InvalidArgumentError) as unknown:
        await client.analyses.start(project.name, ["nobody"])
    assert "UNKNOWN_ANALYZER" == unknown.value.reason
    assert {"analyzer": "nobody", "available": "fake"} == unknown.value.metadata
    assert unknown.value.correlation_id
    with pytest.raises(InvalidArgumentError) as invalid:
        await client.analyses.get("nonsense")
    assert ["name"] == [violation.field for violation in invalid.value.field_violations]
    with pytest.raises(PermissionDeniedError) as refused:
        await client.projects.of_path(tmp_path / "elsewhere")
    assert "SOURCE_NOT_ALLOWED" == refused.value.reason
    run = client.analyze(project_dir)
    await run.wait()
    with pytest.raises(OutOfRangeError):
        _ = [event async for event in client.watch(run.name, 1_000)]


async def test_a_watch_after_the_last_event_ends_at_once(
    connect: Connect, live_server: LiveServer, project_dir: Path
) -> None:
    """Nothing is left to come, which is no failure."""
    client = connect(live_server.address)
    run = client.analyze(project_dir)
    last = (await run.wait()).last_sequence
    assert [] == [event async for event in client.watch(run.name, last)]


async def test_a_failed_analyzer_is_in_the_final_state(
    connect: Connect, start_server: StartServer, project_dir: Path
) -> None:
    """A failed analysis is a result to look at, not an error of the call."""
    server = start_server(FakeAnalyzer("fake", error=ToolFailedError("fake", 2, "it broke")))
    analysis = await connect(server.address).analyze(project_dir).wait()
    assert AnalysisState.ANALYSIS_STATE_FAILED == analysis.state
    assert "it broke" in analysis.outcomes[0].error.message


async def test_a_watch_outlives_the_servers_restart(
    connect: Connect, start_server: StartServer, project_dir: Path, tmp_path: Path
) -> None:
    """The analysis is taken up again by the next server, and the watch goes on without a gap."""
    socket = tmp_path / "quality.sock"
    held = FakeAnalyzer("fake", gate=asyncio.Event())
    server = start_server(held, api_socket=socket)
    run = connect(f"unix:{socket}").analyze(project_dir)
    kinds: list[str | None] = []
    restarted = False
    async for event in run:
        assert len(kinds) + 1 == event.sequence
        kinds.append(event.WhichOneof("kind"))
        if kinds[-1] == "analyzer_started" and not restarted:
            restarted = True
            await asyncio.to_thread(server.stop)
            await asyncio.to_thread(start_server, FakeAnalyzer("fake"), api_socket=socket)
    assert "attempt_interrupted" in kinds
    assert 2 == run.analysis.attempt
    assert AnalysisState.ANALYSIS_STATE_SUCCEEDED == run.analysis.state
