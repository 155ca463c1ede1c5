"""What holds for the analyzers that go file by file, whatever they look for."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from flext_quality.domain.analyses.events import SkipReason
from flext_quality.domain.errors import (
    AnalyzerDisabledError,
    NothingToAnalyzeError,
    ToolFailedError,
    ToolTimedOutError,
)
from flext_quality.infrastructure.analyzers.complexity.analyzer import ComplexityAnalyzer
from flext_quality.infrastructure.analyzers.deadcode.analyzer import DeadCodeAnalyzer
from flext_quality.infrastructure.analyzers.per_file.analyzer import PerFileAnalyzer
from flext_quality.infrastructure.analyzers.tool import ToolOptions
from tests.fakes import FakeFileResultCache
from tests.recording import RecordingReport
from tests.waiting import until
from tests.workspaces import make_workspace

Files = dict[str, str | bytes]
Kind = type[PerFileAnalyzer[Any]]

MEBIBYTE = 1 << 20
TOO_LITTLE_BYTES = 20 * MEBIBYTE
"""Python does not even start."""

pytestmark = pytest.mark.parametrize("kind", [ComplexityAnalyzer, DeadCodeAnalyzer])

CODE = "def f(x):\n    if x:\n        for y in x:\n            while y:\n                pass\n"
SLOW: Files = {f"{i:03}.py": CODE * 500 for i in range(100)}


def analyzer(kind: Kind, **options: Any) -> PerFileAnalyzer[Any]:
    """One with these options and an empty cache."""
    return kind(ToolOptions(**options), FakeFileResultCache())


async def test_it_has_the_version_of_its_tools(kind: Kind) -> None:
    """The installed ones."""
    assert (await analyzer(kind).version()).unwrap()[0].isdigit()


async def test_many_files_in_several_processes(tmp_path: Path, kind: Kind) -> None:
    """Two thousand small files: progress is told, and in the end all are done."""
    files: Files = {f"p{i % 20:02}/m{i:04}.py": CODE for i in range(2000)}
    report = RecordingReport()

    (await analyzer(kind, processes=3).run(make_workspace(tmp_path, files), report)).unwrap()

    assert sorted(report.progress) == report.progress
    assert (2000, 2000) == report.progress[-1]
    assert {} == report.skipped_paths


async def test_a_file_that_kills_its_process_hides_no_other(tmp_path: Path, kind: Kind) -> None:
    """It is told, and all others are analysed."""
    limit = 160 * MEBIBYTE
    files: Files = {"a.py": CODE, "huge.py": b"#" * limit, "z.py": CODE}
    report = RecordingReport()
    workspace = make_workspace(tmp_path, files)

    (await analyzer(kind, memory_limit_bytes=limit).run(workspace, report)).unwrap()

    assert {"huge.py": SkipReason.TOOL_ERROR} == report.skipped_paths
    assert report.skips[0].detail.endswith("it needs more than its 160 MiB of memory")


async def test_damaged_cache_entries_are_as_good_as_none(tmp_path: Path, kind: Kind) -> None:
    """They cost time only."""
    cache = FakeFileResultCache()
    first, second = RecordingReport(), RecordingReport()
    await kind(ToolOptions(), cache).run(make_workspace(tmp_path / "1", {"a.py": CODE}), first)
    cache.results = dict.fromkeys(cache.results, b"{")
    await kind(ToolOptions(), cache).run(make_workspace(tmp_path / "2", {"a.py": CODE}), second)

    assert first.all_findings == second.all_findings
    assert first.measured == second.measured


async def test_nothing_of_the_project_is_executed(tmp_path: Path, kind: Kind) -> None:
    """Not even files with the names of modules that the tools import."""
    canary = tmp_path / "canary"
    evil = f"open({str(canary)!r}, 'w')\n"
    names = (
        *("sitecustomize", "usercustomize", "ast", "json", "tokenize", "pkgutil", "scanner"),
        *("radon/__init__", "complexipy", "mando", "vulture/__init__", "whitelist_utils"),
    )
    files: Files = {f"{name}.py": evil for name in names}
    files["evil.pth"] = f"import os; {evil}"
    report = RecordingReport()

    (await analyzer(kind).run(make_workspace(tmp_path / "data", files), report)).unwrap()

    assert len(names) == report.starts[0][1]
    assert not canary.exists()


async def test_a_tool_that_never_works_fails(tmp_path: Path, kind: Kind) -> None:
    """It is not blamed on the files one by one."""
    workspace = make_workspace(tmp_path, {"a.py": CODE})

    result = await analyzer(kind, memory_limit_bytes=TOO_LITTLE_BYTES).run(
        workspace, RecordingReport()
    )

    assert isinstance(result.error, ToolFailedError)


async def test_nothing_to_analyze_is_an_outcome_of_its_own(tmp_path: Path, kind: Kind) -> None:
    """A project without Python that runs is no failure of the tools."""
    projects: list[Files] = [{"pyproject.toml": ""}, {"a.pyi": "", "b.ipynb": "{}"}]
    for number, files in enumerate(projects):
        workspace = make_workspace(tmp_path / str(number), files)
        result = await analyzer(kind).run(workspace, RecordingReport())
        assert isinstance(result.error, NothingToAnalyzeError)


async def test_a_switched_off_analyzer_does_nothing(tmp_path: Path, kind: Kind) -> None:
    """The operator decides which tools run."""
    report = RecordingReport()
    workspace = make_workspace(tmp_path, {"a.py": CODE})

    result = await analyzer(kind, enabled=False).run(workspace, report)

    assert isinstance(result.error, AnalyzerDisabledError)
    assert RecordingReport() == report


async def test_a_time_limit_ends_it(tmp_path: Path, kind: Kind) -> None:
    """The limit is for all processes together, and the error tells it."""
    workspace = make_workspace(tmp_path, SLOW)

    result = await analyzer(kind, timeout_seconds=0.5, processes=2).run(
        workspace, RecordingReport()
    )

    assert isinstance(result.error, ToolTimedOutError)
    assert 0.5 == result.error.timeout_seconds


async def test_cancelling_ends_all_processes(tmp_path: Path, kind: Kind) -> None:
    """The task ends as cancelled, and nothing works in the copy any more."""
    workspace = make_workspace(tmp_path, SLOW)
    report = RecordingReport()
    running = asyncio.create_task(analyzer(kind, processes=2).run(workspace, report))
    await until(lambda: bool(report.progress))

    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    shutil.rmtree(workspace.root)
    assert report.progress[-1][0] < len(SLOW)
