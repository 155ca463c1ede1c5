"""What comes out for real projects, and for input that is anything but: real server, real tools."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.e2e.commands import Commands

_REQUIREMENTS = Path(__file__).with_name("real_projects.txt")
_BIN = Path(sys.executable).parent


@pytest.fixture(scope="session")
def real_projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the sources of flask and requests, from their wheels."""
    directory = tmp_path_factory.mktemp("real")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--require-hashes",
            "-r",
            _REQUIREMENTS,
            "-d",
            directory,
        ],
        check=True,
    )
    for wheel in list(directory.glob("*.whl")):
        ZipFile(wheel).extractall(directory / wheel.name.partition("-")[0])
        wheel.unlink()
    return directory


def analyze(commands: Commands, path: Path, exit_code: int = 0) -> dict[str, Any]:
    """The JSON result of an analysis by all analyzers."""
    result = commands.run("analyze", path, "--format", "json")
    assert (result.returncode, result.stderr) == (exit_code, "")
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def outcomes(answer: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """State and number of findings by analyzer."""
    return {
        o["analyzer"]: (o["state"].removeprefix("ANALYZER_STATE_"), o["findingCount"])
        for o in answer["analysis"]["outcomes"]
    }


def by_rule(answer: dict[str, Any], analyzer: str) -> Counter[str]:
    """How often each rule of an analyzer was found."""
    return Counter(i["rule"] for i in answer["issues"] if i["analyzer"] == analyzer)


def printed_by(directory: Path, *command: str) -> str:
    """What a bare tool prints about a directory."""
    return subprocess.run(
        [_BIN / command[0], *command[1:]],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


@pytest.mark.parametrize("name", ["flask", "requests"])
def test_findings_are_those_of_the_bare_tools(
    commands: Commands, real_projects: Path, tmp_path: Path, name: str
) -> None:
    """By rule, exactly, for each analyzer."""
    project = real_projects / name
    answer = analyze(commands, project)
    ruff = json.loads(printed_by(project, "ruff", "check", "--no-cache", "--output-format", "json"))
    mypy = printed_by(project, "mypy", "--output", "json", "--cache-dir", str(tmp_path / "m"), ".")
    bandit = json.loads(printed_by(project, "bandit", "-q", "-r", "-f", "json", "."))
    vulture = re.findall(r":\d+: (?:unused (\w+))?", printed_by(project, "vulture", "."))
    expected = {
        "ruff": Counter(found["code"] for found in ruff),
        "mypy": Counter(json.loads(line)["code"] for line in mypy.splitlines()),
        "bandit": Counter(found["test_id"] for found in bandit["results"]),
        "deadcode": Counter(f"unused-{what}" if what else "unreachable-code" for what in vulture),
    }
    for analyzer, rules in expected.items():
        assert rules
        assert by_rule(answer, analyzer) == rules
        assert outcomes(answer)[analyzer] == ("SUCCEEDED", rules.total())


def test_an_empty_folder_is_no_failure(commands: Commands, tmp_path: Path) -> None:
    """There was nothing to do, and each analyzer says so."""
    (tmp_path / "empty").mkdir()
    answer = analyze(commands, tmp_path / "empty")
    assert answer["analysis"]["state"] == "ANALYSIS_STATE_SUCCEEDED"
    assert set(outcomes(answer).values()) == {("SKIPPED", 0)}
    reasons = {o["error"]["reason"] for o in answer["analysis"]["outcomes"]}
    assert reasons == {"ERROR_REASON_NOTHING_TO_ANALYZE", "ERROR_REASON_REPORT_MISSING"}


def test_a_folder_without_python_is_no_failure(commands: Commands, tmp_path: Path) -> None:
    """Whatever else lies there."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<html>")
    (tmp_path / "site" / "pyproject.toml").write_text("[project]\nname = 'x'\nversion = '1'\n")
    assert set(outcomes(analyze(commands, tmp_path / "site")).values()) == {("SKIPPED", 0)}


def test_a_single_file_is_analyzed_alone(commands: Commands, tmp_path: Path) -> None:
    """Its neighbours are not looked at, and its path is its name."""
    (tmp_path / "one.py").write_text("import os\nx: int = 'a'\nassert x\n")
    (tmp_path / "other.py").write_text("import sys\n")
    answer = analyze(commands, tmp_path / "one.py")
    assert outcomes(answer) == {
        "bandit": ("SUCCEEDED", 1),
        "complexity": ("SUCCEEDED", 0),
        "deadcode": ("SUCCEEDED", 1),
        "coverage": ("SKIPPED", 0),
        "duplication": ("SUCCEEDED", 0),
        "mypy": ("SUCCEEDED", 1),
        "ruff": ("SUCCEEDED", 2),
        "sarif": ("SKIPPED", 0),
    }
    assert {issue["path"] for issue in answer["issues"]} == {"one.py"}


def test_a_syntax_error_hides_nothing_else(commands: Commands, tmp_path: Path) -> None:
    """It is a finding itself, and the other file is analysed by every analyzer."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "broken.py").write_text("def f(:\n")
    (project / "fine.py").write_text("import os\nimport broken\nx: int = 'a'\nassert broken.f(x)\n")
    # What does not parse is critical, and the default gate lets nothing critical pass.
    answer = analyze(commands, project, exit_code=1)
    fine = {i["analyzer"]: i["rule"] for i in answer["issues"] if i["path"] == "fine.py"}
    assert fine == {
        "bandit": "B101",
        "deadcode": "unused-import",
        "mypy": "assignment",
        "ruff": "F401",
    }
    broken = {i["analyzer"]: i["rule"] for i in answer["issues"] if i["path"] == "broken.py"}
    assert broken == {"mypy": "syntax", "ruff": "invalid-syntax"}
    skipped = {o["analyzer"]: o["skippedFileCount"] for o in answer["analysis"]["outcomes"]}
    told = ("bandit", "complexity", "deadcode", "mypy")
    assert dict.fromkeys(told, 1) == {analyzer: skipped[analyzer] for analyzer in told}


def test_latin_1_is_read_where_it_is_declared_and_told_where_not(
    commands: Commands, tmp_path: Path
) -> None:
    """The undeclared file is skipped by those that cannot read it; nothing crashes."""
    project = tmp_path / "project"
    project.mkdir()
    code = "x: int = 'Grüße'\nassert x\n"
    (project / "declared.py").write_bytes(b"# coding: latin-1\n" + code.encode("latin-1"))
    (project / "undeclared.py").write_bytes(code.encode("latin-1"))
    answer = analyze(commands, project)
    found = {(i["analyzer"], i["path"]) for i in answer["issues"]}
    assert {("bandit", "declared.py"), ("mypy", "declared.py")} <= found
    states = {analyzer: state for analyzer, (state, _) in outcomes(answer).items()}
    assert (states.pop("coverage"), states.pop("sarif")) == ("SKIPPED", "SKIPPED")
    assert set(states.values()) == {"SUCCEEDED"}
    skipped = {o["analyzer"]: o["skippedFileCount"] for o in answer["analysis"]["outcomes"]}
    assert (skipped["complexity"], skipped["deadcode"], skipped["mypy"]) == (1, 1, 1)


@pytest.mark.timeout(900)
def test_twenty_thousand_files_are_analyzed_whole(commands: Commands, tmp_path: Path) -> None:
    """Every file has its findings by every analyzer."""
    project = tmp_path / "tiny"
    for package in range(200):
        directory = project / f"package_{package}"
        directory.mkdir(parents=True)
        (directory / "__init__.py").touch()
        for module in range(99):
            text = f"import os\nx_{module}: int = 'a'\nassert x_{module}\n"
            (directory / f"module_{module}.py").write_text(text)
    commands.seconds = 600
    commands.leave_unmeasured()  # smaller tests do it, and it takes as long again
    answer = analyze(commands, project)
    assert answer["analysis"]["fileCount"] == 20_000
    for analyzer in ("bandit", "deadcode", "mypy", "ruff"):
        found = Counter(i["path"] for i in answer["issues"] if i["analyzer"] == analyzer)
        assert len(found) == 19_800
        assert len(set(found.values())) == 1
        assert outcomes(answer)[analyzer] == ("SUCCEEDED", found.total())
