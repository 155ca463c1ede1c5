"""Fixtures of all tests. It is loaded before any of them, so what a fixture needs is imported by its use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from dishka import Provider

    from flext_quality.application.ports.analyzers import Analyzer
    from tests.live import LiveServer
    from tests.postgres import PostgresProcess
    from tests.valkey import Valkey

StartServer = Callable[..., "LiveServer"]


@pytest.fixture(scope="session")
def shared_valkey() -> Iterator[Valkey]:
    """One server for all tests that do not kill it."""
    from tests.valkey import running_valkey

    with running_valkey() as server:
        yield server


@pytest.fixture
def valkey(shared_valkey: Valkey) -> Valkey:
    """Valkey with nothing in it."""
    shared_valkey.flush()
    return shared_valkey


@pytest.fixture
def mortal_valkey() -> Iterator[Valkey]:
    """A Valkey of the test's own, to be killed."""
    from tests.valkey import running_valkey

    with running_valkey() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresProcess]:
    """A PostgreSQL server; tests get databases of it."""
    from tests.postgres import PostgresProcess

    with PostgresProcess() as process:
        yield process


@pytest.fixture
def project_dir(tmp_path: Path) -> Path:
    """A directory with one Python file, which live servers may read."""
    directory = tmp_path / "shop"
    directory.mkdir()
    (directory / "app.py").write_text("answer = 42\n")
    return directory


@pytest.fixture
def start_server(tmp_path: Path, project_dir: Path) -> Iterator[StartServer]:
    """Starts live servers on one data directory; they are stopped after the test.

    Takes analyzers (one that finds nothing, named "fake", if none is given), `providers` that replace
    further parts, and settings by name.
    """
    from tests.fakes import FakeAnalyzer
    from tests.live import LiveServer, WithAnalyzers, live_settings

    servers: list[LiveServer] = []

    def start(
        *analyzers: Analyzer, providers: tuple[Provider, ...] = (), **settings: Any
    ) -> LiveServer:
        chosen = WithAnalyzers(*(analyzers or (FakeAnalyzer("fake"),)))
        values = live_settings(tmp_path / "data", project_dir, **settings)
        servers.append(LiveServer(values, chosen, *providers))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def live_server(start_server: StartServer) -> LiveServer:
    """A live server whose one analyzer, "fake", finds nothing."""
    return start_server()
