"""Projects at which the bare MyPy gives up: as much as possible is analysed, the rest is told."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from flext_quality.domain.analyses.events import SkipReason
from flext_quality.domain.findings.finding import Severity
from flext_quality.infrastructure.analyzers.mypy.output import Message, sort_key
from tests.integration.analyzers.test_mypy import WRONG, analyse, places

ASSIGNMENT = (1, "assignment")


def wrong(*paths: str) -> list[tuple[str, int, str]]:
    """What `WRONG` in the first line of each file gives."""
    return [(path, *ASSIGNMENT) for path in sorted(paths)]


async def test_a_syntax_error_costs_only_its_own_file(tmp_path: Path) -> None:
    """It is a finding, the file is told as skipped, and who imports from it sees Any."""
    files = {
        "broken.py": "def f(:\n    pass\n",
        "user.py": f"import broken\nbroken.anything(1)\n{WRONG}",
        "other.py": WRONG,
    }
    report = await analyse(tmp_path, files)
    assert [
        ("broken.py", 1, "syntax"),
        ("broken.py", 1, "syntax"),
        ("other.py", 1, "assignment"),
        ("user.py", 3, "assignment"),
    ] == places(report)
    assert Severity.CRITICAL is report.all_findings[0].severity
    assert {"broken.py": SkipReason.SYNTAX} == report.skipped_paths


async def test_many_broken_files_cost_no_more_than_one(tmp_path: Path) -> None:
    """One run fails, one asks the parser about all, one succeeds: not one run for each."""
    files = {f"broken{number}.py": "def f(:\n" for number in range(100)}
    report = await analyse(tmp_path, {**files, "ok.py": WRONG})
    assert {"syntax": 200, "assignment": 1} == report.by_rule
    assert dict.fromkeys(sorted(files), SkipReason.SYNTAX) == report.skipped_paths


async def test_the_words_about_a_broken_file_are_mypys(tmp_path: Path) -> None:
    """Each finding is what the bare tool prints if it is given that file alone."""
    files = {
        "a.py": "x = (\n",
        "b.py": 'print "old"\n',
        "c.py": "x = 1\n\tdef f(:\n",
        "d.pyi": "1 = 2",
    }
    report = await analyse(tmp_path, files)
    bare = []
    for name in files:
        process = await asyncio.create_subprocess_exec(
            Path(sys.executable).parent / "mypy",
            *("--output", "json", "--no-error-summary", "--cache-dir", "/dev/null", name),
            cwd=tmp_path / "copy",
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await process.communicate()
        bare += [Message.parse(line).finding(name) for line in printed.splitlines()]
    assert bare
    assert sorted(bare, key=sort_key) == report.all_findings


async def test_what_only_the_checker_stumbles_over_costs_one_file_too(tmp_path: Path) -> None:
    """Such as a break outside of a loop, which MyPy's parser lets pass."""
    files = {"a.py": "break\n", "b.py": "import a\nyield 1\n", "ok.py": WRONG}
    report = await analyse(tmp_path, files)
    assert {"a.py": SkipReason.SYNTAX, "b.py": SkipReason.SYNTAX} == report.skipped_paths
    assert [("a.py", 1, "error"), ("b.py", 2, "error"), ("ok.py", *ASSIGNMENT)] == places(report)


async def test_an_undecodable_file_is_told(tmp_path: Path) -> None:
    """Latin-1 without a declaration is skipped, with one it is analysed."""
    files = {
        "latin.py": b"# caf\xe9\nvalue: int = 'text'\n",
        "declared.py": b"# -*- coding: latin-1 -*-\n# caf\xe9\nvalue: int = 'text'\n",
        "bom.py": b"\xef\xbb\xbf" + WRONG.encode(),
        "unknown.py": b"# -*- coding: klingon -*-\n# caf\xe9\n",
        "nul.py": b"x = 1\n\0\n",
    }
    report = await analyse(tmp_path, files)
    assert {
        "latin.py": SkipReason.ENCODING,
        "unknown.py": SkipReason.ENCODING,
        "nul.py": SkipReason.SYNTAX,
    } == report.skipped_paths
    assert [("bom.py", 1, "assignment"), ("declared.py", 3, "assignment")] == [
        place for place in places(report) if place[2] != "syntax"
    ]


async def test_modules_of_one_name_are_all_analysed(tmp_path: Path) -> None:
    """Each with its own neighbours: helpers is another module for each of the tests."""
    files = {
        "pkg/__init__.py": "limit: int = 3\n",
        "unit/test_it.py": "from helpers import answer\nimport special\nx: str = answer\n",
        "unit/helpers.py": "answer: int = 1\n",
        "unit/conftest.py": WRONG,
        "integration/test_it.py": "from helpers import answer\nfrom pkg import limit\ny: str = limit\n",
        "integration/helpers.py": "answer: str = ''\n",
        "integration/special.py": "from helpers import answer\nz: str = answer\n",
        "integration/conftest.py": WRONG,
    }
    report = await analyse(tmp_path, files)
    assert [
        ("integration/conftest.py", 1, "assignment"),
        ("integration/test_it.py", 3, "assignment"),
        ("unit/conftest.py", 1, "assignment"),
        ("unit/test_it.py", 3, "assignment"),
    ] == places(report)
    assert {} == report.skipped_paths


async def test_many_parts_with_a_setup_py_each_are_analysed(tmp_path: Path) -> None:
    """A file that is alone in its directory needs no run of its own, whatever its name."""
    paths = [f"part{number}/setup.py" for number in range(40)]
    report = await analyse(tmp_path, dict.fromkeys(paths, WRONG))
    assert wrong(*paths) == places(report)
    assert {} == report.skipped_paths


async def test_packages_of_one_name_in_several_places_are_analysed(tmp_path: Path) -> None:
    """As in a collection of services, each with its own "app"."""
    files = {}
    for name, kind in (("one", "int"), ("two", "str")):
        files[f"{name}/app/__init__.py"] = f"kind: {kind} = {kind}()\n"
        files[f"{name}/app/main.py"] = "from app import kind\nx: bytes = kind\n"
    report = await analyse(tmp_path, files)
    assert [("one/app/main.py", 2, "assignment"), ("two/app/main.py", 2, "assignment")] == places(
        report
    )
    assert "int" in report.all_findings[0].message
    assert "str" in report.all_findings[1].message


async def test_a_second_file_of_a_name_in_one_place_is_told(tmp_path: Path) -> None:
    """As nothing can be done about it: the package's own file is the one that counts."""
    files = {"a/__init__.py": "", "a/b.py": WRONG, "a.b.py": WRONG}
    report = await analyse(tmp_path, files)
    assert wrong("a/b.py") == places(report)
    assert {"a.b.py": SkipReason.DUPLICATE_MODULE} == report.skipped_paths


async def test_a_stub_only_package_beside_the_real_one_is_analysed(tmp_path: Path) -> None:
    """PEP 561: both have the same module names."""
    files = {
        "thing/__init__.py": WRONG,
        "thing-stubs/__init__.pyi": "from nowhere import x\n",
    }
    report = await analyse(tmp_path, files)
    assert [
        ("thing-stubs/__init__.pyi", 1, "import-not-found"),
        ("thing/__init__.py", *ASSIGNMENT),
    ] == places(report)


async def test_a_stub_stands_for_the_file_beside_it(tmp_path: Path) -> None:
    """As with the bare tool, and nothing is told as skipped."""
    report = await analyse(tmp_path, {"a.py": WRONG, "a.pyi": "value: int\n", "b.py": WRONG})
    assert wrong("b.py") == places(report)
    assert {} == report.skipped_paths


async def test_a_module_covered_by_a_package_of_its_name_is_told(tmp_path: Path) -> None:
    """The bare tool passes over foo.py beside foo/ without a word."""
    report = await analyse(tmp_path, {"foo.py": WRONG, "foo/__init__.py": WRONG})
    assert wrong("foo/__init__.py") == places(report)
    assert {"foo.py": SkipReason.DUPLICATE_MODULE} == report.skipped_paths


async def test_a_package_in_a_directory_that_can_be_none_is_analysed(tmp_path: Path) -> None:
    """Imports within it work as those of any package."""
    files = {
        "my-app/__init__.py": "",
        "my-app/a.py": f"from . import b\nx: str = b.value\n{WRONG}",
        "my-app/b.py": "value: int = 1\n",
        "my-app/9sub/__init__.py": "from ..b import value\ny: str = value\n",
        "my_app/__init__.py": WRONG,
    }
    report = await analyse(tmp_path, files)
    assert [
        ("my-app/9sub/__init__.py", 2, "assignment"),
        ("my-app/a.py", 2, "assignment"),
        ("my-app/a.py", 3, "assignment"),
        ("my_app/__init__.py", 1, "assignment"),
    ] == places(report)
    assert {} == report.skipped_paths


async def test_a_namespace_package_that_is_imported_by_its_full_name_is_analysed(
    tmp_path: Path,
) -> None:
    """Tests import "tests.helpers" although tests/ has no __init__.py; deeper ones do as well."""
    files = {
        "tests/helpers.py": "answer: int = 1\n",
        "tests/test_a.py": "from tests.helpers import answer\nx: str = answer\n",
        "tests/deep/more.py": "flag: int = 1\n",
        "tests/deep/test_b.py": "import tests.deep.more as more\nx: str = more.flag\n",
        "main.py": "from tests import helpers\nx: str = helpers.answer\n",
    }
    report = await analyse(tmp_path, files)
    assert [
        ("main.py", 2, "assignment"),
        ("tests/deep/test_b.py", 2, "assignment"),
        ("tests/test_a.py", 2, "assignment"),
    ] == places(report)
    assert {} == report.skipped_paths


async def test_relative_imports_without_init_files_are_analysed(tmp_path: Path) -> None:
    """Directories become packages where their files import each other as those of packages do."""
    files = {
        "top.py": "from . import side\nx: str = side.value\n",
        "side.py": "value: int = 1\n",
        "lib/a.py": "from .b import value\nx: str = value\n",
        "lib/b.py": "value: int = 1\n",
        "lib/inner/c.py": "from ..b import value\nx: str = value\n",
        "odd-name/d.py": "from .e import value\nx: str = value\n",
        "odd-name/e.py": "value: int = 1\n",
    }
    report = await analyse(tmp_path, files)
    assert [
        (path, 2, "assignment")
        for path in ("lib/a.py", "lib/inner/c.py", "odd-name/d.py", "top.py")
    ] == places(report)
    assert {} == report.skipped_paths


async def test_modules_named_like_core_ones_are_analysed(tmp_path: Path) -> None:
    """MyPy refuses a types.py at the top; others are no trouble."""
    files = dict.fromkeys(("types.py", "typing.py", "abc.py", "enum.py", "ok.py"), WRONG)
    report = await analyse(tmp_path, files)
    assert wrong(*files) == places(report)
    assert {} == report.skipped_paths


async def test_directories_that_mypy_never_enters_are_told(tmp_path: Path) -> None:
    """Hidden ones, and those of installed packages."""
    files = {".ci/run.py": WRONG, "site-packages/a.py": WRONG, "ok.py": WRONG}
    report = await analyse(tmp_path, files)
    assert wrong("ok.py") == places(report)
    assert (
        dict.fromkeys((".ci/run.py", "site-packages/a.py"), SkipReason.EXCLUDED)
        == report.skipped_paths
    )


async def test_deep_expressions_do_not_crash_it(tmp_path: Path) -> None:
    """The bare MyPy dies of these for want of stack."""
    deep = "x = a" + ".b()" * 7_000 + "\n"
    report = await analyse(tmp_path, {"deep.py": deep, "ok.py": WRONG})
    assert ("ok.py", *ASSIGNMENT) in places(report)


async def test_all_troubles_at_once(tmp_path: Path) -> None:
    """None hides another."""
    files: dict[str, str | bytes] = {
        "__init__.py": "",
        "broken.py": "def f(:\n    pass\n",
        "latin.py": b"# caf\xe9\n",
        "types.py": WRONG,
        "bad-package/__init__.py": WRONG,
        "a/conftest.py": "from . import side\n" + WRONG,
        "a/side.py": WRONG,
        "b/conftest.py": WRONG,
        "b/side.py": "break\n",
    }
    report = await analyse(tmp_path, files)
    assert {
        "broken.py": SkipReason.SYNTAX,
        "latin.py": SkipReason.ENCODING,
        "b/side.py": SkipReason.SYNTAX,
    } == report.skipped_paths
    assert [
        ("a/conftest.py", 2, "assignment"),
        ("a/side.py", 1, "assignment"),
        ("b/conftest.py", 1, "assignment"),
        ("b/side.py", 1, "error"),
        ("bad-package/__init__.py", 1, "assignment"),
        ("broken.py", 1, "syntax"),
        ("broken.py", 1, "syntax"),
        ("types.py", 1, "assignment"),
    ] == places(report)


async def test_names_that_look_like_arguments_are_files(tmp_path: Path) -> None:
    """A name may begin with "-" or "@", and hold what some take for the end of a line."""
    paths = ("--help.py", "@args.py", "a\u2028b.py", "-stubs/x.py", "ü.py")
    report = await analyse(tmp_path, {**dict.fromkeys(paths, WRONG), "z.py": "def f(:\n"})
    assert wrong(*paths) == [place for place in places(report) if place[2] == "assignment"]


async def test_a_file_that_crashes_mypy_costs_only_itself(tmp_path: Path) -> None:
    """MyPy 2.4 fails an assertion at singledispatch where the project has a functools of its own."""
    files = {
        "functools.py": "def singledispatch(f): return f\n",
        "crash.py": (
            "import functools\n@functools.singledispatch\ndef f(x: int) -> int: return x\n"
            "@f.register\ndef _(x: str) -> int: return 1\n"
        ),
        "ok.py": WRONG,
    }
    report = await analyse(tmp_path, files)
    assert wrong("ok.py") == places(report)
    assert {"crash.py": SkipReason.TOOL_ERROR} == report.skipped_paths
