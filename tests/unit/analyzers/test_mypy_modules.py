"""Which files MyPy takes up, under which names, and how they are put into runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from mypy.build import CORE_BUILTIN_MODULES
from mypy.find_sources import create_source_list
from mypy.options import Options

from flext_quality.infrastructure.analyzers.mypy.bases import base_of, demands
from flext_quality.infrastructure.analyzers.mypy.configuration import MyPyConfiguration
from flext_quality.infrastructure.analyzers.mypy.crawl import crawl
from flext_quality.infrastructure.analyzers.mypy.knowledge import Knowledge
from flext_quality.infrastructure.analyzers.mypy.naming import CORE_MODULES, ModuleNames
from flext_quality.infrastructure.analyzers.mypy.placing import Placing, fit_name
from flext_quality.infrastructure.analyzers.mypy.plan import MAX_RUNS, Plan, make_plan
from tests.workspaces import write_files

TREES = {
    "plain": ["a.py", "pkg/__init__.py", "pkg/b.py", "pkg/sub/__init__.py", "pkg/sub/c.py"],
    "no packages": ["a.py", "x/b.py", "x/y/c.py", "my-dir/d.py"],
    "namespace in package": [
        "pkg/__init__.py",
        "pkg/ns/a.py",
        "pkg/ns-x/b.py",
        "pkg/ns/p/__init__.py",
    ],
    "stubs": ["a.py", "a.pyi", "b.pyi", "pkg/__init__.pyi", "pkg/__init__.py", "pkg/c.py"],
    "stub-only": ["foo-stubs/__init__.pyi", "foo-stubs/a.pyi"],
    "covered": ["foo.py", "foo/a.py", "bar.py", "bar/empty.txt"],
    "hidden": [
        ".hidden/a.py",
        "site-packages/b.py",
        "node_modules/c.py",
        "__pycache__/d.py",
        "e.py",
    ],
    "odd names": ["a-b.py", "x.y.py", "1.py", "pkg/__init__.py", "pkg/a-b.py", "class/__init__.py"],
    "top is package": ["__init__.py", "a.py", "sub/b.py", "sub2/__init__.py", "sub2/c.py"],
}


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A current directory for MyPy's own code to look at."""
    before = Path.cwd()
    top = tmp_path / "project"
    top.mkdir()
    os.chdir(top)
    yield top
    os.chdir(before)


@pytest.mark.parametrize("name", TREES)
def test_files_are_found_and_named_as_mypy_does(directory: Path, name: str) -> None:
    """Compared with MyPy's own code."""
    write_files(directory, dict.fromkeys(TREES[name], ""))
    theirs = [
        (os.path.relpath(s.path or ""), s.module, s.base_dir)
        for s in create_source_list(["."], Options())
    ]
    paths = sorted(path for path in TREES[name] if path.endswith((".py", ".pyi")))
    names = ModuleNames(paths, "project")
    modules = [names.module(path) for path in crawl(paths).taken]
    assert theirs == [(m.path, m.name, str(Path(m.base).resolve())) for m in modules]


@pytest.mark.parametrize("bases", [[], ["src"], ["src", "src/ns"]])
def test_files_are_named_as_mypy_does_with_explicit_bases(
    directory: Path, bases: list[str]
) -> None:
    """`explicit_package_bases` with a `mypy_path`."""
    paths = [
        "a.py",
        "src/ns/b.py",
        "src/pkg/__init__.py",
        "src/pkg/c.py",
        "tests/deep/d.py",
        "no-id/e.py",
    ]
    write_files(directory, dict.fromkeys(paths, ""))
    options = Options()
    options.explicit_package_bases = True
    options.mypy_path = list(bases)
    theirs = {s.path: s.module for s in create_source_list(sorted(paths), options)}
    names = ModuleNames(paths, "project", bases=["", *bases])
    assert theirs == {path: names.module(path).name for path in paths}


def test_the_core_modules_are_mypys() -> None:
    """No project may have one of their names."""
    assert CORE_BUILTIN_MODULES == CORE_MODULES


def test_excluded_directories_take_all_their_files_along() -> None:
    """Each is named."""
    found = crawl(["a.py", "gen/b.py", "gen/deep/c.py"], ["gen"])
    assert (["a.py"], ["gen/b.py", "gen/deep/c.py"]) == (found.taken, found.excluded)


@pytest.mark.parametrize(
    ("path", "taken", "expected"),
    [
        ("my-app", (), "my_app"),
        ("my-app", ("my_app",), "my_app_951de1a7"),
        ("9lives", (), "_9lives"),
        ("a-b-stubs", (), "a_b-stubs"),
        ("x/types.py", (), "types_1df9cbf0.py"),
    ],
)
def test_names_that_do_not_fit_get_a_lasting_replacement(
    path: str, taken: tuple[str, ...], expected: str
) -> None:
    """The cache would be of no use with another name in each analysis."""
    assert expected == fit_name(path, taken)


def test_files_move_with_their_renamed_directories() -> None:
    """And back."""
    placing = Placing(["my-app/9x/a.py", "b.py"], {"my-app", "my-app/9x"}, "my top")
    assert {"my-app/9x/a.py": "my_top/my_app/_9x/a.py", "b.py": "my_top/b.py"} == placing.placed
    assert "my-app/9x/a.py" == placing.original["my_top/my_app/_9x/a.py"]


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("src/pkg/a.py", "pkg.a", "src"),
        ("a.py", "a", ""),
        ("src/pkg/__init__.py", "pkg", "src"),
        ("src/pkg/a.py", "other", None),
        ("xpkg/a.py", "pkg.a", None),
    ],
)
def test_a_name_tells_where_it_begins(path: str, name: str, expected: str | None) -> None:
    """Nowhere, if it is not the file's."""
    assert expected == base_of(path, name)


def test_imports_tell_where_names_have_to_begin() -> None:
    """By full name, or relatively; what is imported by its present name demands nothing."""
    paths = ["tests/a.py", "tests/b.py", "lib/deep/c.py", "main.py", "free/d.py"]
    names = ModuleNames(paths, "")
    modules = {path: names.module(path) for path in paths}
    imports = {
        "main.py": [(0, "tests"), (0, "tests.a"), (0, "d"), (0, "os.path")],
        "lib/deep/c.py": [(2, "x")],
    }
    wanted = demands(modules, imports, ["", "tests", "lib/deep", "free"])
    assert {"tests": "", "lib/deep": ""} == wanted.promotions
    assert not wanted.above


def plan_of(*paths: str, knowledge: Knowledge | None = None) -> Plan:
    """The plan for files that are all taken."""
    return make_plan(
        paths, crawl(paths).taken, "project", MyPyConfiguration(), knowledge or Knowledge()
    )


def test_a_simple_project_is_checked_as_it_stands() -> None:
    """In one run, as by `mypy .`."""
    plan = plan_of("a.py", "pkg/__init__.py", "pkg/b.py")
    assert (True, 1) == (plan.as_is, len(plan.runs))


def test_directories_with_modules_of_one_name_go_into_different_runs() -> None:
    """Each stays whole, so that its files find each other."""
    plan = plan_of("one/a.py", "one/b.py", "two/a.py", "two/c.py", "three/d.py")
    assert not plan.as_is
    assert [["one/a.py", "one/b.py", "three/d.py"], ["two/a.py", "two/c.py"]] == [
        sorted(module.path for module in run.modules) for run in plan.runs
    ]
    assert "two" == plan.runs[1].search_path[0]


def test_modules_of_one_name_need_one_run_if_nobody_imports_them_by_it() -> None:
    """The directories tell them apart; where a module is imported, its directory stays as it is."""
    paths = [
        "a/__main__.py",
        *(f"part{n}/deep/{name}.py" for n in range(50) for name in ("x", "y")),
    ]
    free = Knowledge(imports={"a/__main__.py": [(0, "os")]})
    plan = plan_of(*paths, knowledge=free)
    assert (1, ()) == (len(plan.runs), plan.duplicates)
    assert "part7.deep.x" in plan.runs[0].layout
    bound = Knowledge(imports={"part7/deep/x.py": [(0, "y")]})
    assert MAX_RUNS == len(plan_of(*paths, knowledge=bound).runs)


def test_no_more_runs_are_planned_than_the_limit() -> None:
    """What is left over is known."""
    paths = [f"part{n:02}/{name}.py" for n in range(MAX_RUNS + 2) for name in ("a", "b")]
    plan = plan_of(*paths)
    assert MAX_RUNS == len(plan.runs)
    assert tuple(paths[-4:]) == plan.duplicates


def test_a_file_alone_in_its_directory_needs_no_run_of_its_own() -> None:
    """It gets a name of its own instead."""
    plan = plan_of(*(f"part{number}/setup.py" for number in range(100)))
    assert (1, ()) == (len(plan.runs), plan.duplicates)
    assert 100 == len(plan.runs[0].layout)
