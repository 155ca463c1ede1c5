"""Two servers on one database: real processes, with an analysis that runs until the test lets it end."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flext.quality.v1.analysis_pb2 import AnalysisState, AnalyzerState
from flext_quality.testing.storage import sqlite_url
from flext_quality_client import QualityClient
from tests.e2e.commands import Commands
from tests.postgres import PostgresProcess
from tests.services import each

GATED = """
import sys
open(sys.argv[1]).read()
print('{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "gated"}}, "results": []}]}')
"""
"""An analyzer that waits until somebody opens its gate for writing."""


@pytest.fixture(params=each(["sqlite", "postgresql"]))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database that lies in no data directory."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "shared.db")
        return
    postgres: PostgresProcess = request.getfixturevalue("postgres")
    url = postgres.database()
    yield url
    postgres.drop(url)


def test_a_second_server_with_another_data_directory_is_refused(
    commands: Commands, shop: Path, tmp_path: Path, url: str
) -> None:
    """It says why and what to do, and the first one's analysis goes on to its end."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    tool = {"name": "gated", "command": [sys.executable, "-c", GATED, str(gate)]}
    commands.environment |= {
        "FLEXT_API_DATABASE__URL": url,
        "FLEXT_API_EXTERNAL_TOOLS__SARIF_TOOLS": json.dumps([tool]),
    }
    address = commands.serve("--port", "0", "--allow", shop)
    other = {"FLEXT_API_DATA_DIR": str(tmp_path / "other")}
    with QualityClient(address) as client:
        run = client.analyze(shop, ["gated"])
        next(event for event in run if event.WhichOneof("kind") == "analyzer_started")

        second = commands.run("serve", "--port", "0", **other)
        embedded = commands.run("analyze", shop, **other)

        gate.write_text("")
        ended = run.wait()
    assert ended.state == AnalysisState.ANALYSIS_STATE_SUCCEEDED
    assert [AnalyzerState.ANALYZER_STATE_SUCCEEDED] == [one.state for one in ended.outcomes]
    assert ended.attempt == 1
    owner = (tmp_path / "data" / "id").read_text().strip()
    for refused in (second, embedded):
        assert (78, "") == (refused.returncode, refused.stdout)
        assert f"belongs to the data directory {tmp_path / 'data'} on " in refused.stderr
        assert f"FLEXT_API_DATABASE__TAKE_OVER_FROM={owner}" in " ".join(refused.stderr.split())

    commands.stop()
    commands.environment |= {**other, "FLEXT_API_DATABASE__TAKE_OVER_FROM": owner}
    with QualityClient(commands.serve("--port", "0", "--allow", shop)) as client:
        assert client.analyses.get(ended.name) == ended
