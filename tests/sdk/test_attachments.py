from __future__ import annotations

from pathlib import Path

import pytest

from flext.quality.v1.analysis_service_pb2 import Attachment, AttachmentKind
from flext_quality.application.ports.analyzers import FindingSink
from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.result import FlextResult
from flext_quality_client import ResourceExhaustedError, read_attachment
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer
from tests.sdk.flavours import Connect

SARIF = AttachmentKind.ATTACHMENT_KIND_SARIF
COVERAGE = AttachmentKind.ATTACHMENT_KIND_COVERAGE


class Reader(FakeAnalyzer):
    """Remembers the names and contents of what it was given to read."""

    def __init__(self) -> None:
        super().__init__("fake")
        self.seen: list[list[tuple[str, bytes]]] = []

    async def run(self, workspace: Workspace, report: FindingSink) -> FlextResult[None]:
        """Takes the attachments."""
        self.seen.append([(each.name, each.content) for each in workspace.attachments])
        return await super().run(workspace, report)


async def test_files_are_sent_along(
    connect: Connect, start_server: StartServer, project_dir: Path, tmp_path: Path
) -> None:
    """With an analysis of a path, and with one of a known project."""
    log = tmp_path / "lint.sarif"
    log.write_bytes(b"\x00log")
    reader = Reader()
    client = connect(start_server(reader).address)
    run = client.analyze(project_dir, attachments=[read_attachment(log)])
    await run.wait()
    report = Attachment(kind=COVERAGE, name="coverage.xml", content=b"<x/>")
    analysis = await client.analyses.start(run.project, attachments=[report])
    async for _ in client.watch(analysis.name):
        pass
    assert [[("lint.sarif", b"\x00log")], [("coverage.xml", b"<x/>")]] == reader.seen


async def test_more_than_the_server_takes_is_refused_with_a_reason(
    connect: Connect, start_server: StartServer, project_dir: Path
) -> None:
    """Not by a connection that breaks."""
    client = connect(start_server().address)
    project = await client.projects.of_path(project_dir)
    large = Attachment(kind=SARIF, name="x.sarif", content=bytes(60 << 20))
    with pytest.raises(ResourceExhaustedError, match="larger than max"):
        await client.analyses.start(project.name, attachments=[large])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("semgrep.sarif", SARIF),
        ("results.SARIF.json", SARIF),
        ("coverage.sarif", SARIF),
        (".coverage", COVERAGE),
        (".coverage.host.123", COVERAGE),
        ("coverage.xml", COVERAGE),
        ("cobertura-report.XML", COVERAGE),
        ("my-coverage.json", COVERAGE),
        ("lcov.info", COVERAGE),
        ("unit.lcov", COVERAGE),
    ],
)
def test_a_file_s_name_tells_its_kind(tmp_path: Path, name: str, kind: AttachmentKind) -> None:
    """As tools name their reports."""
    (tmp_path / name).write_bytes(b"x")
    assert Attachment(kind=kind, name=name, content=b"x") == read_attachment(tmp_path / name)


@pytest.mark.parametrize("name", ["report.xml", "x.json", "coverage.txt", "coverage", "sarif"])
def test_a_kind_that_the_name_does_not_tell_has_to_be_given(tmp_path: Path, name: str) -> None:
    """It is never guessed from the content."""
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ValueError, match="give its kind"):
        read_attachment(tmp_path / name)
    assert COVERAGE == read_attachment(tmp_path / name, COVERAGE).kind


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Before anything is sent."""
    with pytest.raises(FileNotFoundError):
        read_attachment(tmp_path / "x.sarif")
