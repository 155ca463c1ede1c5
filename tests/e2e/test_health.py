from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from tests.e2e.commands import Commands


@pytest.fixture
def unwell() -> Iterator[str]:
    """The address of a server that is there and does not serve."""
    server = grpc.server(ThreadPoolExecutor(2))
    servicer = health.HealthServicer()
    servicer.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()


def test_a_server_that_serves_is_told_by_exit_code_0(commands: Commands) -> None:
    """Named by its address, or described by the settings that it was started with."""
    commands.serve("--socket", "s")
    address = f"unix:{commands.directory / 's'}"
    named = commands.run("health", "--server", address)
    assert (0, "SERVING\n", "") == (named.returncode, named.stdout, named.stderr)
    found = commands.run("health", FLEXT_API_API_SOCKET="s")
    assert (0, "SERVING\n") == (found.returncode, found.stdout)
    one = "flext.quality.v1.SystemService"
    assert 0 == commands.run("health", "--server", address, "--service", one).returncode
    none = commands.run("health", "--server", address, "--service", "SystemService")
    assert 64 == none.returncode
    assert "no service 'SystemService'" in none.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
def test_a_server_that_does_not_serve_is_told_by_exit_code_69(
    commands: Commands, unwell: str, host: str
) -> None:
    """It is asked where the settings let it listen, and what it says is told."""
    port = unwell.rpartition(":")[2]
    told = commands.run("health", FLEXT_API_API_HOST=host, FLEXT_API_API_PORT=port)
    assert (69, "") == (told.returncode, told.stdout)
    assert told.stderr == f"flext-quality: the server at {unwell}: NOT_SERVING\n"


def test_a_server_that_is_not_there_is_told_by_exit_code_69(commands: Commands) -> None:
    """The command waits no longer than it was told to."""
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        told = commands.run("health", "--server", address, "--timeout", "0.2")
    assert 69 == told.returncode
    assert address in told.stderr


def test_a_port_that_only_the_server_knows_must_be_told(commands: Commands) -> None:
    """Settings with port 0 describe no server that can be asked."""
    told = commands.run("health", FLEXT_API_API_PORT="0")
    assert 64 == told.returncode
    assert "--server HOST:PORT" in told.stderr
