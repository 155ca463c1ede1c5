from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from flext.quality.v1.analysis_pb2 import AnalysisState
from flext_quality_client import QualityClient
from tests.e2e.commands import Commands


@pytest.mark.parametrize("where", [("--port", "0"), ("--socket", "quality.sock")])
def test_a_server_analyses_for_other_commands(
    commands: Commands, shop: Path, where: tuple[str, str]
) -> None:
    """A server tells its address; analyze, watch and findings work against it."""
    address = commands.serve(*where, "--allow", "shop")
    if address.startswith("unix:"):
        assert f"unix:{commands.directory / 'quality.sock'}" == address
    analyzed = commands.run("analyze", shop, "--server", address, "--format", "json")
    assert 0 == analyzed.returncode, analyzed.stderr
    name = json.loads(analyzed.stdout)["analysis"]["name"]
    watched = commands.run("watch", name, "--server", address)
    assert 0 == watched.returncode
    assert "Analysis succeeded" in watched.stdout
    listed = commands.run("findings", name, "--server", address)
    assert len(json.loads(analyzed.stdout)["issues"]) == len(listed.stdout.splitlines())


def test_a_second_process_watches_a_running_analysis(commands: Commands, large: Path) -> None:
    """It attaches in the middle, sees everything from the start, and ends with the analysis."""
    address = commands.serve("--port", "0", "--allow", large)
    with QualityClient(address) as client:
        run = client.analyze(large)
        name = run.start().name
        watcher = commands.start("watch", name, "--server", address)
        watcher.wait_for(lambda line: line.startswith("bandit") and "started on" in line)
        run.cancel()
    assert 2 == watcher.end()
    queued = "queued: bandit, complexity, coverage, deadcode, duplication, mypy, ruff, sarif"
    assert queued in watcher.lines
    assert any(line.startswith(" Analysis cancelled") for line in watcher.lines)


def test_ctrl_c_leaves_a_watch_and_the_analysis_goes_on(commands: Commands, large: Path) -> None:
    """Watching is harmless: whoever stops watching stops nothing else."""
    address = commands.serve("--port", "0", "--allow", large)
    with QualityClient(address) as client:
        run = client.analyze(large)
        name = run.start().name
        watcher = commands.start("watch", name, "--server", address)
        watcher.wait_for(lambda line: "started on" in line)
        watcher.process.send_signal(signal.SIGINT)
        assert 130 == watcher.end()
        assert _state(client, name) in ("ANALYSIS_STATE_RUNNING", "ANALYSIS_STATE_SUCCEEDED")
        if _state(client, name) == "ANALYSIS_STATE_RUNNING":
            run.cancel()


def test_sigterm_stops_a_server_in_good_order(commands: Commands) -> None:
    """Exit code 0, and nothing but the address on standard output."""
    server = commands.start("serve", "--port", "0")
    server.wait_for(lambda line: line.startswith("listening on 127.0.0.1:"))
    server.process.terminate()
    assert 0 == server.end()
    assert 1 == len(server.lines)


def test_an_address_that_is_taken_is_told(commands: Commands, tmp_path: Path) -> None:
    """Exit code 69, and the address in the message."""
    address = commands.serve("--port", "0")
    second = commands.run("serve", "--address", address)
    assert 69 == second.returncode
    assert address in second.stderr


def _state(client: QualityClient, name: str) -> str:
    return AnalysisState.Name(client.analyses.get(name).state)
