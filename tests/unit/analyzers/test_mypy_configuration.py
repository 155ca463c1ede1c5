"""What is used of a project's own MyPy configuration."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from flext_quality.infrastructure.analyzers.mypy.configuration import (
    MyPyConfiguration,
    read_configuration,
)
from tests.workspaces import write_files


def read(tmp_path: Path, **files: str) -> MyPyConfiguration:
    """The configuration in files, whose names have "__" for "."."""
    write_files(tmp_path, {name.replace("__", "."): text for name, text in files.items()})
    return read_configuration(tmp_path)


def written(configuration: MyPyConfiguration, **changes: object) -> dict[str, Any]:
    """What MyPy will read."""
    table: dict[str, Any] = tomllib.loads(configuration.to_toml(**changes))["tool"]["mypy"]
    return table


def ignored(configuration: MyPyConfiguration) -> dict[str, str]:
    """Why each option is not used."""
    return {entry.option: entry.message for entry in configuration.ignored}


def test_without_a_file_there_is_nothing(tmp_path: Path) -> None:
    """Nothing is used and nothing ignored."""
    assert MyPyConfiguration() == read(tmp_path)


def test_the_first_file_in_mypys_order_counts(tmp_path: Path) -> None:
    """mypy.ini, .mypy.ini, pyproject.toml, setup.cfg."""
    every = {
        "mypy__ini": "[mypy]\nstrict = True\n",
        "__mypy__ini": "[mypy]\n",
        "pyproject__toml": "[tool.mypy]\n",
        "setup__cfg": "[mypy]\n",
    }
    for name in list(every):
        directory = tmp_path / name
        directory.mkdir()
        assert name.replace("__", ".") == read(directory, **every).path
        del every[name]


def test_a_shared_file_counts_only_with_a_section_for_mypy(tmp_path: Path) -> None:
    """As pyproject.toml mostly has other tools' settings."""
    found = read(tmp_path, pyproject__toml="[tool.other]\n", setup__cfg="[mypy]\nstrict = 1\n")
    assert "setup.cfg" == found.path


def test_sections_for_modules_are_kept_from_both_formats(tmp_path: Path) -> None:
    """One list of modules or several sections mean the same."""
    ini = read(tmp_path, mypy__ini="[mypy]\n[mypy-a.*,b]\nignore_errors = True\n")
    assert [{"module": "a.*,b", "ignore_errors": "True"}] == written(ini)["overrides"]
    (tmp_path / "mypy.ini").unlink()
    toml = read(
        tmp_path,
        pyproject__toml='[tool.mypy]\n[[tool.mypy.overrides]]\nmodule = ["a.*", "b"]\n'
        "ignore_errors = true\n",
    )
    assert [
        {"module": "a.*", "ignore_errors": True},
        {"module": "b", "ignore_errors": True},
    ] == written(toml)["overrides"]


@pytest.mark.parametrize(
    "option",
    [
        *("plugins", "python_executable", "custom_typeshed_dir", "custom_typing_module"),
        *("cache_dir", "sqlite_cache", "files", "packages", "modules", "html_report"),
        *("junit_xml", "output", "pretty", "color_output", "install_types", "non_interactive"),
        *("shadow_file", "verbosity", "dump_graph", "pdb", "num_workers", "show_traceback"),
        *("quickstart_file", "package_root", "no_such_option", "mypyc_annotation_file"),
    ],
)
def test_what_is_not_for_the_project_to_decide_is_told(tmp_path: Path, option: str) -> None:
    """With a reason; also in a section for modules."""
    found = read(tmp_path, mypy__ini=f"[mypy]\n{option} = x\n[mypy-a]\n{option} = x\n")
    assert {option} == set(ignored(found))
    assert ignored(found)[option]
    assert {"mypy_path": [], "overrides": [{"module": "a"}]} == written(found)


@pytest.mark.parametrize(
    "option", ["disallow_untyped_defs", "no_strict_optional", "allow_any_generics", "strict"]
)
def test_flags_count_in_all_forms_that_mypy_takes(tmp_path: Path, option: str) -> None:
    """The inverted ones too."""
    found = read(tmp_path, mypy__ini=f"[mypy]\n{option} = True\n")
    assert {} == ignored(found)
    assert "True" == written(found)[option]


def test_the_search_path_is_used_as_far_as_it_stays_inside(tmp_path: Path) -> None:
    """What leads out, or is not there, is told."""
    for name in ("src", "stubs"):
        (tmp_path / name).mkdir()
    text = (
        "[mypy]\nmypy_path = $MYPY_CONFIG_FILE_DIR/src:./stubs,../out:/etc:~/x:$HOME:src/../../y\n"
    )
    found = read(tmp_path, mypy__ini=text)
    assert ("src", "stubs") == found.mypy_path
    assert {"mypy_path"} == set(ignored(found))


@pytest.mark.parametrize("version", ["2.7", "3", "three", "3.x"])
def test_a_version_that_would_stop_mypy_is_told(tmp_path: Path, version: str) -> None:
    """MyPy checks Python 3 only."""
    found = read(tmp_path, mypy__ini=f"[mypy]\npython_version = {version}\n")
    assert {"python_version"} == set(ignored(found))


@pytest.mark.parametrize(
    "text",
    [
        "[tool.mypy",
        "[tool.mypy]\n[[tool.mypy.overrides]]\nignore_errors = true\n",
        "[tool.mypy]\n[[tool.mypy.overrides]]\nmodule = 3\n",
        '[tool.mypy]\noverrides = "all"\n',
        (
            '[[tool.mypy.overrides]]\nmodule = "a"\nstrict_optional = true\n'
            '[[tool.mypy.overrides]]\nmodule = "a"\nstrict_optional = false\n'
        ),
        "a = " + "[" * 20_000,
        "\udc80",
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_passed_over(tmp_path: Path, text: str) -> None:
    """The next one in order counts, as with the bare tool."""
    (tmp_path / "pyproject.toml").write_bytes(text.encode(errors="surrogateescape"))
    found = read(tmp_path, setup__cfg="[mypy]\nstrict = True\n")
    assert "setup.cfg" == found.path
    assert [("pyproject.toml", "*")] == [(entry.path, entry.option) for entry in found.ignored]


def test_changes_replace_and_remove_options(tmp_path: Path) -> None:
    """For runs over another arrangement of the files."""
    found = read(tmp_path, mypy__ini="[mypy]\nexclude = x\nstrict = True\n")
    table = written(found, exclude=None, mypy_path=["./a b"], explicit_package_bases=True)
    assert {
        "strict": "True",
        "mypy_path": ["./a b"],
        "explicit_package_bases": True,
        "overrides": [],
    } == table


def test_what_mypy_refuses_is_dropped_in_two_steps(tmp_path: Path) -> None:
    """First the options that it may refuse by their values, then everything."""
    found = read(tmp_path, mypy__ini="[mypy]\nplatform = x\nstrict = True\n")
    assert found.has_fragile
    less = found.without_fragile("words")
    assert {"platform": "words"} == ignored(less)
    assert not less.has_fragile
    assert {"platform": "words", "*": "more words"} == ignored(less.as_nothing("more words"))
    assert less.as_nothing("more words").is_empty
