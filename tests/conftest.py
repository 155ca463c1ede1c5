from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from dishka import Provider
from hypothesis import settings

from flext_quality.application.ports.analyzers import Analyzer
from tests.fakes import FakeAnalyzer
from tests.live import LiveServer, WithAnalyzers, live_settings
from tests.postgres import PostgresProcess
from tests.valkey import Valkey

pytest_plugins = ["flext_quality.pytest_fixtures"]

# How long an example takes depends on what else the machine does.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

StartServer = Callable[..., LiveServer]


@pytest.fixture(scope="session")
def shared_valkey() -> Iterator[Valkey]:
    """One server for all tests that do not kill it. Its socket needs a short path."""
    with TemporaryDirectory(prefix="fq") as directory:
        server = Valkey(Path(directory))
        server.start()
        yield server
        server.kill()


@pytest.fixture
def valkey(shared_valkey: Valkey) -> Valkey:
    """Valkey with nothing in it."""
    shared_valkey.flush()
    return shared_valkey


@pytest.fixture
def mortal_valkey() -> Iterator[Valkey]:
    """A Valkey of the test's own, to be killed."""
    with TemporaryDirectory(prefix="fq") as directory:
        server = Valkey(Path(directory))
        server.start()
        yield server
        server.kill()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresProcess]:
    """A PostgreSQL server; tests get databases of it."""
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
