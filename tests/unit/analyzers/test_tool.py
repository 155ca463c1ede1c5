import os
from importlib.metadata import version
from pathlib import Path

from flext_quality.domain.errors import ToolNotInstalledError
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.infrastructure.analyzers.tool import (
    brought_program,
    config_digest,
    installed_version,
    read_files,
)
from tests.workspaces import write_files


def test_a_missing_tool_is_named() -> None:
    """An analyzer says so if one of the packages of its tool is not there."""
    profile = AnalyzerProfile("lint", packages=("ruff", "no-such-tool"))

    error = installed_version(profile).error

    assert isinstance(error, ToolNotInstalledError)
    assert "lint" == error.analyzer


def test_an_installed_tool_has_its_version() -> None:
    """The versions are those of the packages beside the server."""
    profile = AnalyzerProfile("lint", packages=("ruff", "mypy"))

    assert f"{version('ruff')}/{version('mypy')}" == installed_version(profile).data


def test_a_package_has_the_program_of_its_name() -> None:
    """Wherever it was installed; a package without one has none."""
    program = brought_program("jscpd")
    assert program is not None
    assert os.access(program, os.X_OK)
    assert brought_program("msgspec") is None
    assert brought_program("no-such-tool") is None


def test_the_digest_tells_configurations_apart() -> None:
    """Neither another split of words nor a moved file passes for the same configuration."""
    digests = {
        config_digest(["ab", "c"], {}),
        config_digest(["a", "bc"], {}),
        config_digest(["abc"], {}),
        config_digest(["abc"], {"a.toml": b""}),
        config_digest(["abc"], {"b.toml": b""}),
        config_digest(["abc"], {"b.toml": b"x"}),
    }

    assert 6 == len(digests)
    assert config_digest(["a"], {"x": b"1", "y": b"2"}) == config_digest(
        ["a"], {"y": b"2", "x": b"1"}
    )


def test_files_are_found_by_name_in_the_whole_tree(tmp_path: Path) -> None:
    """Nested configuration is found; what Git keeps for itself is not looked at."""
    write_files(tmp_path, {"a.toml": "1", "sub/b/a.toml": "2", ".git/a.toml": "3", "x.py": ""})

    assert {"a.toml": b"1", "sub/b/a.toml": b"2"} == read_files(tmp_path, frozenset({"a.toml"}))
