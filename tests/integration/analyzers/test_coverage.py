import asyncio
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.analyses.attachment import Attachment, AttachmentKind
from flext_quality.domain.analyses.events import SkipReason
from flext_quality.domain.errors import (
    AnalyzerDisabledError,
    NothingToAnalyzeError,
    QualityError,
    ReportMissingError,
    ToolFailedError,
    ToolOutputInvalidError,
    ToolTimedOutError,
)
from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.findings.outcome import AnalyzerState, state_after
from flext_quality.domain.sources.measures import FileMeasures
from flext_quality.infrastructure.analyzers.coverage.analyzer import CoverageAnalyzer
from flext_quality.infrastructure.analyzers.tool import ToolOptions
from tests.recording import RecordingReport
from tests.waiting import until
from tests.workspaces import make_workspace, write_files

Files = Mapping[str, str | bytes]

PROJECT: dict[str, str | bytes] = {
    "src/shop/__init__.py": "",
    "src/shop/cart.py": '''"""A cart."""
import functools


def traced(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)

    return inner


class Cart:
    """Holds prices."""

    def __init__(self, prices):
        self.prices = prices

    @traced
    def total(
        self,
        discount,
    ):
        total = sum(
            self.prices,
        )
        if discount:
            total -= discount
        elif total > 1000:
            total -= 10

            # a comment between
            total -= 5
        return total

    def empty(self):
        """Nothing but words."""

    def never(self):
        for price in self.prices:
            print(price)
        else:
            print("none")

    async def later(self): return 1


def loop(items):
    while True:
        if not items:
            break
        items.pop()
    if items:  # pragma: no branch
        print("left")
    for item in (1, 2):
        match item:
            case 1:
                print(item)
            case _:
                print("other")


def hidden():  # pragma: no cover
    return 1
''',
    "src/shop/unused.py": "def f(x):\n    if x:\n        return 1\n    return 2\n",
    "run.py": "import sys\n\nsys.path.insert(0, 'src')\n"
    "from shop.cart import Cart, loop\n\nCart([1, 2]).total(1)\nloop([1])\n",
}
FORMATS = {
    ".coverage": (),
    "coverage.xml": ("xml",),
    "coverage.json": ("json",),
    "lcov.info": ("lcov", "-o", "lcov.info"),
}


def run_coverage(project: Path, *arguments: str) -> str:
    """Runs coverage.py as the project's people would; returns what it prints."""
    return subprocess.run(
        [sys.executable, "-m", "coverage", *arguments],
        cwd=project,
        env={"PATH": os.defpath, "HOME": str(project)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.fixture
def tested(tmp_path: Path) -> Path:
    """A project whose only test ran, with its data."""
    project = tmp_path / "tested"
    write_files(project, PROJECT)
    run_coverage(project, "run", "--branch", "--source=.,src", "run.py")
    return project


def with_report(tested: Path, name: str, place: str = "") -> dict[str, str | bytes]:
    """The project's files and a report, made from its data."""
    if FORMATS[name]:
        run_coverage(tested, *FORMATS[name])
    return {**PROJECT, f"{place}{name}": (tested / name).read_bytes()}


async def analyze(workspace: Workspace, **options: object) -> RecordingReport:
    """What is reported of a working copy whose analysis succeeds."""
    report = RecordingReport()
    analyzer = CoverageAnalyzer(ToolOptions(**options))  # type: ignore[arg-type]  # by name
    (await analyzer.run(workspace, report)).unwrap()
    return report


async def failure(workspace: Workspace, **options: object) -> QualityError | None:
    """How the analysis fails."""
    analyzer = CoverageAnalyzer(ToolOptions(**options))  # type: ignore[arg-type]  # by name
    return (await analyzer.run(workspace, RecordingReport())).error


def sent(workspace: Workspace, *contents: bytes) -> Workspace:
    """The working copy, with reports that a client sent."""
    attachments = [Attachment(AttachmentKind.COVERAGE, "sent.dat", c) for c in contents]
    return replace(workspace, attachments=tuple(attachments))


def by_path(report: RecordingReport) -> dict[str, FileMeasures]:
    """The measures of each file."""
    return {measures.path: measures for measures in report.measured}


def sums(report: RecordingReport) -> dict[str, float]:
    """The measures of all files, added up."""
    keys = {key for measures in report.measured for key in measures.values}
    return {key: sum(m.values.get(key, 0) for m in report.measured) for key in sorted(keys)}


async def test_all_formats_say_the_same(tmp_path: Path, tested: Path) -> None:
    """Lines, branches, functions and findings do not depend on the format of the report."""
    reports = [
        await analyze(make_workspace(tmp_path / name.strip("."), with_report(tested, name)))
        for name in FORMATS
    ]

    assert len(PROJECT) == len(reports[0].measured)
    for report in reports[1:]:
        assert reports[0].measured == report.measured
        assert reports[0].all_findings == report.all_findings
        assert ({}, []) == (report.skipped_paths, report.ignored_options)
    assert {version("coverage")} == {report.starts[0][0] for report in reports}
    assert {len(PROJECT)} == {report.starts[0][1] for report in reports}


async def test_the_figures_are_those_of_coverage_report(tmp_path: Path, tested: Path) -> None:
    """Statements, branches and what of them is missing."""
    total = run_coverage(tested, "report").splitlines()[-1]
    statements, missing, branches, partial = map(int, re.findall(r"\d+", total)[:4])
    totals = json.loads(with_report(tested, "coverage.json")["coverage.json"])["totals"]

    lcov = with_report(tested, "lcov.info")["lcov.info"].decode()  # type: ignore[union-attr]  # bytes

    report = await analyze(make_workspace(tmp_path / "1", with_report(tested, ".coverage")))

    assert {
        "branches_to_cover": branches,
        "covered_branches": totals["covered_branches"],
        "covered_functions": sum(map(int, re.findall("FNH:(.*)", lcov))),
        "covered_lines": statements - missing,
        "functions_to_cover": sum(map(int, re.findall("FNF:(.*)", lcov))),
        "lines_to_cover": statements,
    } == sums(report)
    told = [f for f in report.all_findings if f.rule == "uncovered-branch"]
    assert partial == sum(int(finding.message.split()[0]) for finding in told)
    cart = by_path(report)["src/shop/cart.py"]
    assert cart.covered | cart.uncovered
    assert cart.values["lines_to_cover"] == len(cart.covered) + len(cart.uncovered)
    assert cart.values["covered_lines"] == len(cart.covered)


async def test_missing_lines_are_told_by_range(tmp_path: Path, tested: Path) -> None:
    """Blank and comment lines do not part a range; a covered line does."""
    report = await analyze(make_workspace(tmp_path / "1", with_report(tested, "coverage.xml")))

    source = str(PROJECT["src/shop/cart.py"]).splitlines()
    found = {
        (source[f.line - 1].strip(), source[f.end_line - 1].strip(), f.rule): f
        for f in report.all_findings
        if f.path == "src/shop/cart.py"
    }
    gap = found["elif total > 1000:", "total -= 5", "uncovered-lines"]
    assert "3 lines are not run by any test" == gap.message
    assert (Severity.LOW, Category.COVERAGE) == (gap.severity, gap.category)
    branch = found["if discount:", "if discount:", "uncovered-branch"]
    assert "1 of 2 branches is not taken by any test" == branch.message
    assert ("for price in self.prices:", 'print("none")', "uncovered-lines") in found
    assert report.all_findings == sorted(
        report.all_findings, key=lambda finding: (finding.path, finding.line)
    )


async def test_lines_without_branches_are_enough(tmp_path: Path) -> None:
    """What was not measured is absent, and a file that no report mentions is not measured."""
    project = tmp_path / "tested"
    write_files(project, PROJECT)
    run_coverage(project, "run", "--source=src", "run.py")

    for name in FORMATS:
        report = await analyze(
            make_workspace(tmp_path / name.strip("."), with_report(project, name))
        )
        assert [
            "covered_functions",
            "covered_lines",
            "functions_to_cover",
            "lines_to_cover",
        ] == list(sums(report))
        assert "run.py" not in by_path(report)
        assert {"uncovered-lines"} == set(report.by_rule)


async def test_the_projects_exclusions_are_in_effect_for_data(tmp_path: Path) -> None:
    """A data file gives the figures that coverage.py itself would report; plugins are not loaded."""
    project = tmp_path / "tested"
    configuration = (
        "[tool.coverage.report]\nexclude_also = ['elif total']\nomit = ['*/unused.py']\n"
        "partial_also = ['if discount']\n"
        "[tool.coverage.run]\nbranch = true\nsource = ['.', 'src']\n"
    )
    write_files(project, {**PROJECT, "pyproject.toml": configuration})
    run_coverage(project, "run", "run.py")
    totals = json.loads(with_report(project, "coverage.json")["coverage.json"])["totals"]
    files: dict[str, str | bytes] = with_report(project, ".coverage")
    files["pyproject.toml"] = configuration + "plugins = ['evil']\n"
    files["evil.py"] = "raise SystemExit('run')\n"

    report = await analyze(make_workspace(tmp_path / "1", files))

    assert totals["num_statements"] == sums(report)["lines_to_cover"]
    assert totals["covered_lines"] == sums(report)["covered_lines"]
    assert totals["num_branches"] == sums(report)["branches_to_cover"]
    assert totals["covered_branches"] == sums(report)["covered_branches"]
    assert {"src/shop/unused.py": SkipReason.EXCLUDED} == report.skipped_paths
    assert [("pyproject.toml", "plugins")] == report.ignored_options


async def test_broken_configuration_is_told(tmp_path: Path, tested: Path) -> None:
    """The data are read with coverage.py's defaults."""
    files = {**with_report(tested, ".coverage"), ".coveragerc": "[report]\nexclude_also = (\n"}

    report = await analyze(make_workspace(tmp_path / "1", files))

    assert [(".coveragerc", "coverage")] == report.ignored_options
    assert len(PROJECT) == len(report.measured)


async def test_what_the_client_sends_comes_first(tmp_path: Path, tested: Path) -> None:
    """Reports in the project are then not read, and several that were sent are merged."""
    empty = "TN:\nSF:run.py\nDA:1,0\nDA:3,0\nBRDA:3,0,a,0\nBRDA:3,0,b,1\nend_of_record\n"
    more = "SF:run.py\nDA:1,0\nDA:3,2\nBRDA:3,0,a,1\nBRDA:3,0,b,-\nend_of_record\n"
    files = with_report(tested, "coverage.xml")

    alone = await analyze(sent(make_workspace(tmp_path / "1", files), empty.encode()))
    both = await analyze(sent(make_workspace(tmp_path / "2", files), empty.encode(), more.encode()))

    assert ["run.py"] == list(by_path(alone))
    assert ([], [1, 3]) == (sorted(alone.measured[0].covered), sorted(alone.measured[0].uncovered))
    assert (2, 1) == (sums(alone)["branches_to_cover"], sums(alone)["covered_branches"])
    assert ([3], [1]) == (sorted(both.measured[0].covered), sorted(both.measured[0].uncovered))
    assert (2, 2) == (sums(both)["branches_to_cover"], sums(both)["covered_branches"])
    other = Attachment(AttachmentKind.SARIF, "x", b"")
    workspace = replace(make_workspace(tmp_path / "3", files), attachments=(other,))
    assert len(PROJECT) == len((await analyze(workspace)).measured)


async def test_data_count_where_they_are_newer_than_reports(tmp_path: Path, tested: Path) -> None:
    """A report that was made of older data is not read; of the same run, the report is."""
    files = with_report(tested, ".coverage") | {
        "coverage/lcov.info": "SF:run.py\nDA:1,0\nend_of_record\n"
    }
    for moment, count in ((1, 1), (2, 1), (3, len(PROJECT))):
        workspace = make_workspace(tmp_path / str(moment), files)
        os.utime(workspace.root / ".coverage", (moment, moment))
        os.utime(workspace.root / "coverage/lcov.info", (2, 2))
        assert count == len((await analyze(workspace)).measured)


async def test_reports_are_found_in_the_usual_places_only(tmp_path: Path, tested: Path) -> None:
    """Anywhere else they may be data of the project's own tests."""
    found = with_report(tested, "coverage.json", "test-reports/")
    elsewhere = with_report(tested, "coverage.json", "tests/data/")

    report = await analyze(make_workspace(tmp_path / "1", found))
    error = await failure(make_workspace(tmp_path / "2", elsewhere))

    assert len(PROJECT) == len(report.measured)
    assert isinstance(error, ReportMissingError)
    assert AnalyzerState.SKIPPED is state_after(error)


async def test_reports_of_another_machine_and_version(tmp_path: Path) -> None:
    """Files are found by the ends of their paths; what is not there, or no more, is told."""
    lcov = (
        "SF:/home/runner/work/x/x/src/shop/unused.py\nDA:1,1\nDA:99,1\nDA:100,0\nend_of_record\n"
        "SF:/home/runner/work/x/x/src/shop/gone\n.py\nDA:1,1\nend_of_record\n"
        "SF:/usr/lib/python3/site-packages/shop/cart.py\nDA:1,1\nend_of_record\n"
        "SF:C:\\ci\\src\\shop\\cart.py\nDA:1,1\nend_of_record\n"
    )
    report = await analyze(make_workspace(tmp_path, {**PROJECT, "lcov.info": lcov}))

    assert {"src/shop/cart.py", "src/shop/unused.py"} == set(by_path(report))
    assert {
        "/home/runner/work/x/x/src/shop/gone": SkipReason.EXCLUDED,
        "/usr/lib/python3/site-packages/shop/cart.py": SkipReason.EXCLUDED,
    } == report.skipped_paths
    assert [("lcov.info", "src/shop/unused.py")] == report.ignored_options
    assert "2 lines beyond the end" in report.ignored[0].message
    assert {1} == by_path(report)["src/shop/unused.py"].covered


async def test_a_file_that_cannot_be_parsed_is_told(tmp_path: Path, tested: Path) -> None:
    """Data say nothing of it; a report does, but for its functions."""
    broken = {"run.py": "def (:\n\n\n\n\n\n\n"}

    data = await analyze(make_workspace(tmp_path / "1", with_report(tested, ".coverage") | broken))
    xml = await analyze(
        make_workspace(tmp_path / "2", with_report(tested, "coverage.xml") | broken)
    )

    assert {"run.py": SkipReason.SYNTAX} == data.skipped_paths
    assert "run.py" not in by_path(data)
    assert 5 == by_path(xml)["run.py"].values["covered_lines"]
    assert "functions_to_cover" not in by_path(xml)["run.py"].values


BOMB = b"""<!DOCTYPE c [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<coverage><sources><source>&b;</source></sources></coverage>"""


def damaged(data: bytes) -> bytes:
    """A database whose pages after the first are rubbish."""
    return data[:4096] + b"\xff" * (len(data) - 4096)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is none of"),
        (b"!coverage.py: This is a private format", "it is none of"),
        (b"<coverage", "it is not XML"),
        (b"<html></html>", "not of Cobertura"),
        (BOMB, "which are refused"),
        (b'<!DOCTYPE c SYSTEM "file:///etc/passwd"><coverage/>', "which are refused"),
        (b"<coverage><class/></coverage>", "a class has no file name"),
        (
            b'<coverage><class filename="a.py"><lines><line number="x"/></lines></class></coverage>',
            "a line has no number or no hits",
        ),
        (b"{}", "not a JSON report"),
        (b"[" * 100_000, "it is none of"),
        (b'{"meta": {}, "files": {"a.py": ' + b"[" * 100_000, "not a JSON report"),
        (b"SF:a.py\nDA:one\nend_of_record\n", "line 2 is not of an LCOV tracefile"),
        (b"SF:a.py\nFNA:7,1,f\nend_of_record\n", "line 2 is not of an LCOV tracefile"),
        (b"SF:a.py\nDA:1,1\n", "it ends in the middle of a file"),
        (b"SQLite format 3\0", "it cannot be read"),
        (damaged(b"SQLite format 3\0" + bytes(20_000)), "it cannot be read"),
    ],
)
async def test_a_broken_report_fails_and_is_named(
    tmp_path: Path, content: bytes, words: str
) -> None:
    """With what is wrong with it, and no path of the server."""
    workspace = sent(make_workspace(tmp_path, {"a.py": "x = 1\n"}), content)

    error = await failure(workspace)

    assert isinstance(error, ToolOutputInvalidError)
    assert "sent.dat: " in error.message
    assert words in error.message
    assert str(tmp_path) not in error.message


async def test_damaged_data_fail(tmp_path: Path, tested: Path) -> None:
    """Data of another schema or with rubbish in them are no figures."""
    for number, statement in enumerate(
        (
            "update coverage_schema set version = 1",
            "drop table coverage_schema",
            "update file set path = cast(x'ff' as text) where id = 1",
            "insert into arc values (1, 1, 'x', 'y')",
        )
    ):
        shutil.copy(tested / ".coverage", tmp_path / "data")
        with sqlite3.connect(tmp_path / "data") as connection:
            connection.execute(statement)
        connection.close()
        content = (tmp_path / "data").read_bytes()
        error = await failure(sent(make_workspace(tmp_path / str(number), PROJECT), content))
        assert isinstance(error, ToolOutputInvalidError), statement
        assert str(tmp_path) not in error.message


async def test_hostile_data_end_at_a_limit(tmp_path: Path) -> None:
    """A bitmap that stands for a billion lines needs more memory than there is; the server lives."""
    project = tmp_path / "tested"
    write_files(project, {"run.py": "x = 1\n"})
    run_coverage(project, "run", "run.py")
    with sqlite3.connect(project / ".coverage") as connection:
        connection.execute("update line_bits set numbits = ?", (b"\xff" * 30_000_000,))
    connection.close()
    files: dict[str, str | bytes] = {"run.py": "x = 1\n"}
    files[".coverage"] = (project / ".coverage").read_bytes()

    error = await failure(make_workspace(tmp_path / "1", files), memory_limit_bytes=400 << 20)

    assert isinstance(error, ToolFailedError)
    assert "more than its 400 MiB of memory" in error.message


async def test_nothing_of_it_in_the_project_is_an_outcome_of_its_own(tmp_path: Path) -> None:
    """Not 0 %: nothing is measured."""
    lcov = b"SF:/elsewhere/b.py\nDA:1,1\nend_of_record\n"

    error = await failure(sent(make_workspace(tmp_path, {"a.py": ""}), lcov))

    assert isinstance(error, NothingToAnalyzeError)


async def test_a_switched_off_analyzer_does_nothing(tmp_path: Path) -> None:
    """The operator decides which tools run."""
    assert isinstance(
        await failure(make_workspace(tmp_path, PROJECT), enabled=False), AnalyzerDisabledError
    )


async def test_a_time_limit_ends_it(tmp_path: Path, tested: Path) -> None:
    """The error tells the limit."""
    workspace = make_workspace(tmp_path / "1", with_report(tested, "coverage.json"))

    assert isinstance(await failure(workspace, timeout_seconds=0.01), ToolTimedOutError)


async def test_cancelling_ends_it(tmp_path: Path, tested: Path) -> None:
    """The task ends as cancelled, and the working copy can be removed at once."""
    workspace = make_workspace(tmp_path / "1", with_report(tested, ".coverage"))
    report = RecordingReport()
    running = asyncio.create_task(CoverageAnalyzer(ToolOptions()).run(workspace, report))
    await until(lambda: bool(report.starts))

    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    shutil.rmtree(workspace.root)


async def test_many_files_come_in_batches(tmp_path: Path) -> None:
    """Two thousand files: counts are exact, and nothing waits for the end."""
    files: dict[str, str | bytes] = {f"p{i % 20}/m{i}.py": "x = 1\ny = 2\n" for i in range(2000)}
    files["lcov.info"] = "".join(f"SF:{path}\nDA:1,1\nDA:2,0\nend_of_record\n" for path in files)

    report = await analyze(make_workspace(tmp_path, files))

    assert {"uncovered-lines": 2000} == report.by_rule
    assert len(report.batches) > 1
    assert 2000 == len(report.measured)
    assert (2000, 2000) == report.progress[-1]


async def test_the_version_is_coverages() -> None:
    """Of the package beside the server."""
    assert version("coverage") == (await CoverageAnalyzer(ToolOptions()).version()).unwrap()
