import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flext_quality.domain.analyses.events import SkipReason
from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.projects.project import Thresholds
from flext_quality.infrastructure.analyzers.complexity.analyzer import ComplexityAnalyzer
from flext_quality.infrastructure.analyzers.tool import ToolOptions
from tests.fakes import FakeFileResultCache
from tests.recording import RecordingReport
from tests.workspaces import make_workspace, write_files

Files = dict[str, str | bytes]

MEBIBYTE = 1 << 20
_BIN = Path(sys.executable).parent

CODE = """import os


class Cart:
    '''Holds things.'''

    def total(self, prices):
        for price in prices:
            if price and price > 1:
                yield price  # one
            elif price:
                with os.scandir() as found:
                    yield found
            else:
                if not price:
                    yield 0

    @property
    @staticmethod
    def closure(a, b):
        def inner(c):
            class Deep:
                def method(self):
                    return [x for x in c if x] or None
            return Deep
        return inner if a else lambda d: d and b

    class Inner:
        async def wait(self):
            async for x in self:
                while True:
                    try:
                        pass
                    except ValueError:
                        break
                    finally:
                        pass


if os:
    def late(x): return x; x = 1
"""

READABLE: Files = {
    "a.py": CODE,
    "pkg/__init__.py": "",
    "pkg/only_comments.py": "# one\n\n# two\n",
    "pkg/script.py": "if x:\n    y = [1, 2,\n         3]\n'''doc\n\nstring'''\n",
    "a file.py": CODE,
    "quo'te\".py": CODE,
    "-dash.py": CODE,
    "unicode/\u00fc\u4e2d\U0001f600.py": "# \u00fc\n" + CODE,
    "crlf.py": CODE.replace("\n", "\r\n"),
    "bom.py": b"\xef\xbb\xbf" + CODE.encode(),
    "formfeed.py": CODE.replace("\n\nclass", "\n\x0c\nclass"),
    "semicolons.py": "a = 1; b = 2\nif a: b = 3; c = 4\n",
}
ODD_FILES: Files = READABLE | {
    "w.pyw": CODE,
    "stub.pyi": "def f() -> None: ...\n",
    "notebook.ipynb": "{}",
    "latin.py": b"# coding: latin-1\ndef f(): return '\xe4'\n",
    "undeclared.py": b"x = '\xe4'\n",
    "unknown.py": b"# coding: nonsense\n",
    "syntax.py": "def f(:\n",
    "nul.py": b"assert x\0\n",
    "deep.py": "x = " + "(" * 3000 + ")" * 3000,
}


async def analyze(
    tmp_path: Path,
    files: Files,
    cache: FakeFileResultCache | None = None,
    thresholds: Thresholds | None = None,
    **options: object,
) -> RecordingReport:
    """What is reported of a project with these files, whose analysis succeeds."""
    report = RecordingReport()
    chosen = ToolOptions(**options)  # type: ignore[arg-type]  # by their names
    workspace = make_workspace(tmp_path, files, thresholds or Thresholds())
    analyzer = ComplexityAnalyzer(chosen, cache or FakeFileResultCache())
    (await analyzer.run(workspace, report)).unwrap()
    return report


def printed(directory: Path, *command: str) -> str:
    """What a bare tool prints of a directory."""
    done = subprocess.run(
        [_BIN / command[0], *command[1:]],
        cwd=directory,
        env={"HOME": str(directory), "PATH": os.defpath, "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def blocks(found: list[dict[str, Any]]) -> Iterator[tuple[int, int]]:
    """Line and complexity of the functions, methods and closures that radon tells."""
    for block in found:
        if block["type"] == "class":
            continue  # its methods are in the list too
        yield block["lineno"], block["complexity"]
        yield from blocks(block["closures"])


async def test_the_figures_are_the_tools_own(tmp_path: Path) -> None:
    """Of each file, radon and complexipy say the same by themselves."""
    everything = Thresholds(
        cyclomatic_complexity=0, cognitive_complexity=0, nesting_depth=0, maintainability_index=100
    )
    report = await analyze(tmp_path, READABLE, thresholds=everything, processes=2)
    bare = tmp_path / "bare"
    # Radon's command line does not read files with a byte order mark.
    write_files(bare, READABLE | {"bom.py": CODE})
    indices = json.loads(printed(bare, "radon", "mi", "-j", "."))
    cyclomatic = json.loads(printed(bare, "radon", "cc", "-j", "."))
    printed(bare, "complexipy", "--output-format", "json", "--output", "found.json", ".")
    cognitive = json.loads((bare / "found.json").read_text())

    assert sorted(READABLE) == [one.path for one in report.measured]
    for one in report.measured:
        assert one.values["maintainability_index"] == pytest.approx(indices[one.path]["mi"])
        told = dict(blocks(cyclomatic.get(one.path, [])))
        # radon's command line leaves out methods of inner classes: here, those of `Deep` and `Inner`.
        left_out = 4 + 4 if one.values["classes"] else 0
        assert one.values["cyclomatic_complexity"] == sum(told.values()) + left_out
        found = [f["complexity"] for f in cognitive if one.path.endswith(f["file_name"])]
        same = [f["complexity"] for f in cognitive if f["path"].removeprefix("./") == one.path]
        assert one.values["cognitive_complexity"] == sum(same or found)


async def test_what_is_measured_of_a_file(tmp_path: Path) -> None:
    """Functions of every kind count, closures and methods of local classes too."""
    (measured,) = (await analyze(tmp_path, {"a.py": CODE})).measured

    values = dict(measured.values)
    assert 0 < values.pop("maintainability_index") < 100
    assert {
        "functions": 6,
        "classes": 3,
        "cyclomatic_complexity": 6 + 3 + 1 + 4 + 4 + 1,
        "cognitive_complexity": values["cognitive_complexity"],
        "max_cyclomatic_complexity": 6,
        "max_cognitive_complexity": values["max_cognitive_complexity"],
        "max_nesting_depth": 3,
    } == values


async def test_what_is_not_there_is_not_measured(tmp_path: Path) -> None:
    """A file without functions has no most complex one."""
    (measured,) = (await analyze(tmp_path, {"a.py": "x = 1\n"})).measured

    assert {
        "functions": 0,
        "classes": 0,
        "cyclomatic_complexity": 0,
        "cognitive_complexity": 0,
        "maintainability_index": 100,
    } == dict(measured.values)


NESTED = "def f(x):\n    if x:\n        for y in x:\n            while y:\n                pass\n"


async def test_functions_and_files_beyond_the_thresholds_are_found(tmp_path: Path) -> None:
    """Each with value and threshold, at the function; twice the threshold is HIGH."""
    body = "".join(f"    {line}\n" for line in NESTED.splitlines())
    files: Files = {"pkg/a.py": f"class C:\n    @staticmethod\n{body}"}
    thresholds = Thresholds(3, 3, 2, 0)

    found = (await analyze(tmp_path, files, thresholds=thresholds)).all_findings

    assert [
        ("cyclomatic-complexity", Severity.MEDIUM, 3, 5),
        ("cognitive-complexity", Severity.HIGH, 3, 5),
        ("nesting-depth", Severity.MEDIUM, 3, 5),
    ] == [(one.rule, one.severity, one.line, one.column) for one in found]
    assert [
        "C.f: the cyclomatic complexity is 4 (threshold 3)",
        "C.f: the cognitive complexity is 6 (threshold 3)",
        "C.f: the nesting depth is 3 (threshold 2)",
    ] == [one.message for one in found]
    assert {"complexity"} == {one.analyzer for one in found}
    assert {Category.MAINTAINABILITY} == {one.category for one in found}


async def test_a_value_at_its_threshold_is_fine(tmp_path: Path) -> None:
    """And a threshold of 0 switches its rule off."""
    at = await analyze(tmp_path / "1", {"a.py": NESTED}, thresholds=Thresholds(4, 6, 3, 0))
    off = await analyze(tmp_path / "2", {"a.py": NESTED}, thresholds=Thresholds(0, 0, 0, 0))

    assert [] == at.all_findings == off.all_findings


async def test_other_thresholds_do_not_measure_anew(tmp_path: Path) -> None:
    """The second analysis starts no process, and finds what is beyond the new thresholds."""
    cache = FakeFileResultCache()
    first = await analyze(tmp_path / "1", ODD_FILES, cache)
    before = len(cache.results)
    # With so little memory, a process could not even start.
    second = await analyze(
        tmp_path / "2", ODD_FILES, cache, Thresholds(1, 1, 1, 99), memory_limit_bytes=20 * MEBIBYTE
    )

    assert len(ODD_FILES) - 2 == before == len(cache.results)
    assert first.measured == second.measured
    assert first.skipped_paths == second.skipped_paths
    assert len(first.all_findings) < len(second.all_findings)
    assert first.starts[0][2] != second.starts[0][2]


async def test_files_that_are_not_measured_are_told(tmp_path: Path) -> None:
    """Each with its reason, while all others are measured."""
    report = await analyze(tmp_path, ODD_FILES)

    assert {
        "stub.pyi": SkipReason.EXCLUDED,
        "notebook.ipynb": SkipReason.EXCLUDED,
        "undeclared.py": SkipReason.ENCODING,
        "unknown.py": SkipReason.ENCODING,
        "syntax.py": SkipReason.SYNTAX,
        "nul.py": SkipReason.SYNTAX,
        "deep.py": SkipReason.SYNTAX,
    } == report.skipped_paths
    assert {*READABLE, "w.pyw", "latin.py"} == {one.path for one in report.measured}
    assert (len(ODD_FILES) - 2, len(ODD_FILES) - 2) == report.progress[-1]


async def test_long_chains_are_no_difficulty(tmp_path: Path) -> None:
    """Trees that are deeper than Python's usual limit are measured."""
    chain = "def f(x):\n    if x == 0: return 0\n" + "".join(
        f"    elif x == {number}: return {number}\n" for number in range(1500)
    )
    files: Files = {"elif.py": chain, "sum.py": "x = " + " + ".join(["y"] * 3000) + "\n"}

    report = await analyze(tmp_path, files)

    assert {} == report.skipped_paths
    assert 1502 == report.measured[0].values["max_cyclomatic_complexity"]
    assert 1 == report.measured[0].values["max_nesting_depth"]


async def test_a_file_that_is_too_deep_hides_no_other(tmp_path: Path) -> None:
    """It is told, and the next one is measured."""
    files: Files = {"a.py": "x = " + "-" * 50_000 + "1\n", "b.py": NESTED}

    report = await analyze(tmp_path, files)

    assert {"a.py": SkipReason.TOOL_ERROR} == report.skipped_paths
    assert "it is nested too deeply, or takes more memory than there is" == report.skips[0].detail
    assert ["b.py"] == [one.path for one in report.measured]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python 3.12 mended its tokenizer")
async def test_what_one_tool_cannot_read_the_others_measure(tmp_path: Path) -> None:
    """Radon's line counts stumble over some identifiers that Python takes."""
    name = "x\U000e0100"  # a name for Python, but not for its tokenizer
    files: Files = {"a.py": f"def f():\n    {name} = 1; return {name}\n"}

    report = await analyze(tmp_path, files)

    (measured,) = report.measured
    assert 1 == measured.values["functions"]
    assert "maintainability_index" not in measured.values
    assert {"a.py": SkipReason.TOOL_ERROR} == report.skipped_paths
    assert report.skips[0].detail.startswith("radon: ")


async def test_comments_leave_functions_out_of_cognitive_complexity(tmp_path: Path) -> None:
    """Complexipy's own comments count; cyclomatic complexity is told all the same."""
    code = NESTED.replace("def f(x):", "def f(x):  # complexipy: ignore")

    report = await analyze(tmp_path, {"a.py": code}, thresholds=Thresholds(1, 1, 0, 0))

    assert {"cyclomatic-complexity": 1} == report.by_rule
    assert "max_cognitive_complexity" not in report.measured[0].values


async def test_ignored_configuration_is_told(tmp_path: Path) -> None:
    """Radon's and complexipy's own thresholds are not used."""
    configuration = "[tool.radon]\ncc_min = 'F'\n[tool.complexipy]\nexclude = ['a.py']\n"

    report = await analyze(tmp_path, {"a.py": NESTED, "pyproject.toml": configuration})

    assert [
        ("pyproject.toml", "tool.complexipy"),
        ("pyproject.toml", "tool.radon"),
    ] == report.ignored_options
    assert ["a.py"] == [one.path for one in report.measured]
