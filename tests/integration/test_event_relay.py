"""Events on their way to real brokers, with everything killed in the middle that can be."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from flext.quality.v1 import analysis_service_pb2 as pb
from flext.quality.v1 import event_service_pb2 as event_pb
from tests.brokers import BROKERS, BrokerProcess, NatsProcess, events, until_count
from tests.rpc.calls import Calls

_LISTENING = "listening on "
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
        self._environment = {
            **os.environ,
            "FLEXT_API_DATA_DIR": str(directory / "data"),
            "FLEXT_API_SECURITY__ALLOWED_PROJECT_PATHS": str(self.project),
            "FLEXT_API_OBSERVABILITY__LOG_LEVEL": "error",
            "FLEXT_API_EVENTS__PUBLISHER": broker.kind,
            "FLEXT_API_EVENTS__URL": broker.url,
            "FLEXT_API_EVENTS__LEASE": "1",
            "FLEXT_API_EVENTS__BATCH_SIZE": "3",
            "FLEXT_API_EVENTS__CONSUME_COMMANDS": "true",
            "FLEXT_API_EVENTS__COMMAND_RETRY": "0.5",
            "FLEXT_API_EVENTS__COMMAND_ATTEMPTS": "2",
        }

    @contextmanager
    def serving(self) -> Iterator[tuple[subprocess.Popen[str], Calls]]:
        """One more server; killed at the end of the block if it still runs."""
        program = str(Path(sys.executable).with_name("flext-quality"))
        command = [program, "serve", "--address", "127.0.0.1:0"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=self._environment
        ) as process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                assert line.startswith(_LISTENING)
                yield process, Calls(line.removeprefix(_LISTENING).strip())
            finally:
                process.kill()


@pytest.fixture
def servers(tmp_path: Path, broker: BrokerProcess) -> Servers:
    """Servers that publish to the broker."""
    return Servers(tmp_path, broker)


def log_of(calls: Calls) -> list[str]:
    """The ids of all events that were committed."""
    request = event_pb.WatchEventsRequest(after_cursor=0, until_now=True)
    told = calls.events.WatchEvents(request, timeout=30)
    return [one.quality_event.id for one in told if one.HasField("quality_event")]


def analyze(calls: Calls, project: str) -> None:
    calls.watch(calls.start(project, analyzers=["ruff"]).name)


def of_kind(ids: list[str], *, analyses: bool) -> list[str]:
    return [one for one in ids if ("/analyses/" in one) is analyses]


async def check_all_arrived(broker: BrokerProcess, committed: list[str]) -> None:
    """Every event is there, none that did not happen, each subject's in order; twice is allowed."""
    for topic, ids in (
        ("quality.project", of_kind(committed, analyses=False)),
        ("quality.analysis", of_kind(committed, analyses=True)),
    ):
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
    with servers.serving() as (_, calls):
        project = calls.create(servers.project).name
        await asyncio.to_thread(analyze, calls, project)
        committed = log_of(calls)
        await check_all_arrived(broker, committed)
    for topic in ("quality.project", "quality.analysis"):
        for event in await events(broker, topic):
            assert event["specversion"] == "1.0"
            assert event["source"] == "/flext-quality"
            name = event["type"].rpartition(".")[2]
            schema = json.loads((SCHEMAS / f"{name}.v1.schema.json").read_text())
            assert schema["$id"] == event["dataschema"]
            jsonschema.validate(event["data"], schema)


async def test_a_killed_server_loses_nothing(servers: Servers, broker: BrokerProcess) -> None:
    """Kill -9 in the middle of analyses and of publishing, again and again; the next one goes on."""
    committed: list[str] = []
    for number in range(4):
        with servers.serving() as (process, calls):
            if number == 0:
                calls.create(servers.project, project_id="shop")
            running = calls.start("projects/shop", analyzers=["ruff"])
            stream = calls.analyses.WatchAnalysis(pb.WatchAnalysisRequest(name=running.name))
            for _, _ in zip(range(2 * number + 1), stream, strict=False):
                pass  # a bit further each time
            process.send_signal(signal.SIGKILL)
            process.wait(10)
    with servers.serving() as (_, calls):
        for analysis in calls.analyses.ListAnalyses(
            pb.ListAnalysesRequest(parent="projects/shop")
        ).analyses:
            await asyncio.to_thread(calls.watch, analysis.name)
        committed = log_of(calls)
        await check_all_arrived(broker, committed)


async def test_a_killed_broker_loses_nothing(servers: Servers, broker: BrokerProcess) -> None:
    """Analyses go on without it, and it gets everything when it is back."""
    with servers.serving() as (_, calls):
        project = calls.create(servers.project).name
        for _ in range(2):
            await asyncio.to_thread(analyze, calls, project)
            broker.kill()
            await asyncio.to_thread(analyze, calls, project)
            broker.start()
        await asyncio.to_thread(analyze, calls, project)
        await check_all_arrived(broker, log_of(calls))


async def test_of_two_servers_one_publishes(servers: Servers, broker: BrokerProcess) -> None:
    """Nothing comes twice as long as nobody dies; when the one dies, the other goes on."""
    with servers.serving() as (first, one), servers.serving() as (_, other):
        project = one.create(servers.project).name
        await asyncio.to_thread(analyze, one, project)
        await asyncio.to_thread(analyze, other, project)
        await check_all_arrived(broker, log_of(one))
        told = [event["id"] for event in await events(broker, "quality.analysis")]
        assert sorted(set(told)) == sorted(told)
        first.send_signal(signal.SIGKILL)
        first.wait(10)
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
    deadline = time.monotonic() + 20
    while True:
        try:
            await broker.add("quality.commands", body)
        except Exception:  # noqa: BLE001  # there is no stream yet
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        else:
            return


async def test_commands_start_analyses(servers: Servers, broker: BrokerProcess) -> None:
    """Each once, although it is sent twice and the server is killed; what is no command is put aside."""
    with servers.serving() as (process, calls):
        parent = calls.create(servers.project).name
        for body in (_command("1", parent, analyzers=["ruff"]), b"poison"):
            await _until_commands_are_taken(broker, body)
        await broker.add("quality.commands", _command("1", parent, analyzers=["ruff"]))
        await broker.add("quality.commands", _command("2", "projects/gone"))
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    with servers.serving() as (_, calls):
        await broker.add("quality.commands", _command("3", parent, analyzers=["ruff"]))
        listing = pb.ListAnalysesRequest(parent=parent)
        async with asyncio.timeout(60):
            while True:
                dead = await broker.bodies("quality.commands.dead")
                if len(dead) >= 2 and len(calls.analyses.ListAnalyses(listing).analyses) >= 2:
                    break
                await asyncio.sleep(0.1)
        assert {b"poison", _command("2", "projects/gone")} == set(dead)
        assert len(calls.analyses.ListAnalyses(listing).analyses) == 2


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
            with servers.serving() as (_, calls):
                project = calls.create(servers.project).name
                await asyncio.to_thread(analyze, calls, project)
                await check_all_arrived(small, log_of(calls))
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
    with servers.serving() as (process, calls):
        project = calls.create(servers.project).name
        await asyncio.to_thread(analyze, calls, project)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 20) == 0
    broker.kill()
    broker.start()
    with servers.serving() as (_, calls):
        await check_all_arrived(broker, log_of(calls))
