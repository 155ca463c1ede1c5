from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from tests.e2e.commands import Commands


def checks(commands: Commands, **environment: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """What doctor ends with, and its checks by name."""
    result = commands.run("doctor", "--format", "json", **environment)
    found = json.loads(result.stdout)
    assert found["ok"] is (result.returncode == 0)
    return result.returncode, {check["name"]: check for check in found["checks"]}


def test_a_good_installation_is_fine(commands: Commands) -> None:
    """Tools with their versions and places, packages, data directory: all there, exit 0."""
    code, found = checks(commands)
    assert 0 == code
    for tool in ("ruff", "mypy", "bandit", "radon", "complexipy", "vulture", "jscpd", "coverage"):
        assert "ok" == found[tool]["status"]
        assert " at /" in found[tool]["found"]
    assert "note" == found["database"]["status"]
    result = commands.run("doctor")
    assert 0 == result.returncode
    assert "is ready" in result.stdout
    assert not [line for line in result.stdout.splitlines() if len(line) > 80]


def test_a_used_data_directory_is_fine(commands: Commands, shop: Path) -> None:
    """After an analysis the database is there, at the newest revision."""
    assert 0 == commands.run("analyze", shop, "--analyzers", "ruff").returncode
    code, found = checks(commands)
    assert (0, "ok") == (code, found["database"]["status"])


def test_what_is_wrong_is_named_with_a_remedy(commands: Commands) -> None:
    """Settings, directories and paths that do not work: exit 78, and a hint for each."""
    code, found = checks(commands, FLEXT_API_API_PORT="x")
    assert (78, "failed") == (code, found["settings"]["status"])
    assert "FLEXT_API_API_PORT" in found["settings"]["found"]
    code, found = checks(commands, FLEXT_API_DATA_DIR="/dev/null/x")
    assert (78, "failed") == (code, found["data directory"]["status"])
    missing = {"FLEXT_API_SECURITY__ALLOWED_PROJECT_PATHS": "/no/such/place"}
    code, found = checks(commands, **missing)
    assert (78, "failed") == (code, found["allowed paths"]["status"])
    assert all(check["hint"] for check in found.values() if check["status"] == "failed")


def test_a_database_of_a_newer_version_is_not_fine(commands: Commands, shop: Path) -> None:
    """Both doctor and analyze say so instead of touching it."""
    assert 0 == commands.run("analyze", shop, "--analyzers", "ruff").returncode
    with sqlite3.connect(commands.directory / "data" / "quality.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    code, found = checks(commands)
    assert (78, "failed") == (code, found["database"]["status"])
    result = commands.run("analyze", shop)
    assert 78 == result.returncode
    assert "9999" in result.stderr


def test_a_file_that_is_no_database_is_told(commands: Commands) -> None:
    """The place of the database is taken by something else: doctor says so."""
    data = commands.directory / "data"
    data.mkdir()
    (data / "quality.db").write_bytes(b"no database at all, but long enough to be read as one" * 99)
    code, found = checks(commands)
    assert (78, "failed") == (code, found["database"]["status"])
    assert "not a database" in found["database"]["found"]


def test_the_version(commands: Commands) -> None:
    """--version says it."""
    result = commands.run("--version")
    assert (0, "flext-quality 0.1.0\n") == (result.returncode, result.stdout)


def test_help_is_quick_and_names_the_exit_codes(commands: Commands) -> None:
    """Nothing heavy is imported for it."""
    result = commands.run("--help", PYTHONPROFILEIMPORTTIME="1")
    assert 0 == result.returncode
    assert "Exit codes" in result.stdout
    imported = result.stderr
    for heavy in ("grpc", "sqlalchemy", "pydantic", "google.protobuf", "dishka"):
        assert f" {heavy}\n" not in imported


def test_a_command_that_meets_such_a_file_says_so(commands: Commands) -> None:
    """No traceback: the exit code of an input or output error, and where to look for the cause."""
    data = commands.directory / "data"
    data.mkdir()
    (data / "quality.db").write_bytes(b"no database at all, but long enough to be read as one" * 99)
    shop = commands.directory / "shop"
    shop.mkdir()
    result = commands.run("analyze", shop)
    assert 74 == result.returncode
    assert "doctor" in result.stderr
    assert "Traceback" not in result.stderr


def test_commands_that_print_sarif_are_looked_for(commands: Commands) -> None:
    """Found ones are named with their place; a missing one is not fine."""
    tools = [{"name": "there", "command": ["/bin/sh"]}, {"name": "gone", "command": ["/no/such"]}]
    code, found = checks(commands, FLEXT_API_EXTERNAL_TOOLS__SARIF_TOOLS=json.dumps(tools))
    assert (78, "failed") == (code, found["gone"]["status"])
    assert ("ok", "/bin/sh") == (found["there"]["status"], found["there"]["found"])
