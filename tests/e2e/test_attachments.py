"""`flext-quality analyze` with files that it sends along."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commands import Commands


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A SARIF log about the shop."""
    file = tmp_path / "lint.log"
    place = {
        "physicalLocation": {
            "artifactLocation": {"uri": "shop/cart.py"},
            "region": {"startLine": 6},
        }
    }
    result = {"ruleId": "L1", "message": {"text": "odd total"}, "locations": [place]}
    run = {"tool": {"driver": {"name": "Lint", "version": "3"}}, "results": [result]}
    file.write_text(json.dumps({"version": "2.1.0", "runs": [run]}))
    return file


def imported(printed: str) -> list[tuple[str, str, int]]:
    """The imported findings."""
    found: dict[str, Any] = json.loads(printed)
    return [
        (issue["rule"], issue["path"], issue["line"])
        for issue in found["issues"]
        if issue["analyzer"] == "sarif"
    ]


@pytest.mark.parametrize("remote", [False, True])
def test_a_sarif_log_is_imported(
    commands: Commands, shop: Path, log: Path, *, remote: bool
) -> None:
    """By the command's own server and by another one: the file is read where the command runs."""
    server = ("--server", commands.serve("--port", "0", "--allow", shop)) if remote else ()
    command = ("analyze", shop, "--sarif", log, "--analyzers", "sarif", "--format", "json", *server)
    result = commands.run(*command)
    assert (0, "") == (result.returncode, result.stderr)
    assert [("lint:L1", "shop/cart.py", 6)] == imported(result.stdout)


def test_several_files_are_sent(commands: Commands, shop: Path, log: Path) -> None:
    """Each option may be repeated."""
    other = log.with_name("other.log")
    other.write_text(log.read_text().replace("Lint", "Other"))
    coverage = shop / "coverage.xml"
    coverage.write_text("<coverage/>")
    files = ("--sarif", log, "--sarif", other, "--coverage", coverage)
    result = commands.run("analyze", shop, *files, "--analyzers", "sarif", "--format", "json")
    assert ["lint:L1", "other:L1"] == sorted(rule for rule, _, _ in imported(result.stdout))


def test_a_file_that_cannot_be_read_is_a_usage_error(
    commands: Commands, shop: Path, tmp_path: Path
) -> None:
    """Told at once, with the option; nothing is analyzed."""
    for option in ("--sarif", "--coverage"):
        result = commands.run("analyze", shop, option, tmp_path / "missing.sarif")
        assert 64 == result.returncode
        expected = f"{option} {tmp_path / 'missing.sarif'}: No such file or directory"
        assert f"flext-quality: {expected}\n" == result.stderr
    result = commands.run("analyze", shop, "--sarif", tmp_path)
    assert (64, True) == (result.returncode, "Is a directory" in result.stderr)
    assert not (commands.directory / "data").exists()


def test_files_that_are_too_large_are_a_usage_error(
    commands: Commands, shop: Path, tmp_path: Path
) -> None:
    """With the limit; they are not read for it."""
    large = tmp_path / "large.sarif"
    large.touch()
    os.truncate(large, 48 * 1024**2 + 1)
    result = commands.run("analyze", shop, "--sarif", large)
    assert 64 == result.returncode
    assert "at most 50,331,648 bytes" in result.stderr


def test_a_command_of_the_operator_becomes_an_analyzer(commands: Commands, shop: Path) -> None:
    """Named in the settings of the server that runs it."""
    argv = ["ruff", "check", "--isolated", "--no-cache", "--exit-zero", "--output-format", "sarif"]
    tools = json.dumps([{"name": "house-rules", "command": [*argv, "{root}"]}])
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    result = commands.run(
        *("analyze", shop, "--analyzers", "house-rules", "--format", "json"),
        FLEXT_API_EXTERNAL_TOOLS__SARIF_TOOLS=tools,
        PATH=path,
    )
    assert (0, "") == (result.returncode, result.stderr)
    found = json.loads(result.stdout)
    assert ["F401"] == [issue["rule"] for issue in found["issues"]]
    assert found["analysis"]["outcomes"][0]["version"]
