from pathlib import Path

from flext_quality.domain.errors import ToolNotInstalledError
from flext_quality.infrastructure.analyzers.tool import config_digest, installed_version, read_files
from tests.workspaces import write_files


def test_a_missing_tool_is_named() -> None:
    """An analyzer whose tool is not there says so."""
    assert isinstance(installed_version("no-such-tool").error, ToolNotInstalledError)


def test_an_installed_tool_has_its_version() -> None:
    """The version is that of the package beside the server."""
    assert (installed_version("ruff").data or "")[0].isdigit()


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
