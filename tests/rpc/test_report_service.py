from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from flext.quality.v1 import report_pb2
from flext.quality.v1 import report_service_pb2 as pb
from flext_quality.domain.findings.finding import Category, Finding, Severity
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer
from tests.rpc.calls import Calls, refused
from tests.waiting import PATIENCE_SECONDS

EXECUTIVE, TECHNICAL, TREND, COMPARISON = report_pb2.ReportKind.values()[1:]
HTML, MARKDOWN, JSON, SARIF, PDF = report_pb2.ReportFormat.values()[1:]
NAME = re.compile(r"[A-Za-z0-9._-]+")


def finding(number: int, **values: Any) -> Finding:
    """A finding in a line of its own."""
    common: dict[str, Any] = {
        "analyzer": "ruff",
        "rule": f"R{number % 3}",
        "severity": Severity(number % 5 + 1),
        "message": f"message {number}",
        "path": f"pkg/file_{number % 4}.py",
        "line": number + 1,
        "category": Category(number % 7 + 1),
    }
    return Finding(**{**common, **values})


@dataclass
class Told:
    """A report as it came."""

    info: pb.ReportInfo
    data: bytes
    sizes: list[int]

    @property
    def value(self) -> Any:
        """The content of a JSON report."""
        return json.loads(self.data)


def report(calls: Calls, parent: str, kind: Any, form: Any, **fields: Any) -> Told:
    request = pb.GenerateReportRequest(parent=parent, kind=kind, format=form, **fields)
    pieces = list(calls.reports.GenerateReport(request, timeout=PATIENCE_SECONDS))
    assert [piece.HasField("info") for piece in pieces] == [True] + [False] * (len(pieces) - 1)
    sizes = [len(piece.chunk) for piece in pieces]
    return Told(pieces[0].info, b"".join(piece.chunk for piece in pieces), sizes)


@dataclass
class Shop:
    """A project with two analyses: 20 issues; then 3 of them gone, 2 moved, 4 new ones."""

    calls: Calls
    project: str
    first: str
    second: str


@pytest.fixture
def shop(start_server: StartServer, project_dir: Path) -> Shop:
    """The project, with a name that is data."""
    package = project_dir / "pkg"
    package.mkdir()
    for number in range(4):
        lines = [f"x{number}_{line} = {line}" for line in range(60)]
        (package / f"file_{number}.py").write_text("\n".join(lines) + "\n")
    analyzer = FakeAnalyzer("ruff", [[finding(n) for n in range(20)]])
    calls = Calls(start_server(analyzer).address)
    project = calls.create(project_dir, display_name="<script>Shop</script>").name
    first = calls.watch(calls.start(project).name)[-1].analysis_finished.analysis
    moved = package / "file_0.py"
    moved.write_text("new = 0\n" + moved.read_text())
    kept = [finding(n, line=n + 2 if n % 4 == 0 else n + 1) for n in range(3, 20)]
    analyzer.findings = [[*kept, *(finding(n) for n in range(30, 34))]]
    second = calls.watch(calls.start(project).name)[-1].analysis_finished.analysis
    return Shop(calls, project, first.name, second.name)


@pytest.mark.parametrize("kind", [EXECUTIVE, TECHNICAL, TREND, COMPARISON])
@pytest.mark.parametrize(
    ("form", "media_type", "extension", "begins"),
    [
        (HTML, "text/html; charset=utf-8", "html", b"<!DOCTYPE html>"),
        (MARKDOWN, "text/markdown; charset=utf-8", "md", b"# "),
        (JSON, "application/json", "json", b"{"),
        (PDF, "application/pdf", "pdf", b"%PDF-"),
    ],
)
def test_every_kind_has_every_format(
    shop: Shop, kind: Any, form: Any, media_type: str, extension: str, begins: bytes
) -> None:
    """With a media type and a safe file name; and the same bytes when it is asked for again."""
    told = report(shop.calls, shop.project, kind, form)
    assert told.info.media_type == media_type
    assert NAME.fullmatch(told.info.file_name)
    assert told.info.file_name.endswith("." + extension)
    assert told.data.startswith(begins)
    assert b"<script>Shop" not in told.data or form == JSON
    assert report(shop.calls, shop.project, kind, form).data == told.data


def test_a_technical_report_has_every_issue_of_the_analysis(shop: Shop) -> None:
    """Of the latest, or of the one that is named, as that one saw them."""
    latest = report(shop.calls, shop.project, TECHNICAL, JSON).value
    assert latest["analysis"]["name"] == shop.second
    assert latest["baseAnalysis"]["name"] == shop.first
    assert len(latest["issues"]) == 21
    paths = [one["path"] for one in latest["issues"]]
    assert paths == sorted(paths)
    differences = [one["difference"] for one in latest["issues"]]
    assert differences.count("NEW") == 4
    assert differences.count("MOVED") == 4
    assert len(latest["absentIssues"]) == 3
    assert {one["path"] for one in latest["files"]} >= {f"pkg/file_{n}.py" for n in range(4)}
    first = report(shop.calls, shop.project, TECHNICAL, JSON, analysis=shop.first).value
    assert len(first["issues"]) == 20
    assert first["baseAnalysis"] is None
    assert {one["difference"] for one in first["issues"]} == {None}
    assert first["absentIssues"] == []
    lines = {one["message"]: one["line"] for one in first["issues"]}
    assert lines["message 4"] == 5


def test_sarif_has_the_issues_with_their_baseline_states(shop: Shop) -> None:
    """As the comparison with the analysis before has them."""
    told = report(shop.calls, shop.project, TECHNICAL, SARIF)
    assert told.info.media_type == "application/sarif+json"
    states = [one["baselineState"] for run in told.value["runs"] for one in run["results"]]
    assert {state: states.count(state) for state in states} == {
        "new": 4,
        "updated": 4,
        "unchanged": 13,
        "absent": 3,
    }


def test_an_executive_report_has_what_matters_most(shop: Shop) -> None:
    """The ten most severe, the headline measures, and the score so far."""
    told = report(shop.calls, shop.project, EXECUTIVE, JSON).value
    severities = [one["severity"] for one in told["topIssues"]]
    assert len(severities) == 10
    order = [severity.name for severity in Severity]
    assert severities == sorted(severities, key=order.index)
    assert told["summary"]["seen"] == 21
    measures = {one["metric"]: (one["value"], one["base"]) for one in told["measures"]}
    assert measures["issues"] == (21, 20)
    assert measures["coverage"] == (None, None)
    assert len(told["history"]["points"]) == 1


def test_a_comparison_is_between_any_two(shop: Shop) -> None:
    """By default with the one before; the other way round, what was new is fixed."""
    counts = {"NEW": 4, "FIXED": 3, "PERSISTING": 13, "MOVED": 4}
    told = report(shop.calls, shop.project, COMPARISON, JSON).value
    assert told["counts"] == counts
    kinds = [one["difference"] for one in told["issues"]]
    assert kinds == ["NEW"] * 4 + ["FIXED"] * 3 + ["MOVED"] * 4
    back = report(
        shop.calls,
        shop.project,
        COMPARISON,
        JSON,
        analysis=shop.first,
        base_analysis=shop.second,
    ).value
    assert back["counts"] == {**counts, "NEW": 3, "FIXED": 4}


def test_a_trend_reaches_back_to_a_time(shop: Shop) -> None:
    """To the time given, or 90 days before the main line's latest analysis."""
    told = report(shop.calls, shop.project, TREND, JSON).value
    start, end = (datetime.fromisoformat(told[key]) for key in ("startTime", "endTime"))
    assert end - start == timedelta(days=90)
    metrics = {one["metric"]: one for one in told["metrics"]}
    assert metrics["issues"]["last"] == 21
    assert "coverage" not in metrics
    later = Timestamp()
    later.FromDatetime(end + timedelta(seconds=1))
    assert report(shop.calls, shop.project, TREND, JSON, start_time=later).value["metrics"] == []
    assert start.tzinfo == UTC


def test_a_long_report_comes_in_pieces(start_server: StartServer, project_dir: Path) -> None:
    """Of at most 256 KiB; together they are the file."""
    many = [finding(n, path="app.py", message=f"{n} " + "x" * 200) for n in range(5_000)]
    calls = Calls(start_server(FakeAnalyzer("ruff", [many])).address)
    analysis = calls.analyze(project_dir)
    project = analysis.name.partition("/analyses")[0]
    for form in (HTML, JSON, MARKDOWN, SARIF):
        told = report(calls, project, TECHNICAL, form)
        assert len(told.sizes) > 3
        assert set(told.sizes[:-1]) == {256 * 1024}
        assert told.data.count(b"x" * 200) == 5_000


@pytest.mark.parametrize("kind", [EXECUTIVE, TREND, COMPARISON])
def test_a_format_that_the_kind_does_not_have_is_refused(calls: Calls, kind: Any) -> None:
    """With the formats that it has."""
    with refused() as error:
        report(calls, "projects/shop", kind, SARIF)
    assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert error.fields == ("format",)
    assert "HTML, MARKDOWN, JSON, PDF" in error.message


def test_a_comparison_needs_a_base(start_server: StartServer, project_dir: Path) -> None:
    """The first analysis has none before it."""
    calls = Calls(start_server(FakeAnalyzer("fake")).address)
    analysis = calls.analyze(project_dir)
    project = analysis.name.partition("/analyses")[0]
    with refused() as error:
        report(calls, project, COMPARISON, HTML)
    assert error.fields == ("base_analysis",)
    same = report(calls, project, COMPARISON, JSON, base_analysis=analysis.name).value
    assert set(same["counts"].values()) == {0}


def test_what_is_not_there_is_not_found(start_server: StartServer, project_dir: Path) -> None:
    """No project, no analysis, none that has SUCCEEDED, one that still runs, one of another project."""
    slow = FakeAnalyzer("slow", gate=asyncio.Event())
    calls = Calls(start_server(slow).address)
    project, other = calls.create(project_dir).name, calls.create(project_dir).name
    for parent, fields, reason in (
        ("projects/nobody", {}, "PROJECT_NOT_FOUND"),
        (project, {}, "NO_FINISHED_ANALYSIS"),
        (project, {"analysis": f"{project}/analyses/{'0' * 26}"}, "ANALYSIS_NOT_FOUND"),
    ):
        for kind in (EXECUTIVE, TECHNICAL, TREND, COMPARISON):
            if kind == TREND and fields:
                continue
            with refused() as error:
                report(calls, parent, kind, JSON, **fields)
            assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, reason)
    running = calls.start(project).name
    for kind in (EXECUTIVE, TECHNICAL, COMPARISON):
        with refused() as error:
            report(calls, project, kind, JSON, analysis=running)
        assert (error.code, error.reason) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "ANALYSIS_NOT_FINISHED",
        )
    with refused() as error:
        report(calls, other, TECHNICAL, JSON, analysis=running)
    assert error.fields == ("analysis",)


def test_requests_are_checked(calls: Calls) -> None:
    """A kind, a format, names and a time that are none."""
    for fields in (
        {"kind": 0},
        {"format": 0},
        {"parent": "shop"},
        {"analysis": "x"},
        {"start_time": Timestamp(seconds=10**12)},
    ):
        request = {"parent": "projects/shop", "kind": TREND, "format": JSON, **fields}
        with refused() as error:
            list(calls.reports.GenerateReport(pb.GenerateReportRequest(**request)))  # type: ignore[arg-type]
        assert (error.code, error.fields) == (
            grpc.StatusCode.INVALID_ARGUMENT,
            tuple(fields),
        )
