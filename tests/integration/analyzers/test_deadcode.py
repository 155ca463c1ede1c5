import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from flext_quality.domain.analyses.events import SkipReason
from flext_quality.domain.errors import NothingToAnalyzeError
from flext_quality.domain.findings.finding import Category, Confidence, Severity
from flext_quality.infrastructure.analyzers.deadcode.analyzer import DeadCodeAnalyzer
from flext_quality.infrastructure.analyzers.tool import ToolOptions
from tests.fakes import FakeFileResultCache
from tests.recording import RecordingReport
from tests.workspaces import make_workspace, write_files

Files = dict[str, str | bytes]

MEBIBYTE = 1 << 20

CODE = """import ast
import os as system
from enum import Enum
from sys import *


class Colour(Enum):
    RED = 1
    _ignore_ = []


class Unused(ast.NodeVisitor):
    '''Its visit methods are used by ast, as vulture knows.'''

    def visit_Name(self, node):
        self.never_read = node
        return "%(local)s" % locals()
        print("after")

    @property
    def size(self):
        local = 1

    @classmethod
    def make(cls, parameter, _hidden, *, used): return used


def used():
    if False:
        return 1
    elif True:
        return 2
    while True:
        pass
    print(getattr(Colour, "attribute"), getattr(Colour, "return"), "{name.part}".format(**locals()))


def noted(x):  # type: (int) -> Colour
    return 1 if True else x


@decorator.route("/")
def routed(a: int, a1=1): ...


def waved_through(): ...  # noqa
def waved_by_code(b): ...  # noqa: V103
attribute = name = part = 1
attribute = 2
match used():
    case Colour(kind=1): raise SystemExit
    case [one, *rest]: pass
try: pass
except Exception as error: pass
(lambda unused: 1)
x = [y for y, z in []]
__all__ = ["exported"]
exported = unexported = 1
"""

READABLE: Files = {
    "a.py": CODE,
    "tests/test_a.py": CODE + "def test_it(): ...\nclass TestIt: ...\ndef setup_module(): ...\n",
    "pkg/__init__.py": "import json\nfrom .b import thing\n",
    "pkg/b.py": "def thing(): ...\ndef other(): ...\ndef test_is_none(): ...\n",
    "pkg/whitelist.py": "from pkg import b\nb.other\nthen = 1\n",
    "a file.py": "def blank(): ...\n",
    "quo'te\".py": "def quoted(): ...\n",
    "-dash.py": "def dashed(): ...\n",
    ".hidden/c.py": "def hidden(): ...\n",
    "unicode/\u00fc\u4e2d\U0001f600.py": "def \u00fcber(): ...\n",
    "crlf.py": "def crlf():\r\n    return 1\r\n    return 2\r\n",
    "bom.py": b"\xef\xbb\xbfdef bom(): ...\n",
    "latin.py": b"# coding: latin-1\n\xe4 = 1\n",
    "formfeed.py": "x1 = 1\n\x0c\ndef feed(): ...  # noqa\ndef fed(): ...\n",
    "empty.py": "",
}
ODD_FILES: Files = READABLE | {
    "w.pyw": "def windows(): ...\n",
    "stub.pyi": "def stub() -> None: ...\n",
    "notebook.ipynb": "{}",
    "undeclared.py": b"x = '\xe4'\n",
    "unknown.py": b"# coding: nonsense\n",
    "syntax.py": "def f(:\n",
    "nul.py": b"assert x\0\n",
    "brackets.py": "x = " + "(" * 3000 + ")" * 3000,
    "comment.py": "def first(): ...\nx = [] # type: (\ndef second(): ...\n",
}


async def analyze(
    tmp_path: Path, files: Files, cache: FakeFileResultCache | None = None, **options: object
) -> RecordingReport:
    """What is reported of a project with these files, whose analysis succeeds."""
    report = RecordingReport()
    chosen = ToolOptions(**options)  # type: ignore[arg-type]  # by their names
    analyzer = DeadCodeAnalyzer(chosen, cache or FakeFileResultCache())
    (await analyzer.run(make_workspace(tmp_path, files), report)).unwrap()
    return report


def bare(files: Files, directory: Path, *arguments: str) -> Counter[str]:
    """What plain vulture says of the same files elsewhere, a line for each finding."""
    write_files(directory, files)
    done = subprocess.run(
        [Path(sys.executable).parent / "vulture", *arguments],
        cwd=directory,
        env={"HOME": str(directory), "PATH": os.defpath, "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {1, 3}, done.stderr
    return Counter(done.stdout.splitlines())


def ours(report: RecordingReport) -> Counter[str]:
    """The same of our findings."""
    return Counter(f"{one.path}:{one.line}: {one.message}" for one in report.all_findings)


@pytest.mark.parametrize(
    ("configuration", "arguments"),
    [
        ("", ["."]),
        ("min_confidence = 61", ["."]),
        ("min_confidence = 100", ["."]),
        ("exclude = ['tests', '*/pkg/b.py', '*FEED*']", ["."]),
        ("exclude = ['ast_whitelist']", ["."]),
        ("ignore_names = ['visit_*', 'other', 'H*']", ["."]),
        ("ignore_decorators = ['@*.route', '@property']", ["."]),
        ("paths = ['pkg', 'a.py', './tests/']", []),
    ],
)
async def test_the_findings_are_vultures_own(
    tmp_path: Path, configuration: str, arguments: list[str]
) -> None:
    """Whatever the files and their configuration, plain vulture says the same."""
    files = ODD_FILES | {"pyproject.toml": f"[tool.vulture]\n{configuration}\n"}
    # Where the project lies matters to vulture: below a "test", as pytest's directories are, all are tests.
    with tempfile.TemporaryDirectory(prefix="vulture-") as elsewhere:
        expected = bare(files, Path(elsewhere), *arguments)

    report = await analyze(tmp_path / "test", files, processes=2)

    assert expected
    assert expected == ours(report)


async def test_a_finding_has_all_that_vulture_says(tmp_path: Path) -> None:
    """Rule, lines, words, and how sure it is."""
    files: Files = {
        "a.py": "import os\n\n\ndef f(x):\n    return 1\n    print()\n\n\nclass C:\n    y = f\n"
    }
    found = (await analyze(tmp_path, files)).all_findings

    assert [
        ("unused-import", 1, 1, Severity.LOW, Confidence.MEDIUM),
        ("unused-variable", 4, 4, Severity.LOW, Confidence.HIGH),
        ("unreachable-code", 6, 6, Severity.MEDIUM, Confidence.HIGH),
        ("unused-class", 9, 10, Severity.LOW, Confidence.LOW),
        ("unused-variable", 10, 10, Severity.LOW, Confidence.LOW),
    ] == [(one.rule, one.line, one.end_line, one.severity, one.confidence) for one in found]
    assert "unused import 'os' (90% confidence)" == found[0].message
    assert "unreachable code after 'return' (100% confidence)" == found[2].message
    assert {Category.DEAD_CODE} == {one.category for one in found}
    assert {"deadcode"} == {one.analyzer for one in found}


async def test_files_that_are_not_read_are_told(tmp_path: Path) -> None:
    """Each with its reason; what stands before a wrong type comment is read all the same."""
    report = await analyze(tmp_path, ODD_FILES)

    assert {
        "w.pyw": SkipReason.EXCLUDED,
        "stub.pyi": SkipReason.EXCLUDED,
        "notebook.ipynb": SkipReason.EXCLUDED,
        "undeclared.py": SkipReason.ENCODING,
        "unknown.py": SkipReason.ENCODING,
        "syntax.py": SkipReason.SYNTAX,
        "nul.py": SkipReason.SYNTAX,
        "brackets.py": SkipReason.SYNTAX,
        "comment.py": SkipReason.SYNTAX,
    } == report.skipped_paths
    assert len(ODD_FILES) - 3 == report.starts[0][1]
    assert (len(ODD_FILES) - 3, len(ODD_FILES) - 3) == report.progress[-1]


async def test_a_use_in_another_file_counts_even_if_only_one_changed(tmp_path: Path) -> None:
    """Unchanged files are not read again, and what is dead is found out of all of them."""
    cache = FakeFileResultCache()
    before = await analyze(
        tmp_path / "1", {"a.py": "def f(): ...\n", "b.py": "def g(): ...\n"}, cache
    )
    entries = len(cache.results)

    after = await analyze(tmp_path / "2", {"a.py": "def f(): ...\n", "b.py": "f()\n"}, cache)

    assert {"a.py", "b.py"} == {one.path for one in before.all_findings}
    assert [] == after.all_findings
    assert 1 == len(cache.results) - entries


async def test_nothing_is_read_again_without_a_change(tmp_path: Path) -> None:
    """Not for another least confidence either; other ignored names are another matter."""
    cache = FakeFileResultCache()
    first = await analyze(tmp_path / "1", ODD_FILES, cache)
    before = len(cache.results)
    changed = ODD_FILES | {"pyproject.toml": "[tool.vulture]\nmin_confidence = 100\n"}
    # With so little memory, a process could not even start.
    second = await analyze(tmp_path / "2", changed, cache, memory_limit_bytes=20 * MEBIBYTE)

    assert before == len(cache.results) == len(ODD_FILES) - 3
    assert first.skipped_paths == second.skipped_paths
    assert [one for one in first.all_findings if one.confidence is Confidence.HIGH] == (
        second.all_findings
    )
    assert first.starts[0][2] != second.starts[0][2]
    names: Files = ODD_FILES | {"pyproject.toml": "[tool.vulture]\nignore_names = ['x']\n"}
    await analyze(tmp_path / "3", names, cache)
    assert 2 * before == len(cache.results)


async def test_a_tree_that_vulture_ends_on_hides_no_other(tmp_path: Path) -> None:
    """Deep ones are read; what is deeper still is told."""
    files: Files = {
        "deep.py": "x = " + " + ".join(["y"] * 3000) + "\n",
        "deeper.py": "x = " + "-" * 50_000 + "1\n",
        "fine.py": "def f(): ...\n",
    }

    report = await analyze(tmp_path, files)

    assert {"deeper.py": SkipReason.TOOL_ERROR} == report.skipped_paths
    assert ["deep.py", "fine.py"] == [one.path for one in report.all_findings]


async def test_ignored_configuration_is_told(tmp_path: Path) -> None:
    """What has no effect is named, and everything is analysed."""
    configuration = (
        "[tool.vulture]\nverbose = true\nsort_by_size = true\nmake_whitelist = true\n"
        "min_confidence = 101\nexclude = 'a.py'\nignore_names = [1]\nwhatever = 1\n"
        f"paths = ['/etc', '../other', 'gone', '{'x' * 300}']\n"
    )

    report = await analyze(tmp_path, {"a.py": "def f(): ...\n", "pyproject.toml": configuration})

    options = (
        *("exclude", "ignore_names", "make_whitelist", "min_confidence"),
        *("paths", "paths", "paths", "paths", "sort_by_size", "verbose", "whatever"),
    )
    assert [("pyproject.toml", option) for option in options] == report.ignored_options
    assert ["a.py"] == [one.path for one in report.all_findings]


@pytest.mark.parametrize("content", ["[tool.vulture", b"\xff", "tool = 1", "[tool]\nvulture = 1"])
async def test_an_unreadable_configuration_is_as_good_as_none(
    tmp_path: Path, content: str | bytes
) -> None:
    """It is everybody's file, and other tools tell of it."""
    report = await analyze(tmp_path, {"a.py": "def f(): ...\n", "pyproject.toml": content})

    assert 1 == len(report.all_findings)


async def test_a_project_that_leaves_everything_out_has_nothing_to_analyze(tmp_path: Path) -> None:
    """That is no failure of the tool."""
    configuration = "[tool.vulture]\nexclude = ['.py']\n"
    workspace = make_workspace(tmp_path, {"a.py": CODE, "pyproject.toml": configuration})
    analyzer = DeadCodeAnalyzer(ToolOptions(), FakeFileResultCache())

    result = await analyzer.run(workspace, RecordingReport())

    assert isinstance(result.error, NothingToAnalyzeError)
