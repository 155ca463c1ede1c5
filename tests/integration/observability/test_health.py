"""Health by HTTP, of a real server."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import grpc
import pytest
from dishka import Provider, Scope, provide
from grpc_health.v1 import health

from flext_quality.application.system.health import HealthChecks
from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.persistence.engine import Database, DatabaseOptions
from flext_quality.infrastructure.persistence.health import DatabaseCheck
from flext_quality.infrastructure.persistence.migrate import head, upgrade
from flext_quality.infrastructure.sources.data_directory import DataDirectoryCheck
from flext_quality.rpc.server import RpcServer
from flext_quality.serving import CannotListenError
from tests.conftest import StartServer
from tests.scraping import get

HTTP = {"log_level": "error", "http_port": 0}

CHECKS = """
from pathlib import Path
from flext_quality.domain.result import FlextResult
from flext_quality.domain.system.errors import ExternalServiceUnavailableError

class Check:
    def __init__(self, context):
        self.name = context.name
        self.is_vital = context.name != "broken"
        self._file = Path(context.options.get("file", "/"))

    async def check(self):
        if not self.is_vital:
            raise RuntimeError("a defect")
        if not self._file.exists():
            return FlextResult.fail(ExternalServiceUnavailableError("the licence server"))
        return FlextResult.ok(self._file.read_text())

create = Check
"""


class Failing:
    """A dependency that is away."""

    name = "broker"
    is_vital = True

    async def check(self) -> FlextResult[str]:
        """Fails."""
        return FlextResult.fail(StorageUnavailableError())


class WithChecks(Provider):
    scope = Scope.APP

    @provide(override=True)
    def checks(self) -> HealthChecks:
        """The failing one alone."""
        return HealthChecks([Failing()])


def ready(address: str) -> tuple[int, dict[str, Any]]:
    answer = get(address, "/health/ready")
    assert "application/json" == answer.headers["content-type"]
    return answer.status, json.loads(answer.text)


def test_a_server_that_serves_is_live_and_ready(start_server: StartServer) -> None:
    """Each check says how what it looks after is."""
    address = start_server(observability=HTTP).running.http_address
    assert 200 == get(address, "/health/live").status
    status, answer = ready(address)
    assert (200, "READY", True) == (status, answer["status"], answer["serving"])
    database = {"well": True, "vital": True, "detail": f"sqlite, revision {head()}"}
    assert database == answer["checks"]["database"]
    assert answer["checks"]["data_directory"]["well"] is True


def test_a_server_that_lacks_something_is_live_but_not_ready(start_server: StartServer) -> None:
    """The answer names what is missing."""
    address = start_server(observability=HTTP, providers=(WithChecks(),)).running.http_address
    assert 200 == get(address, "/health/live").status
    status, answer = ready(address)
    assert (503, "NOT_READY", True) == (status, answer["status"], answer["serving"])
    message = StorageUnavailableError().message
    assert {"broker": {"well": False, "vital": True, "detail": message}} == answer["checks"]


def test_a_plugin_s_check_is_one_of_the_server_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start_server: StartServer
) -> None:
    """A vital one that fails makes the server NOT_READY; one that breaks off is told and harms nobody."""
    plugin = tmp_path / "plugin"
    distribution = plugin / "our_checks-1.0.dist-info"
    distribution.mkdir(parents=True)
    (distribution / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: our-checks\nVersion: 1.0\n"
    )
    (distribution / "entry_points.txt").write_text(
        "[flext_quality.health_checks]\n"
        "licence = our_checks:create\nbroken = our_checks:create\ndatabase = our_checks:create\n"
    )
    (plugin / "our_checks.py").write_text(CHECKS)
    monkeypatch.syspath_prepend(plugin)
    ends = tmp_path / "licence"
    ends.write_text("valid")
    options = {"licence": {"file": str(ends)}}
    address = start_server(observability=HTTP, plugins={"options": options}).running.http_address
    status, answer = ready(address)
    assert (200, {"well": True, "vital": True, "detail": "valid"}) == (
        status,
        answer["checks"]["licence"],
    )
    assert (answer["checks"]["broken"]["well"], answer["checks"]["broken"]["vital"]) == (
        False,
        False,
    )
    assert answer["checks"]["database"]["detail"].startswith("sqlite")  # nobody takes its place
    ends.unlink()
    address = start_server(observability=HTTP, plugins={"options": options}).running.http_address
    status, answer = ready(address)
    assert (503, "NOT_READY") == (status, answer["status"])
    assert "licence server cannot be reached" in answer["checks"]["licence"]["detail"]


def test_without_a_port_there_is_no_http(start_server: StartServer) -> None:
    """The default: nothing listens, and nothing is measured."""
    assert "" == start_server().running.http_address


def test_a_port_that_is_taken_is_told(start_server: StartServer) -> None:
    """The server does not start without what it was told to serve."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotListenError, match=f"127.0.0.1:{port}"):
            start_server(observability={**HTTP, "http_port": port})


async def test_a_database_that_is_away_is_not_well(tmp_path: Path) -> None:
    """Its check fails as calls do."""
    url = f"sqlite+aiosqlite:///{tmp_path}/quality.db"
    await upgrade(url)
    database = Database(DatabaseOptions(url))
    check = DatabaseCheck(database)
    assert (await check.check()).is_success
    await database.close()
    (tmp_path / "quality.db").write_bytes(b"no database at all, but longer than a header" * 100)
    assert isinstance((await check.check()).error, StorageUnavailableError)
    await database.close()


async def test_a_data_directory_that_is_gone_or_full_is_not_well(tmp_path: Path) -> None:
    """Something has to be writable there, and there has to be room."""
    assert (await DataDirectoryCheck(tmp_path).check()).is_success
    assert [] == os.listdir(tmp_path)  # noqa: PTH208  # nothing waits for it
    for check in (
        DataDirectoryCheck(tmp_path / "gone"),
        DataDirectoryCheck(tmp_path, min_free_bytes=1 << 62),
    ):
        assert isinstance((await check.check()).error, StorageUnavailableError)


async def test_grpc_health_says_whether_it_serves() -> None:
    """Before it serves, and after, it does not."""
    rpc = RpcServer(grpc.aio.server(), health.aio.HealthServicer())
    said = [rpc.is_serving]
    await rpc.serving()
    said.append(rpc.is_serving)
    await rpc.not_serving()
    said.append(rpc.is_serving)
    assert [False, True, False] == said


def test_a_server_is_ready_without_what_it_can_do_without(start_server: StartServer) -> None:
    """Redis and broker are told, and keep nothing from being asked."""
    nowhere = {"redis": {"url": "redis://127.0.0.1:9/0"}}
    events = {"publisher": "nats", "url": "nats://127.0.0.1:9"}
    server = start_server(observability=HTTP, events=events, **nowhere)
    status, answer = ready(server.running.http_address)
    assert (200, "READY") == (status, answer["status"])
    for name in ("redis", "broker"):
        assert (False, False) == (answer["checks"][name]["well"], answer["checks"][name]["vital"])
