"""The kit that users of the ports test with."""

from __future__ import annotations

import asyncio
import http.server
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from subprocess import run

import pytest

from flext_quality import testing
from flext_quality.application.analyses.run_analysis import RunAnalysis
from flext_quality.application.analyses.start_analysis import StartAnalysis
from flext_quality.application.ports.discovery import ServiceInstance, ServiceRegistry
from flext_quality.application.projects.create_project import CreateProject
from flext_quality.application.system.get_server_info import GetServerInfo
from flext_quality.domain.analyses.analysis import AnalysisState
from flext_quality.domain.analyses.events import AnalysisFinished
from flext_quality.domain.findings.finding import Finding, Severity
from flext_quality.testing import (
    FakeAnalyzer,
    Fakes,
    LiveServer,
    ServiceNotReadyError,
    create_test_container,
    wait_for_external_service,
)
from flext_quality_client import QualityClient
from tests.waiting import PATIENCE_SECONDS


async def test_a_container_has_a_fake_behind_every_port() -> None:
    """An analysis from its start to its findings without disk, network or clock."""
    found = Finding("fake", "R1", Severity.HIGH, "no", "a.py", line=1)
    fakes = Fakes(analyzers=[FakeAnalyzer("fake", [[found]])])
    fakes.sources.hold("/shop", "a.py", "b.py")
    container = create_test_container(fakes, max_queued_analyses=3)
    assert await container.get(Fakes) is fakes
    create = await container.get(CreateProject)
    project = await create(project_id="shop", display_name="", local_path="/shop", request_id="")
    start = await container.get(StartAnalysis)
    analysis = (await start(project.name, analyzers=(), request_id="")).analysis
    assert [analysis.name] == fakes.queue.enqueued
    job = await container.get(RunAnalysis)
    await job(analysis.name, asyncio.Event())
    ended = fakes.storage.state.analyses[analysis.name]
    assert (AnalysisState.SUCCEEDED, 1) == (ended.state, ended.outcomes["fake"].finding_count)
    assert isinstance(fakes.signal.published[-1].payload, AnalysisFinished)
    assert fakes.clock.now == ended.ended_at
    info = await (await container.get(GetServerInfo))()
    assert info.facts.limits.max_queued_analyses == 3
    await container.close()


async def test_a_fake_registry_remembers_and_can_be_away() -> None:
    """As a test wants it."""
    fakes = Fakes()
    container = create_test_container(fakes)
    registry = await container.get(ServiceRegistry)
    instance = ServiceInstance("a", "quality", "1", {})
    await registry.register(instance, 30.0)
    fakes.registry.forget()
    assert () == (await registry.find("quality")).unwrap()
    fakes.registry.is_away = True
    assert (await registry.find("quality")).error is not None
    assert (await registry.heartbeat(instance)).error is not None
    assert (await registry.deregister(instance)).error is not None
    assert [name for name, _ in fakes.registry.calls] == [
        "register",
        *("find", "find", "heartbeat", "deregister"),
    ]
    await container.close()


def test_the_fixtures_give_a_server_and_a_client(
    quality_server: LiveServer, quality_client: QualityClient, tmp_path: Path
) -> None:
    """Any test may analyze what it wrote into its own directory."""
    (tmp_path / "app.py").write_text("import os\n")
    analysis = quality_client.analyze(tmp_path, ["ruff"])
    assert analysis.wait().finding_count == 1
    wait_for_external_service(f"grpc://{quality_server.address}", PATIENCE_SECONDS)
    wait_for_external_service(
        f"grpc://{quality_server.address}/flext.quality.v1.SystemService", PATIENCE_SECONDS
    )
    wait_for_external_service(f"tcp://{quality_server.address}", PATIENCE_SECONDS)


def test_pytest_finds_the_fixtures_by_itself(tmp_path: Path) -> None:
    """In a project that knows nothing of this one but the package's name."""
    (tmp_path / "conftest.py").write_text(
        "import pytest\n\n\n@pytest.fixture(scope='session')\ndef quality_settings():\n"
        "    return {'max_queued_analyses': 7}\n"
    )
    (tmp_path / "test_it.py").write_text(
        "def test_it(quality_client):\n"
        "    assert quality_client.server_info().limits.max_queued_analyses == 7\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"]
    done = run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_run_of_pytest_that_asks_for_no_fixture_loads_nothing(tmp_path: Path) -> None:
    """Being installed costs other projects' tests nothing."""
    (tmp_path / "test_it.py").write_text(
        "import sys\n\n\ndef test_it():\n"
        "    ours = {name for name in sys.modules if name.startswith('flext_quality')}\n"
        "    assert ours == {'flext_quality', 'flext_quality.pytest_fixtures'}\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"]
    done = run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_name_of_the_kit_is_there() -> None:
    """Though each is loaded by its first use; another one is no attribute."""
    assert all(getattr(testing, name) is not None for name in testing.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        testing.nothing  # noqa: B018  # the attribute is what is asked for


def test_a_fake_loads_no_server() -> None:
    """Tests that need a clock or a channel alone begin at once."""
    program = (
        "import sys; from flext_quality.testing import FakeClock, FakeAnalyzer\n"
        "print([m for m in ('grpc', 'sqlalchemy', 'dishka', 'pydantic') if m in sys.modules])"
    )
    done = run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_what_serves_does_not_load_the_kit() -> None:
    """Nor pytest."""
    program = (
        "import sys, flext_quality.serving, flext_quality.cli.app\n"
        "print([m for m in sys.modules if m.startswith(('flext_quality.testing', 'pytest'))])"
    )
    done = run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


class _Answer(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def web() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_service_is_waited_for(web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it answers; one that answers wrongly is told with what it said."""
    wait_for_external_service(f"http://{web}/health", PATIENCE_SECONDS)
    monkeypatch.setattr(_Answer, "status", 503)
    with pytest.raises(ServiceNotReadyError, match="HTTP 503"):
        wait_for_external_service(f"http://{web}/health", 1.0)
    with pytest.raises(ServiceNotReadyError, match=r"UNAVAILABLE|DEADLINE_EXCEEDED"):
        wait_for_external_service(f"grpc://{web}", 0.3)
    path = tmp_path / "s"
    with pytest.raises(ServiceNotReadyError, match="No such file"):
        wait_for_external_service(f"unix://{path}", 0.1)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        wait_for_external_service(f"unix://{path}", PATIENCE_SECONDS)


def test_a_service_that_comes_later_is_waited_for() -> None:
    """It need not be there when the waiting begins."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        with pytest.raises(ServiceNotReadyError, match="ConnectError"):
            wait_for_external_service(f"http://127.0.0.1:{port}", 1.0)
        timer = threading.Timer(0.2, listening.listen)
        timer.start()
        wait_for_external_service(f"tcp://127.0.0.1:{port}", PATIENCE_SECONDS)
        timer.join()


@pytest.mark.parametrize("url", ["ftp://x", "tcp://host", "http://", "grpc:", "nothing"])
def test_what_is_no_address_is_refused(url: str) -> None:
    """At once."""
    with pytest.raises(ValueError, match="is no tcp://"):
        wait_for_external_service(url)
