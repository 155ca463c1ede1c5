from __future__ import annotations

import json
from pathlib import Path

import pytest

from flext.quality.v1.report_pb2 import ReportFormat, ReportKind
from flext.quality.v1.report_service_pb2 import (
    GenerateReportRequest,
    GenerateReportResponse,
    ReportInfo,
)
from flext_quality_client import InvalidArgumentError, ProtocolError, UnavailableError
from flext_quality_client.reports import ReportCursor
from tests.live import LiveServer
from tests.sdk.flavours import Connect

TECHNICAL = ReportKind.REPORT_KIND_TECHNICAL
JSON = ReportFormat.REPORT_FORMAT_JSON


async def test_a_report_is_read_or_saved(
    connect: Connect, live_server: LiveServer, project_dir: Path, tmp_path: Path
) -> None:
    """In pieces, into a file, or under its own name into a directory; saving leaves nothing else."""
    client = connect(live_server.address)
    run = client.analyze(project_dir)
    async for _ in run:
        pass
    pieces = [piece async for piece in client.report(run.project, TECHNICAL, JSON)]
    target = tmp_path / "reports"
    target.mkdir()
    named = client.report(run.project, TECHNICAL, JSON, analysis=run.name)
    assert await named.save(target / "a.json") == target / "a.json"
    own = await named.save(target)
    assert own.name == named.file_name
    assert named.media_type == "application/json"
    assert own.read_bytes() == (target / "a.json").read_bytes() == b"".join(pieces)
    assert json.loads(own.read_bytes())["analysis"]["name"] == run.name
    assert names_in(target) == sorted(["a.json", own.name])


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def test_a_report_that_is_refused_leaves_no_file(
    connect: Connect, live_server: LiveServer, project_dir: Path, tmp_path: Path
) -> None:
    """What was there before stays."""
    client = connect(live_server.address)
    project = (await client.projects.create(str(project_dir))).name
    (tmp_path / "old").write_text("as it was")
    trend = ReportKind.REPORT_KIND_TREND
    report = client.report(project, trend, ReportFormat.REPORT_FORMAT_SARIF)
    with pytest.raises(InvalidArgumentError):
        await report.save(tmp_path / "old")
    assert (tmp_path / "old").read_text() == "as it was"
    assert not any(name.startswith(".report-") for name in names_in(tmp_path))


def test_a_report_begins_again_only_if_nothing_has_come() -> None:
    """Its pieces cannot be told apart, so a part that was given out is not given again."""
    cursor = ReportCursor(GenerateReportRequest())
    broken = UnavailableError("gone")
    cursor.interrupted(broken)
    with pytest.raises(ProtocolError):
        cursor.take(GenerateReportResponse(chunk=b"x"))
    assert list(cursor.take(GenerateReportResponse(info=ReportInfo(), chunk=b"x"))) == [b"x"]
    with pytest.raises(UnavailableError):
        cursor.interrupted(broken)
