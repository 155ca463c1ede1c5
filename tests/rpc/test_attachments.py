"""Files that clients send along with StartAnalysis."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path

import grpc
import pytest

from flext.quality.v1 import analysis_pb2, error_reason_pb2, severity_pb2
from flext.quality.v1 import analysis_service_pb2 as pb
from flext.quality.v1 import project_service_pb2 as project_pb
from flext_quality.application.ports.analyzers import FindingSink
from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.analyses.attachment import (
    MAX_ATTACHMENT_BYTES,
    Attachment,
    AttachmentKind,
)
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.sarif.analyzer import SarifAnalyzer
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer
from tests.live import LiveServer
from tests.rpc.calls import Calls, refused

SARIF, COVERAGE = pb.ATTACHMENT_KIND_SARIF, pb.ATTACHMENT_KIND_COVERAGE
LOG = json.dumps(
    {
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "Lint", "version": "3"}},
                "results": [
                    {
                        "ruleId": "L1",
                        "level": "error",
                        "message": {"text": "bad"},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": "app.py"},
                                    "region": {"startLine": 1},
                                }
                            }
                        ],
                    }
                ],
            }
        ],
    }
).encode()


class Reader(FakeAnalyzer):
    """Remembers what it was given to read."""

    def __init__(self, gate: asyncio.Event | None = None) -> None:
        super().__init__("fake", gate=gate)
        self.seen: list[tuple[Attachment, ...]] = []
        self.local_path = ""

    async def run(self, workspace: Workspace, report: FindingSink) -> FlextResult[None]:
        """Takes the attachments."""
        self.seen.append(workspace.attachments)
        self.local_path = workspace.local_path
        return await super().run(workspace, report)


def stored(server: LiveServer) -> int:
    """How many attachments the database holds."""
    with sqlite3.connect(server.settings.data_dir / "quality.db") as database:
        return int(database.execute("SELECT count(*) FROM attachments").fetchone()[0])


def sent(name: str = "x.sarif", content: bytes = b"x", kind: int = SARIF) -> pb.Attachment:
    """An attachment."""
    return pb.Attachment(kind=kind, name=name, content=content)  # type: ignore[arg-type]


def test_analyzers_read_what_was_sent(start_server: StartServer, project_dir: Path) -> None:
    """In its order, byte for byte; once the analysis has ended the server keeps none of it."""
    reader = Reader()
    server = start_server(reader)
    files = [sent("b.sarif", b"\x00\xff"), sent("coverage.xml", b"<x/>", COVERAGE), sent("ü.sarif")]
    analysis = Calls(server.address).analyze(project_dir, attachments=files)
    assert analysis.state == analysis_pb2.ANALYSIS_STATE_SUCCEEDED
    assert reader.seen == [
        (
            Attachment(AttachmentKind.SARIF, "b.sarif", b"\x00\xff"),
            Attachment(AttachmentKind.COVERAGE, "coverage.xml", b"<x/>"),
            Attachment(AttachmentKind.SARIF, "ü.sarif", b"x"),
        )
    ]
    assert reader.local_path == str(project_dir)
    assert stored(server) == 0


def test_a_sarif_log_becomes_findings(start_server: StartServer, project_dir: Path) -> None:
    """Over the wire, from the log to the finding."""
    calls = Calls(start_server(SarifAnalyzer()).address)
    analysis = calls.analyze(project_dir, attachments=[sent("lint.sarif", LOG)])
    (outcome,) = analysis.outcomes
    assert (outcome.analyzer, outcome.version) == ("sarif", "lint 3")
    request = pb.ListFindingsRequest(parent=analysis.name)
    (finding,) = calls.analyses.ListFindings(request).findings
    assert (finding.rule, finding.path, finding.line) == ("lint:L1", "app.py", 1)
    assert finding.severity == severity_pb2.SEVERITY_HIGH


def test_an_analyzer_without_a_report_is_skipped(
    start_server: StartServer, project_dir: Path
) -> None:
    """With the reason; a broken one makes it fail."""
    calls = Calls(start_server(SarifAnalyzer()).address)
    (skipped,) = calls.analyze(project_dir).outcomes
    assert skipped.state == analysis_pb2.ANALYZER_STATE_SKIPPED
    assert skipped.error.reason == error_reason_pb2.ERROR_REASON_REPORT_MISSING
    parent = next(iter(calls.projects.ListProjects(project_pb.ListProjectsRequest()).projects)).name
    name = calls.start(parent, attachments=[sent("lint.sarif", b"no log")]).name
    (broken,) = calls.watch(name)[-1].analysis_finished.analysis.outcomes
    assert broken.state == analysis_pb2.ANALYZER_STATE_FAILED
    assert "lint.sarif is no JSON" in broken.error.message


def test_the_same_request_has_the_same_attachments(calls: Calls, project_dir: Path) -> None:
    """A retry answers with the first analysis; other content under the same id is refused."""
    parent = calls.create(project_dir).name
    files = [sent("a.sarif", b"1"), sent("b.sarif", b"2")]
    first = calls.start(parent, request_id="r", attachments=files)
    assert calls.start(parent, request_id="r", attachments=files).name == first.name
    for other in ([], files[:1], files[::-1], [files[0], sent("b.sarif", b"3")]):
        with refused() as error:
            calls.start(parent, request_id="r", attachments=other)
        assert (error.code, error.reason) == (
            grpc.StatusCode.ALREADY_EXISTS,
            "REQUEST_ID_REUSED",
        )


def test_all_attachments_together_have_a_limit(
    start_server: StartServer, project_dir: Path
) -> None:
    """Exactly the limit is taken; a byte more is refused by a name, far more by gRPC."""
    reader = Reader()
    server = start_server(reader)
    calls = Calls(server.address)
    parent = calls.create(project_dir).name
    half = bytes(MAX_ATTACHMENT_BYTES // 2)
    name = calls.start(parent, attachments=[sent(content=half), sent(content=half)]).name
    calls.watch(name)
    assert [len(each.content) for each in reader.seen[0]] == [len(half), len(half)]
    with refused() as error:
        calls.start(parent, attachments=[sent(content=half), sent(content=half + b"x")])
    assert (error.code, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("attachments",))
    assert "50,331,648" in error.message
    with refused() as error:
        calls.start(parent, attachments=[sent(content=half), sent(content=half + bytes(8 << 20))])
    assert error.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "larger than max" in error.message
    assert stored(server) == 0


@pytest.mark.parametrize("name", ["", "a/b.sarif", "a\n.sarif", "..", "x" * 256])
def test_names_are_checked(calls: Calls, project_dir: Path, name: str) -> None:
    """They are base names."""
    parent = calls.create(project_dir).name
    with refused() as error:
        calls.start(parent, attachments=[sent(), sent(name)])
    assert error.reason == "INVALID_FIELD"
    assert error.fields == ("attachments[1].name",)


def test_kinds_are_checked(calls: Calls, project_dir: Path) -> None:
    """One that is not set, or not known, is refused."""
    parent = calls.create(project_dir).name
    for kind in (0, 77):
        with refused() as error:
            calls.start(parent, attachments=[sent(kind=kind)])
        assert error.fields == ("attachments[0].kind",)


def test_nothing_is_stored_of_a_refused_call(start_server: StartServer, project_dir: Path) -> None:
    """Neither analysis nor attachments."""
    server = start_server()
    calls = Calls(server.address)
    parent = calls.create(project_dir).name
    with refused():
        calls.start(parent, analyzers=["nobody"], attachments=[sent()])
    assert stored(server) == 0


def test_attachments_go_when_a_waiting_analysis_is_cancelled(
    start_server: StartServer, project_dir: Path
) -> None:
    """And not before: the one that runs has its own until it ends."""
    server = start_server(Reader(gate=asyncio.Event()), max_concurrent_analyses=1)
    calls = Calls(server.address)
    parent = calls.create(project_dir).name
    running = calls.start(parent, attachments=[sent()]).name
    waiting = calls.start(parent, attachments=[sent(), sent()]).name
    assert stored(server) == 3
    calls.analyses.CancelAnalysis(pb.CancelAnalysisRequest(name=waiting))
    assert stored(server) == 1
    calls.analyses.CancelAnalysis(pb.CancelAnalysisRequest(name=running))
    calls.watch(running)
    assert stored(server) == 0
