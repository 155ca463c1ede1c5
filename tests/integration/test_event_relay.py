"""Events on their way to real brokers, with everything killed in the middle that can be."""

from __future__ import annotations

import asyncio
import json
import signal
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from flext.quality.v1 import analysis_service_pb2 as pb
from flext.quality.v1 import event_service_pb2 as event_pb
from flext.quality.v1 import project_pb2 as project_pb
from flext.quality.v1 import project_service_pb2 as service_pb
from tests.brokers import BROKERS, BrokerProcess, NatsProcess, events, until_count
from tests.rpc.calls import Calls
from tests.serving import ServerProcess, serving
from tests.waiting import PATIENCE_SECONDS, until

Metadata = tuple[tuple[str, str | bytes], ...]
SCHEMAS = Path(__file__).parents[2] / "docs" / "events"


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest) -> Iterator[BrokerProcess]:
    """A running broker of each kind."""
    with tempfile.TemporaryDirectory() as directory:  # the path of a socket is short
        process = BROKERS[request.param](Path(directory))
        process.start()
        yield process
        process.kill()


class Servers:
    """Server processes that share a data directory and a broker."""

    def __init__(self, directory: Path, broker: BrokerProcess) -> None:
        self.project = directory / "shop"
        self.project.mkdir()
        (self.project / "app.py").write_text("import os\n")
        self._data_dir = directory / "data"
        self._settings = {
            "EVENTS__PUBLISHER": broker.kind,
            "EVENTS__URL": broker.url,
            "EVENTS__LEASE": "1",
            "EVENTS__BATCH_SIZE": "3",
            "EVENTS__CONSUME_COMMANDS": "true",
            "EVENTS__COMMAND_RETRY": "2",
            "EVENTS__COMMAND_ATTEMPTS": "2",
        }

    def serving(self, **settings: str) -> AbstractContextManager[ServerProcess]:
        """One more server."""
        return serving(self._data_dir, self.project, **{**self._settings, **settings})


@pytest.fixture
def servers(tmp_path: Path, broker: BrokerProcess) -> Servers:
    """Servers that publish to the broker."""
    return Servers(tmp_path, broker)


def log_of(calls: Calls) -> list[str]:
    """The ids of all events that were committed."""
    request = event_pb.WatchEventsRequest(after_cursor=0, until_now=True)
    told = calls.events.WatchEvents(request, timeout=PATIENCE_SECONDS)
    return [one.quality_event.id for one in told if one.HasField("quality_event")]


def analyze(calls: Calls, project: str) -> None:
    calls.watch(calls.start(project, analyzers=["ruff"]).name)


def topic_of(event_id: str) -> str:
    if "/analyses/" in event_id:
        return "quality.analysis"
    # A broker that is away for long opens its circuit, which is an event too.
    return "quality.dependency" if event_id.startswith("dependencies/") else "quality.project"


async def check_all_arrived(broker: BrokerProcess, committed: list[str]) -> None:
    """Every event is there, none that did not happen, each subject's in order; twice is allowed."""
    for topic in sorted({topic_of(one) for one in committed}):
        ids = [one for one in committed if topic_of(one) == topic]
        told = await until_count(broker, topic, len(ids))
        seen = list(dict.fromkeys(one["id"] for one in told))
        assert set(ids) == set(seen)
        sequences: dict[str, int] = {}
        for event in seen:
            subject, _, sequence = event.rpartition("/")
            assert int(sequence) == sequences.get(subject, 0) + 1
            sequences[subject] = int(sequence)


async def test_every_event_arrives_as_its_schema_says(
    servers: Servers, broker: BrokerProcess
) -> None:
    """With the id by which a consumer knows it again."""
    with servers.serving() as server:
        project = server.calls.create(servers.project).name
        await asyncio.to_thread(analyze, server.calls, project)
        committed = log_of(server.calls)
        await check_all_arrived(broker, committed)
    for topic in ("quality.project", "quality.analysis"):
        for event in await events(broker, topic):
            assert event["specversion"] == "1.0"
            assert event["source"] == "/flext-quality"
            name = event["type"].rpartition(".")[2]
            schema = json.loads((SCHEMAS / f"{name}.v1.schema.json").read_text())
            assert schema["$id"] == event["dataschema"]
            jsonschema.validate(event["data"], schema)


async def test_every_event_carries_the_id_of_the_call_that_caused_it(
    servers: Servers, broker: BrokerProcess
) -> None:
    """Also what an analysis does later, on a server that was started after the first one was killed."""
    with servers.serving() as server:
        calls = server.calls
        metadata: Metadata = (("x-correlation-id", "register-1"),)
        source = project_pb.Source(local_path=project_pb.LocalPath(path=str(servers.project)))
        asked = service_pb.CreateProjectRequest(project=project_pb.Project(source=source))
        project = calls.projects.CreateProject(asked, metadata=metadata).project.name
        request = pb.StartAnalysisRequest(parent=project, analyzers=["ruff"])
        metadata = (("x-correlation-id", "build-7"),)
        running = calls.analyses.StartAnalysis(request, metadata=metadata).analysis.name
        next(iter(calls.analyses.WatchAnalysis(pb.WatchAnalysisRequest(name=running))))
        server.kill()
    with servers.serving() as server:
        calls = server.calls
        await asyncio.to_thread(calls.watch, running)
        await asyncio.to_thread(analyze, calls, project)  # without an id: it gets one
        await check_all_arrived(broker, log_of(calls))
        told = await events(broker, "quality.analysis") + await events(broker, "quality.project")
    causes: dict[str, set[str]] = {}
    for one in told:
        causes.setdefault(one["subject"], set()).add(one["correlationid"])
    assert causes.pop(running) == {"build-7"}
    of_project = causes.pop(project)
    ((own,),) = causes.values()
    assert own not in {"", "build-7", "register-1"}
    assert {"register-1"} <= of_project <= {"register-1", "build-7", own}


async def test_a_killed_server_loses_nothing(servers: Servers, broker: BrokerProcess) -> None:
    """Kill -9 in the middle of analyses and of publishing, again and again; the next one goes on."""
    committed: list[str] = []
    for number in range(4):
        with servers.serving() as server:
            if number == 0:
                server.calls.create(servers.project, project_id="shop")
            running = server.calls.start("projects/shop", analyzers=["ruff"])
            stream = server.calls.analyses.WatchAnalysis(pb.WatchAnalysisRequest(name=running.name))
            for _, _ in zip(range(2 * number + 1), stream, strict=False):
                pass  # a bit further each time
            server.kill()
    with servers.serving() as server:
        for analysis in server.calls.analyses.ListAnalyses(
            pb.ListAnalysesRequest(parent="projects/shop")
        ).analyses:
            await asyncio.to_thread(server.calls.watch, analysis.name)
        committed = log_of(server.calls)
        await check_all_arrived(broker, committed)


async def test_a_killed_broker_loses_nothing(servers: Servers, broker: BrokerProcess) -> None:
    """Analyses go on without it, and it gets everything when it is back."""
    with servers.serving() as server:
        project = server.calls.create(servers.project).name
        for _ in range(2):
            await asyncio.to_thread(analyze, server.calls, project)
            broker.kill()
            await asyncio.to_thread(analyze, server.calls, project)
            broker.start()
        await asyncio.to_thread(analyze, server.calls, project)
        await check_all_arrived(broker, log_of(server.calls))


async def test_of_two_servers_one_publishes(servers: Servers, broker: BrokerProcess) -> None:
    """Nothing comes twice as long as nobody dies; when the one dies, the other goes on."""
    # Long enough that on no machine the one that lives loses its turn.
    lasting = {"EVENTS__LEASE": "6"}
    with servers.serving(**lasting) as first, servers.serving(**lasting) as second:
        one, other = first.calls, second.calls
        project = one.create(servers.project).name
        await asyncio.to_thread(analyze, one, project)
        await asyncio.to_thread(analyze, other, project)
        await check_all_arrived(broker, log_of(one))
        told = [event["id"] for event in await events(broker, "quality.analysis")]
        assert sorted(set(told)) == sorted(told)
        first.kill()
        await asyncio.to_thread(analyze, other, project)
        await check_all_arrived(broker, log_of(other))


def _command(number: str, parent: str, **data: Any) -> bytes:
    event = {
        "specversion": "1.0",
        "id": number,
        "source": "/ci",
        "type": "flext.quality.v1.StartAnalysisRequest",
        "data": {"parent": parent, **data},
    }
    return json.dumps(event).encode()


async def _until_commands_are_taken(broker: BrokerProcess, body: bytes) -> None:
    """Sends the first one; the server makes the stream."""

    async def is_taken() -> bool:
        try:
            await broker.add("quality.commands", body)
        except Exception:  # noqa: BLE001  # there is no stream yet
            return False
        return True

    await until(is_taken)


async def test_commands_start_analyses(servers: Servers, broker: BrokerProcess) -> None:
    """Each once, although it is sent twice and the server is killed; what is no command is put aside."""
    with servers.serving() as server:
        parent = server.calls.create(servers.project).name
        for body in (_command("1", parent, analyzers=["ruff"]), b"poison"):
            await _until_commands_are_taken(broker, body)
        await broker.add("quality.commands", _command("1", parent, analyzers=["ruff"]))
        await broker.add("quality.commands", _command("2", "projects/gone"))
        server.kill()
    with servers.serving() as server:
        await broker.add("quality.commands", _command("3", parent, analyzers=["ruff"]))
        listing = pb.ListAnalysesRequest(parent=parent)

        async def all_dealt_with() -> bool:
            dead = await broker.bodies("quality.commands.dead")
            known = server.calls.analyses.ListAnalyses(listing).analyses
            return len(dead) >= 2 and len(known) >= 2

        await until(all_dealt_with)
        dead = await broker.bodies("quality.commands.dead")
        assert {b"poison", _command("2", "projects/gone")} == set(dead)
        assert len(server.calls.analyses.ListAnalyses(listing).analyses) == 2


def small_nats(directory: Path) -> NatsProcess:
    """A server that takes no long messages."""
    config = directory / "small.conf"
    config.write_text("max_payload: 2048\n")
    return NatsProcess(directory, "-c", str(config))


async def test_an_event_too_long_for_the_broker_goes_without_its_data(tmp_path: Path) -> None:
    """It holds nothing up; "dataref" says where the data are."""
    with tempfile.TemporaryDirectory() as directory:
        small = small_nats(Path(directory))
        small.start()
        try:
            servers = Servers(tmp_path, small)
            with servers.serving() as server:
                project = server.calls.create(servers.project).name
                await asyncio.to_thread(analyze, server.calls, project)
                await check_all_arrived(small, log_of(server.calls))
            told = await events(small, "quality.analysis")
            bare = [one for one in told if "data" not in one]
            assert bare
            assert all(one["dataref"].endswith(f"#{int(one['sequence'])}") for one in bare)
        finally:
            small.kill()


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_server_does_without_its_broker(
    servers: Servers, broker: BrokerProcess, sent: signal.Signals
) -> None:
    """One that is away, or hangs, keeps it neither from starting nor from working nor from ending."""
    broker.signal(sent)
    with servers.serving() as server:
        project = server.calls.create(servers.project).name
        await asyncio.to_thread(analyze, server.calls, project)
        assert await asyncio.to_thread(server.terminate) == 0
    broker.kill()
    broker.start()
    with servers.serving() as server:
        await check_all_arrived(broker, log_of(server.calls))
