import tomllib
from pathlib import Path

import pytest

from flext_quality.infrastructure.analyzers.ruff.configuration import (
    RuffConfiguration,
    prepare_configuration,
)
from tests.workspaces import write_files


def prepared(root: Path, files: dict[str, str | bytes]) -> RuffConfiguration:
    """The configuration of a working copy with these files."""
    write_files(root, files)
    return prepare_configuration(root)


def ignored(configuration: RuffConfiguration) -> list[tuple[str, str]]:
    """File and name of the options that are not used."""
    return [(entry.path, entry.option) for entry in configuration.ignored]


def table(path: Path) -> dict[str, object]:
    """A TOML file's content."""
    return tomllib.loads(path.read_text())


def test_a_project_without_configuration_gets_an_empty_one(tmp_path: Path) -> None:
    """So Ruff never looks above the working copy, or in a home directory."""
    prepared(tmp_path, {"a.py": "", "pyproject.toml": "[project]\nname = 'x'\n"})

    assert "" == (tmp_path / ".ruff.toml").read_text()


@pytest.mark.parametrize("name", ["ruff.toml", ".ruff.toml", "pyproject.toml"])
def test_clean_configuration_stays_as_it_is(tmp_path: Path, name: str) -> None:
    """What reaches nowhere else is Ruff's to read, in the project's own words."""
    content = "line-length = 99 # long\n"
    if name == "pyproject.toml":
        content = f"[tool.ruff]\n{content}"

    assert [] == ignored(prepared(tmp_path, {name: content}))
    assert content == (tmp_path / name).read_text()
    assert [name] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize(
    "target", ["/etc/ruff.toml", "../ruff.toml", "a/../../ruff.toml", "~/ruff.toml", "$HOME/r.toml"]
)
def test_a_configuration_cannot_extend_one_outside(tmp_path: Path, target: str) -> None:
    """Neither absolute paths, parents, home directories nor variables lead out of the project."""
    configuration = prepared(
        tmp_path, {"ruff.toml": f"extend = '{target}'\nline-length = 99\n", "sub/a.py": ""}
    )

    assert [("ruff.toml", "extend")] == ignored(configuration)
    assert {"line-length": 99} == table(tmp_path / ".ruff.toml")


def test_other_tools_find_their_pyproject_as_it_was(tmp_path: Path) -> None:
    """What is left of Ruff's part stands beside it, where Ruff looks first."""
    content = "[tool.ruff]\nextend = '/x.toml'\nlint.select = ['F']\n[tool.mypy]\nstrict = true\n"
    prepared(tmp_path, {"pyproject.toml": content})

    assert content == (tmp_path / "pyproject.toml").read_text()
    assert {"lint": {"select": ["F"]}} == table(tmp_path / ".ruff.toml")


def test_a_nested_configuration_extends_the_clean_form(tmp_path: Path) -> None:
    """What a package inherits from the root's configuration is not lost when that is cleaned."""
    configuration = prepared(
        tmp_path,
        {
            "pyproject.toml": "[tool.ruff]\nrequired-version = '>=99'\nlint.select = ['F']\n",
            "packages/a/ruff.toml": "extend = '../../pyproject.toml'\nline-length = 70\n",
        },
    )

    assert [("pyproject.toml", "required-version")] == ignored(configuration)
    assert {"extend": "../../.ruff.toml", "line-length": 70} == table(
        tmp_path / "packages/a/.ruff.toml"
    )


def test_an_unclean_file_that_is_not_in_effect_is_not_extended(tmp_path: Path) -> None:
    """A shadowed file has no clean form, so nothing can be inherited from it."""
    configuration = prepared(
        tmp_path,
        {
            "ruff.toml": "extend = '/x.toml'\n",
            ".ruff.toml": "line-length = 99\n",
            "a/ruff.toml": "extend = '../ruff.toml'\n",
        },
    )

    assert [("a/ruff.toml", "extend"), ("ruff.toml", "extend")] == ignored(configuration)
    assert {} == table(tmp_path / "a/.ruff.toml")


def test_a_clean_chain_is_kept(tmp_path: Path) -> None:
    """Configuration may be spread over the project, under names of its own too."""
    files: dict[str, str | bytes] = {
        "ruff.toml": "extend = 'config/base.toml'\n",
        "config/base.toml": "extend = 'more.toml'\n",
        "config/more.toml": "line-length = 99\n",
    }

    assert [] == ignored(prepared(tmp_path, files))
    assert not (tmp_path / ".ruff.toml").exists()


def test_a_file_that_the_copy_lacks_is_told(tmp_path: Path) -> None:
    """The rest of the configuration is used."""
    configuration = prepared(tmp_path, {"ruff.toml": "extend = 'base.toml'\nline-length = 99\n"})

    assert [("ruff.toml", "extend")] == ignored(configuration)
    assert "pyproject.toml only" in configuration.ignored[0].message


def test_a_circle_is_left_to_ruff(tmp_path: Path) -> None:
    """Files that extend each other do not keep the server busy for ever."""
    files: dict[str, str | bytes] = {
        "ruff.toml": "extend = 'a/ruff.toml'\n",
        "a/ruff.toml": "extend = '../ruff.toml'\n",
    }

    assert [] == ignored(prepared(tmp_path, files))


def test_source_directories_outside_are_left_out(tmp_path: Path) -> None:
    """Ruff does not look for modules elsewhere on the server's disk."""
    configuration = prepared(
        tmp_path, {"pkg/ruff.toml": "src = ['lib', '..', '/usr', '../..', '~/x']\n"}
    )

    assert [("pkg/ruff.toml", "src")] == ignored(configuration)
    assert {"src": ["lib", ".."]} == table(tmp_path / "pkg/.ruff.toml")


def test_how_ruff_runs_is_not_for_the_project(tmp_path: Path) -> None:
    """It is told, and needs no rewriting, for the server's arguments have precedence."""
    configuration = prepared(
        tmp_path, {"ruff.toml": "fix = true\ncache-dir = '/x'\noutput-format = 'json'\n"}
    )

    assert [
        ("ruff.toml", "cache-dir"),
        ("ruff.toml", "fix"),
        ("ruff.toml", "output-format"),
    ] == ignored(configuration)
    assert not (tmp_path / ".ruff.toml").exists()


@pytest.mark.parametrize("content", ["extend = [\n", "a = '\\u", b"\xff extend"])
def test_what_cannot_be_read_is_not_followed(tmp_path: Path, content: str | bytes) -> None:
    """Ruff gets a line instead that it refuses, and that says which file is broken and how."""
    prepared(tmp_path, {"ruff.toml": content})

    assert (tmp_path / ".ruff.toml").read_text().startswith("ruff.toml cannot be read: ")


def test_what_cannot_be_read_and_extends_nothing_is_left_to_ruff(tmp_path: Path) -> None:
    """Ruff may know more of TOML than the server does."""
    prepared(tmp_path, {"ruff.toml": "lint = {\n  select = ['F'],\n}\n"})

    assert not (tmp_path / ".ruff.toml").exists()


def test_a_broken_file_is_not_extended(tmp_path: Path) -> None:
    """What it would lead to is not known."""
    configuration = prepared(
        tmp_path, {"ruff.toml": "extend = 'b.toml'\n", "b.toml": "lint = {\n}\nextend = '/x'\n"}
    )

    assert [("ruff.toml", "extend")] == ignored(configuration)


def test_the_same_files_have_the_same_content_on_record(tmp_path: Path) -> None:
    """The record of what is in effect holds the clean form."""
    configuration = prepared(tmp_path, {"ruff.toml": "required-version = '1'\nline-length = 9\n"})

    assert b'"line-length" = 9\n' == configuration.files[".ruff.toml"]
