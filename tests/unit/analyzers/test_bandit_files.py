import os
from pathlib import Path

import pytest
from bandit.core.config import BanditConfig  # type: ignore[import-untyped]  # ships no types
from bandit.core.manager import BanditManager  # type: ignore[import-untyped]  # ships no types

from flext_quality.infrastructure.analyzers.bandit.files import (
    DEFAULT_EXCLUDES,
    DEFAULT_INCLUDES,
    DEFAULT_INCLUDES_WITH_SETTINGS,
    BanditFiles,
)
from tests.workspaces import write_files

PATHS = [
    "a.py",
    "a.pyi",
    "w.pyw",
    "n.ipynb",
    "tests/test_a.py",
    "pkg/tests/test_b.py",
    "pkg/sub/c.py",
    "latest/d.py",
    ".github/e.py",
    ".tox/f.py",
    "x.egg/g.py",
    "CVSx/h.py",
    "[odd]/i.py",
]


@pytest.mark.parametrize(
    "arguments",
    [
        *(DEFAULT_EXCLUDES, ["tests"], ["./tests"], ["tests/"], ["*/tests/*"], ["./pkg/tests"]),
        *(["test"], ["pkg/sub/c.py"], ["./a.py", "*.pyw"], ["["], ["./[odd]"], ["../x"], ["/etc"]),
        ([""]),
    ],
)
@pytest.mark.parametrize("settings", [None, [], ["sub"], ["*/latest/*", "a.py"]])
def test_the_same_files_as_bandits_own_walk(
    tmp_path: Path, arguments: list[str], settings: list[str] | None
) -> None:
    """What is scanned is what `bandit -r .` scans, its surprises included."""
    write_files(tmp_path, dict.fromkeys(PATHS, ""))
    config = BanditConfig()
    if settings is not None:
        config._config = {"exclude_dirs": list(settings)}  # noqa: SLF001  # has no other way in
    manager = BanditManager(config, "file")
    before = Path.cwd()
    os.chdir(tmp_path)  # Bandit looks there for directories
    try:
        manager.discover_files(["."], recursive=True, excluded_paths=",".join(arguments))
    finally:
        os.chdir(before)
    includes = DEFAULT_INCLUDES if settings is None else DEFAULT_INCLUDES_WITH_SETTINGS
    # An empty argument is as good as none for Bandit.
    given = arguments if any(arguments) else []

    files = BanditFiles.of(tmp_path, includes, settings or [], given)

    assert {path.removeprefix("./") for path in manager.files_list} == {
        path for path in PATHS if path in files
    }


def test_nothing_outside_is_looked_at(tmp_path: Path) -> None:
    """Whether a directory exists elsewhere on the disk changes nothing."""
    files = BanditFiles.of(tmp_path / "copy", DEFAULT_INCLUDES, [], [str(tmp_path), "..", "\0"])

    assert "a.py" in files
    assert str(tmp_path) in files.excluded_parts
