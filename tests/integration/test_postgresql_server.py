"""The whole server on PostgreSQL, started again in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flext.quality.v1.issue_pb2 import IssueStatus
from flext.quality.v1.issue_service_pb2 import IssueFilter
from flext_quality_client import QualityClient
from tests.live import LiveServer, live_settings
from tests.postgres import PostgresProcess


@pytest.fixture
def url(postgres: PostgresProcess) -> Iterator[str]:
    """An empty database's."""
    url = postgres.database()
    yield url
    postgres.drop(url)


def test_a_server_on_postgresql_does_the_whole_job(
    url: str, tmp_path: Path, project_dir: Path
) -> None:
    """Analyses, issues with their identity, exports, metrics and events; nothing lies in files beside it."""
    settings = live_settings(tmp_path / "data", project_dir, database={"url": url})
    code = project_dir / "app.py"
    code.write_text("import os\nimport sys\n")
    server = LiveServer(settings)
    with QualityClient(server.address) as client:
        first = client.analyze(project_dir, ["ruff"])
        assert "analysis_finished" in [event.WhichOneof("kind") for event in first]
        project = first.analysis.name.partition("/analyses/")[0]
        before = {issue.finding.line: issue.name for issue in client.issues.export(project)}
        assert len(before) == 2
    server.stop()

    code.write_text("\n\nimport sys\n")
    server = LiveServer(settings)
    with QualityClient(server.address) as client:
        second = client.analyze(project_dir, ["ruff"])
        assert list(second)
        counts = second.analysis.issue_counts
        assert (counts.open_count, counts.fixed_count, counts.moved_count, counts.new_count) == (
            1,
            1,
            1,
            0,
        )
        still = IssueFilter(statuses=[IssueStatus.ISSUE_STATUS_OPEN])
        (moved,) = client.issues.export(project, still)
        assert (moved.name, moved.finding.line) == (before[2], 3)
        assert len(list(client.issues.export(project))) == 2
        (series,) = client.metrics_over_time.query(project, ["issues"])
        assert [point.value for point in series.points][-1] == 1
        told = [one.quality_event for one in client.events.watch(0, until_now=True)]
        assert told[0].project_event.WhichOneof("kind") == "project_created"
        assert {first.analysis.name, second.analysis.name, project} == {e.subject for e in told}
    server.stop()
    assert not list((tmp_path / "data").glob("*.db*"))
