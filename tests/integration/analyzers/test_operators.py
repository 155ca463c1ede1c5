from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from mypy.main import define_options

from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.ports.analyzers import Analyzer
from flext_quality.domain.errors import AnalyzerDisabledError, ToolFailedError
from flext_quality.infrastructure.analyzers.bandit.analyzer import BanditAnalyzer
from flext_quality.infrastructure.analyzers.bandit.operators import BanditOperator
from flext_quality.infrastructure.analyzers.current import CurrentAnalyzer
from flext_quality.infrastructure.analyzers.mypy.analyzer import MyPyAnalyzer
from flext_quality.infrastructure.analyzers.mypy.operators import STRICT, MyPyOperator
from flext_quality.infrastructure.analyzers.ruff.analyzer import RuffAnalyzer
from flext_quality.infrastructure.analyzers.tool import ToolOptions
from tests.fakes import FakeAnalyzer, FakeFeatureFlags, FakeFileResultCache
from tests.recording import RecordingReport
from tests.workspaces import make_workspace

CODE = "import os, subprocess\n\ndef f(x):\n    assert x\n    subprocess.call(x, shell=True)\n"


async def run(analyzer: Analyzer, tmp_path: Path, files: dict[str, str]) -> RecordingReport:
    """What an analyzer says of a project; it must succeed."""
    report = RecordingReport()
    (await analyzer.run(make_workspace(tmp_path, files), report)).unwrap()
    return report


def ignored(report: RecordingReport) -> set[tuple[str, str]]:
    """Path and option of what was not used because of the operator."""
    return {(i.path, i.option) for i in report.ignored if "operator decides" in i.message}


def bandit(**operator: object) -> BanditAnalyzer:
    """Bandit with what the operator says."""
    said = BanditOperator(**operator)  # type: ignore[arg-type]  # by their names
    return BanditAnalyzer(ToolOptions(), FakeFileResultCache(), said)


def mypy(tmp_path: Path, **operator: object) -> MyPyAnalyzer:
    """MyPy with what the operator says."""
    said = MyPyOperator(**operator)  # type: ignore[arg-type]  # by their names
    return MyPyAnalyzer(ToolOptions(), tmp_path / "data", operator=said)


async def test_bandits_levels_are_the_operators(tmp_path: Path) -> None:
    """Over those of the project, which is told; another level is another configuration."""
    files = {"a.py": CODE, ".bandit": "[bandit]\nlevel = low\nconfidence = high\n"}
    plain = await run(bandit(), tmp_path / "1", files)
    assert Counter({"B101": 1, "B404": 1, "B602": 1}) == plain.by_rule
    high = await run(bandit(severity="high", confidence="low"), tmp_path / "2", files)
    assert Counter({"B602": 1}) == high.by_rule
    assert ignored(high) == {(".bandit", "level"), (".bandit", "confidence")}
    assert high.starts[0][2] != plain.starts[0][2]
    everything = await run(bandit(severity="all", confidence="all"), tmp_path / "3", {"a.py": CODE})
    assert Counter({"B101": 1, "B404": 1, "B602": 1}) == everything.by_rule
    assert not ignored(everything)


async def test_bandits_file_is_the_operators(tmp_path: Path) -> None:
    """In place of all that the project says, which is told."""
    mine = tmp_path / "mine.yaml"
    mine.write_text("skips: [B101]\n")
    files = {
        "a.py": CODE,
        "sub/.bandit": "[bandit]\nskips = B602\n",
        "pyproject.toml": "[tool.bandit]\nskips = ['B404']\n",
        "bandit.yaml": "skips: [",
    }
    report = await run(bandit(config_file=mine), tmp_path / "1", files)
    assert Counter({"B404": 1, "B602": 1}) == report.by_rule
    assert ignored(report) == {
        ("sub/.bandit", "[bandit]"),
        ("pyproject.toml", "bandit"),
        ("bandit.yaml", "bandit"),
    }
    mine.write_text("skips: [B404]\n")
    again = await run(bandit(config_file=mine), tmp_path / "2", {"a.py": CODE})
    assert again.starts[0][2] != report.starts[0][2]


async def test_ruffs_file_is_the_operators(tmp_path: Path) -> None:
    """In place of every file of the project, which is told."""
    mine = tmp_path / "mine.toml"
    mine.write_text("lint.select = ['D100']\n")
    files = {
        "a.py": CODE,
        "pyproject.toml": "[tool.ruff.lint]\nselect = ['F']\n",
        "sub/ruff.toml": "exclude = ['*.py']\n",
        "sub/b.py": CODE,
        "other/pyproject.toml": "[tool.black]\n",
    }
    report = await run(RuffAnalyzer(ToolOptions(), mine), tmp_path / "1", files)
    assert Counter({"D100": 2}) == report.by_rule
    assert ignored(report) == {("pyproject.toml", "*"), ("sub/ruff.toml", "*")}
    mine.write_text("lint.select = ['D100', 'F401']\n")
    again = await run(RuffAnalyzer(ToolOptions(), mine), tmp_path / "2", files)
    assert Counter({"D100": 2, "F401": 2}) == again.by_rule
    assert again.starts[0][2] != report.starts[0][2]


def test_what_strict_means_is_what_mypy_says() -> None:
    """The flags of --strict, in the installed version."""
    assert dict(define_options()[2]) == dict(STRICT)


async def test_strict_is_the_operators(tmp_path: Path) -> None:
    """Whatever the project relaxes, in whatever form and for whichever modules; the rest of it counts."""
    files = {
        "a.py": "def f(x):\n    return x\n",
        "b.py": 'y: int = ""\n',
        "mypy.ini": "[mypy]\ndisallow_untyped_defs = False\nallow_untyped_calls = True\n"
        "warn_return_any = True\nimplicit_reexport = True\nno_implicit_reexport = False\n"
        "[mypy-a]\ndisallow_incomplete_defs = no\n[mypy-b]\nignore_errors = True\n",
    }
    plain = await run(mypy(tmp_path), tmp_path / "1", files)
    assert plain.by_rule == {}
    strict = await run(mypy(tmp_path, strict=True), tmp_path / "2", files)
    assert Counter({"no-untyped-def": 1}) == strict.by_rule
    assert ignored(strict) == {
        ("mypy.ini", option)
        for option in (
            *("allow_untyped_calls", "disallow_incomplete_defs", "disallow_untyped_defs"),
            *("implicit_reexport", "no_implicit_reexport"),
        )
    }
    assert strict.starts[0][2] != plain.starts[0][2]


async def test_a_project_is_not_strict_where_the_operator_is_not(tmp_path: Path) -> None:
    """Its strict is told; a project that is not strict says nothing."""
    files = {"a.py": "def f(x):\n    return x\n", "mypy.ini": "[mypy]\nstrict = True\n"}
    report = await run(mypy(tmp_path, strict=False), tmp_path / "1", files)
    assert (report.by_rule, ignored(report)) == ({}, {("mypy.ini", "strict")})
    files["mypy.ini"] = "[mypy]\nstrict = False\n"
    report = await run(mypy(tmp_path, strict=False), tmp_path / "2", files)
    assert not ignored(report)
    report = await run(mypy(tmp_path, strict=True), tmp_path / "3", files)
    assert Counter({"no-untyped-def": 1}) == report.by_rule
    assert ignored(report) == {("mypy.ini", "strict")}


async def test_mypys_file_is_the_operators(tmp_path: Path) -> None:
    """In place of the project's, in either format."""
    mine = tmp_path / "mine.toml"
    mine.write_text("[tool.mypy]\ndisallow_untyped_defs = true\n")
    files = {"a.py": "def f(x):\n    return x\n", "mypy.ini": "[mypy]\nignore_errors = True\n"}
    report = await run(mypy(tmp_path, config_file=mine), tmp_path / "1", files)
    assert Counter({"no-untyped-def": 1}) == report.by_rule
    assert ignored(report) == {("mypy.ini", "*")}
    ini = tmp_path / "mine.ini"
    ini.write_text("[mypy]\nignore_errors = True\n")
    report = await run(mypy(tmp_path, config_file=ini), tmp_path / "2", {"a.py": 'x: int = ""'})
    assert (report.by_rule, report.ignored) == ({}, [])


@pytest.mark.parametrize("content", [None, "= ["])
async def test_an_operators_file_that_is_wrong_fails_the_analyzer(
    tmp_path: Path, content: str | None
) -> None:
    """It is named without its place on the server."""
    mine = tmp_path / "secret-place" / "mine.toml"
    if content is not None:
        mine.parent.mkdir()
        mine.write_text(content)
    analyzers: tuple[Analyzer, ...] = (
        bandit(config_file=mine),
        mypy(tmp_path, config_file=mine),
        RuffAnalyzer(ToolOptions(), mine),
    )
    for analyzer in analyzers:
        workspace = make_workspace(tmp_path / analyzer.name, {"a.py": CODE})
        error = (await analyzer.run(workspace, RecordingReport())).error
        assert isinstance(error, ToolFailedError)
        assert "mine.toml" in error.message or analyzer.name == "ruff"
        assert content is not None or "operator's configuration mine.toml" in error.message
        assert "secret-place" not in error.message


async def test_an_analyzer_is_the_current_one_unless_its_flag_is_off(tmp_path: Path) -> None:
    """The flag is the project's; what replaces the analyzer counts from the next run on."""
    analyzers = [Analyzers.of(FakeAnalyzer("fake"))]
    flags = FakeFeatureFlags()
    current = CurrentAnalyzer("fake", lambda: analyzers[0], flags)
    workspace = make_workspace(tmp_path, {"a.py": CODE})
    assert (await current.run(workspace, RecordingReport())).is_success
    assert (await current.version()).is_success
    flags.rules["analyzer.fake", workspace.project] = False
    result = await current.run(workspace, RecordingReport())
    assert isinstance(result.error, AnalyzerDisabledError)
    assert current.name == "fake"
