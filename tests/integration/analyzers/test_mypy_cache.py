"""MyPy's incremental cache, and that findings are those of the bare tool with and without it."""

from __future__ import annotations

import asyncio
import fcntl
import importlib.util
import json
import os
import resource
import shutil
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.identifiers import ProjectName
from flext_quality.infrastructure.analyzers.mypy.analyzer import MyPyAnalyzer
from flext_quality.infrastructure.analyzers.tool import ToolOptions
from tests.recording import RecordingReport
from tests.workspaces import make_workspace, write_files

WRONG = 'value: int = "text"\n'


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """The server's data directory."""
    return tmp_path / "data"


def copy_of(package: str, directory: Path) -> Path:
    """A real project: the sources of an installed package."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    ignored = shutil.ignore_patterns("__pycache__", "*.so")
    shutil.copytree(Path(spec.origin).parent, directory / package, ignore=ignored)
    return directory


def new_workspace(directory: Path, source: Path | Mapping[str, str]) -> Workspace:
    """A working copy in a new directory."""
    directory.mkdir()
    return make_workspace(directory, source)


async def analyse(directory: Path, source: Path, data_dir: Path) -> RecordingReport:
    """One analysis, as any other in a new working copy."""
    report = RecordingReport()
    workspace = new_workspace(directory, source)
    (await MyPyAnalyzer(ToolOptions(), data_dir).run(workspace, report)).unwrap()
    return report


def processor_seconds() -> float:
    """What all ended processes of this one took."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def cache_of(data_dir: Path) -> Path:
    """The cache of the one project and environment."""
    (directory,) = (data_dir / "cache" / "mypy" / "sample").iterdir()
    return directory


@pytest.mark.parametrize("package", ["bandit", "dishka"])
async def test_the_findings_are_those_of_the_bare_tool(
    tmp_path: Path, data_dir: Path, package: str
) -> None:
    """By file, line, column and rule, in real projects, cold and warm."""
    source = copy_of(package, tmp_path / "source")
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / "mypy",
        *("--output", "json", "--no-error-summary", "--cache-dir", "/dev/null", "."),
        cwd=source,
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    lines = [json.loads(line) for line in printed.splitlines()]
    bare = Counter((line["file"], line["line"], line["column"] + 1, line["code"]) for line in lines)
    assert bare
    for name in ("cold", "warm"):
        report = await analyse(tmp_path / name, source, data_dir)
        found = Counter((f.path, f.line, f.column, f.rule) for f in report.all_findings)
        assert bare == found
        assert {} == report.skipped_paths


async def test_a_second_analysis_is_quick_and_the_same(tmp_path: Path, data_dir: Path) -> None:
    """What did not change is not checked again, though the working copy lies elsewhere."""
    source = copy_of("bandit", tmp_path / "source")
    began = processor_seconds()
    cold = await analyse(tmp_path / "cold", source, data_dir)
    middle = processor_seconds()
    warm = await analyse(tmp_path / "warm", source, data_dir)
    assert processor_seconds() - middle < (middle - began) / 2
    assert cold.all_findings == warm.all_findings


async def test_after_a_change_the_findings_are_those_of_a_first_analysis(
    tmp_path: Path, data_dir: Path
) -> None:
    """Also those in files that import the changed one."""
    source = copy_of("bandit", tmp_path / "source")
    await analyse(tmp_path / "before", source, data_dir)
    with (source / "bandit" / "core" / "issue.py").open("a") as file:
        file.write(WRONG)
    (source / "bandit" / "core" / "constants.py").write_text("HIGH = 1\n")
    after = await analyse(tmp_path / "after", source, data_dir)
    fresh = await analyse(tmp_path / "fresh", source, tmp_path / "other-data")
    assert fresh.all_findings == after.all_findings


async def test_a_moved_package_is_told_at_its_new_place(tmp_path: Path, data_dir: Path) -> None:
    """The bare MyPy goes on telling of the old place."""
    source = tmp_path / "source"
    write_files(source, {"pkg/__init__.py": "", "pkg/a.py": WRONG})
    before = await analyse(tmp_path / "before", source, data_dir)
    (source / "src").mkdir()
    (source / "pkg").rename(source / "src" / "pkg")
    after = await analyse(tmp_path / "after", source, data_dir)
    paths = [f.path for report in (before, after) for f in report.all_findings]
    assert ["pkg/a.py", "src/pkg/a.py"] == paths


async def test_a_module_whose_old_place_is_taken_is_told_at_its_new_place(
    tmp_path: Path, data_dir: Path
) -> None:
    """What lies at the old place is another module now."""
    source = tmp_path / "source"
    write_files(source, {"one/tool.py": WRONG})
    await analyse(tmp_path / "before", source, data_dir)
    write_files(source, {"one/__init__.py": "", "two/tool.py": WRONG})
    after = await analyse(tmp_path / "after", source, data_dir)
    assert ["one/tool.py", "two/tool.py"] == [finding.path for finding in after.all_findings]


async def test_a_moved_file_that_is_only_imported_is_told_at_its_new_place(
    tmp_path: Path, data_dir: Path
) -> None:
    """That is one that the configuration leaves out, but other files import."""
    source = tmp_path / "source"
    files = {
        "mypy.ini": "[mypy]\nexclude = ^(src/)?gen/\n",
        "main.py": "import gen.a\n",
        "src/main2.py": "import gen.a\n",
        "gen/a.py": WRONG,
        "gen/__init__.py": "",
    }
    write_files(source, files)
    before = await analyse(tmp_path / "before", source, data_dir)
    (source / "gen").rename(source / "src" / "gen")
    after = await analyse(tmp_path / "after", source, data_dir)
    paths = [f.path for report in (before, after) for f in report.all_findings]
    assert ["gen/a.py", "src/gen/a.py"] == paths


async def test_analyses_of_one_project_do_not_wait_for_each_other(
    tmp_path: Path, data_dir: Path
) -> None:
    """The one that comes second works without the cache, and finds the same."""
    source = tmp_path / "source"
    write_files(source, {"a.py": WRONG})
    await analyse(tmp_path / "first", source, data_dir)
    cache = cache_of(data_dir)
    shutil.rmtree(cache / "run-0")
    with (cache / "lock").open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = await analyse(tmp_path / "second", source, data_dir)
    assert 1 == len(second.all_findings)
    assert not (cache / "run-0").exists()


async def test_a_damaged_cache_is_made_anew(tmp_path: Path, data_dir: Path) -> None:
    """It costs time only."""
    source = tmp_path / "source"
    write_files(source, {"a.py": WRONG})
    await analyse(tmp_path / "first", source, data_dir)
    for file in (cache_of(data_dir) / "run-0").rglob("*.db"):
        file.write_bytes(b"damaged" * 1000)
    second = await analyse(tmp_path / "second", source, data_dir)
    assert 1 == len(second.all_findings)


async def test_projects_have_caches_of_their_own(tmp_path: Path, data_dir: Path) -> None:
    """Equal module names in two projects never meet."""
    reports = []
    for name, code in (("one", WRONG), ("two", "value: int = 1\n")):
        workspace = new_workspace(tmp_path / name, {"a.py": code})
        report = RecordingReport()
        analyzer = MyPyAnalyzer(ToolOptions(), data_dir)
        (await analyzer.run(replace(workspace, project=ProjectName(name)), report)).unwrap()
        reports.append(report)
    assert [1, 0] == [len(report.all_findings) for report in reports]
    assert {"one", "two"} == {path.name for path in (data_dir / "cache" / "mypy").iterdir()}


async def test_caches_of_environments_that_are_gone_are_removed(
    tmp_path: Path, data_dir: Path
) -> None:
    """After a month without use."""
    for name, last_use in (("old", 0.0), ("recent", time.time())):
        lock = data_dir / "cache" / "mypy" / "sample" / name / "lock"
        write_files(lock.parent, {"lock": ""})
        os.utime(lock, (last_use, last_use))
    source = tmp_path / "source"
    write_files(source, {"a.py": WRONG})
    await analyse(tmp_path / "copy", source, data_dir)
    names = {path.name for path in (data_dir / "cache" / "mypy" / "sample").iterdir()}
    assert ("recent" in names, "old" in names, len(names)) == (True, False, 2)
