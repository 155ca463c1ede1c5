"""SARIF logs of real tools: two that run here, and stored ones of four others."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from ruff import find_ruff_bin  # type: ignore[import-untyped]  # ships no types

from flext_quality.domain.findings.finding import Category, Confidence, Finding, Severity
from flext_quality.infrastructure.analyzers.ruff.analyzer import RuffAnalyzer
from flext_quality.infrastructure.analyzers.tool import ToolOptions
from tests.integration.analyzers.sarif_project import FILES, ODD, PYTHON
from tests.recording import RecordingReport
from tests.unit.analyzers.sarif_logs import imported
from tests.workspaces import make_workspace, write_files

LOGS = Path(__file__).parent / "sarif_logs"
THERE = "/work/project"
"""Where the project lay when the stored logs were written."""
CI = ".github/workflows/ci.yml"
RULES = '[tool.ruff.lint]\nselect = ["E", "F", "B", "S", "I", "UP", "D1"]\n'


async def output_of(command: list[str], directory: Path) -> bytes:
    """What a tool that succeeds prints."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors
    return output


def places(findings: list[Finding], prefix: str = "") -> list[tuple[object, ...]]:
    """Rule, file and place of each finding, sorted."""
    return sorted(
        (f.rule.removeprefix(prefix), f.path, f.line, f.column, f.end_line, f.end_column, f.message)
        for f in findings
    )


async def test_an_imported_log_of_ruff_says_what_the_ruff_analyzer_says(tmp_path: Path) -> None:
    """The same rules in the same places with the same fixes, names with spaces and emoji included."""
    project = {**PYTHON, "pyproject.toml": RULES, "cr.py": "import os\r\nx = '🐍'; import sys\r\n"}
    elsewhere = tmp_path / "elsewhere"
    write_files(elsewhere, project)
    command = [find_ruff_bin(), "check", "--no-cache", "--exit-zero", "--output-format", "sarif"]
    log = await output_of(command, elsewhere)
    report, error = await imported(tmp_path / "sarif", log, source=project)
    own = RecordingReport()
    workspace = make_workspace(tmp_path / "own", project)
    (await RuffAnalyzer(ToolOptions()).run(workspace, own)).unwrap()
    assert error is None
    assert len(own.all_findings) > 30
    assert places(own.all_findings) == places(report.all_findings, "ruff:")
    edits = Counter(f.fix.edits for f in own.all_findings if f.fix)
    assert edits == Counter(f.fix.edits for f in report.all_findings if f.fix)
    assert {f.documentation_url for f in own.all_findings} == {
        f.documentation_url for f in report.all_findings
    }
    assert report.starts[0][0] == f"ruff {own.starts[0][0]}"
    assert report.skips == []


async def test_a_log_of_jscpd_names_all_places_of_a_clone(tmp_path: Path) -> None:
    """The other copies are related locations."""
    elsewhere = tmp_path / "elsewhere"
    write_files(elsewhere, PYTHON)
    program = str(Path(sys.executable).with_name("jscpd"))
    command = [program, "--reporters", "sarif", "--output", "out", "--min-tokens", "20", "."]
    await output_of(command, elsewhere)
    log = (elsewhere / "out" / "jscpd-report.sarif").read_bytes()
    report, error = await imported(tmp_path / "sarif", log, source=PYTHON)
    assert error is None
    (clone,) = report.all_findings
    copies = {(clone.path, clone.line), *((r.path, r.line) for r in clone.related)}
    assert copies == {("src/shop/app.py", 1), ("src/shop/copy.py", 1)}
    assert clone.rule == "jscpd:jscpd/duplicate-code"
    assert clone.severity is Severity.MEDIUM
    assert "](" not in clone.message


def stored(tool: str) -> bytes:
    """The log of a tool that ran on the project."""
    return (LOGS / f"{tool}.sarif").read_bytes()


async def test_a_log_of_bandit(tmp_path: Path) -> None:
    """Its levels are those that Bandit's own severities map to, where it leaves the level out too."""
    report, error = await imported(tmp_path, stored("bandit"), source=PYTHON)
    assert error is None
    assert report.starts[0][:2] == ("bandit 1.9.4", 3)
    assert report.by_rule == {
        "bandit:B324": 1,
        "bandit:B105": 1,
        **dict.fromkeys(
            [f"bandit:B{n}" for n in (404, 403, 101, 602, 307, 301)],
            2,
        ),
    }
    by_rule = {f.rule: f for f in report.all_findings}
    assert by_rule["bandit:B324"].path == ODD
    assert by_rule["bandit:B324"].severity is Severity.HIGH
    assert by_rule["bandit:B307"].severity is Severity.MEDIUM
    assert by_rule["bandit:B101"].severity is Severity.LOW
    assert by_rule["bandit:B105"].confidence is Confidence.MEDIUM
    assert {f.category for f in report.all_findings} == {Category.SECURITY}
    assert (by_rule["bandit:B602"].line, by_rule["bandit:B602"].column) == (9, 5)


async def test_a_log_of_zizmor(tmp_path: Path) -> None:
    """Findings in files that no working copy holds are kept."""
    report, error = await imported(tmp_path, stored("zizmor"), source=PYTHON)
    assert error is None
    assert report.starts[0][0] == "zizmor 1.32.0"
    assert {f.path for f in report.all_findings} == {CI}
    assert len(report.all_findings) == 5
    injection = next(f for f in report.all_findings if f.rule.endswith("template-injection"))
    line = FILES[CI].splitlines()[injection.line - 1]
    text = line[injection.column - 1 : injection.end_column - 1]
    assert text == "github.event.pull_request.title"
    assert injection.documentation_url.startswith("https://docs.zizmor.sh/")


async def test_a_log_of_eslint(tmp_path: Path) -> None:
    """Its absolute URIs are known again by the project's own path."""
    report, error = await imported(tmp_path, stored("eslint"), source=PYTHON, local_path=THERE)
    assert error is None
    assert {f.path for f in report.all_findings} == {"web/index.js"}
    assert report.by_rule["eslint:no-var"] == 2
    levels = {f.rule: f.severity for f in report.all_findings}
    assert levels["eslint:no-eval"] is Severity.HIGH
    assert levels["eslint:no-unused-vars"] is Severity.MEDIUM


async def test_a_log_that_names_no_known_file_is_told_as_such(tmp_path: Path) -> None:
    """Absolute URIs below a directory that nothing connects with the project."""
    report, error = await imported(tmp_path, stored("eslint"), source=PYTHON)
    assert error is None
    assert report.all_findings == []
    assert set(report.skipped_paths) == {"file:///work/project/web/index.js"}


async def test_a_log_of_gosec(tmp_path: Path) -> None:
    """With rules that point to CWE and a version that is a word."""
    source = {"x.py": ""}
    report, error = await imported(tmp_path, stored("gosec"), source=source)
    assert error is None
    assert report.starts[0][0] == "gosec dev"
    found = {(f.rule, f.path, f.line, f.severity) for f in report.all_findings}
    assert found == {
        ("gosec:G401", "main.go", 10, Severity.HIGH),
        ("gosec:G501", "main.go", 4, Severity.HIGH),
        ("gosec:G104", "main.go", 12, Severity.MEDIUM),
    }
    assert {f.category for f in report.all_findings} == {Category.SECURITY}


async def test_several_logs_are_imported_together(tmp_path: Path) -> None:
    """Each tool's rules stay apart, and the version names every tool."""
    logs = [stored("zizmor"), stored("bandit")]
    report, error = await imported(tmp_path, *logs, source=PYTHON)
    assert error is None
    assert report.starts[0][:2] == ("bandit 1.9.4, zizmor 1.32.0", 4)
    assert Counter(f.rule.partition(":")[0] for f in report.all_findings) == {
        "bandit": 14,
        "zizmor": 5,
    }


@pytest.mark.parametrize("tool", ["bandit", "zizmor", "eslint", "gosec"])
def test_stored_logs_hold_no_paths_of_a_machine(tool: str) -> None:
    """But for the neutral one that they were written in."""
    text = stored(tool).decode()
    assert not any(f"{part}/" in text.replace(THERE, "") for part in ("/root", "/home", "/work"))
