import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from flext_quality.domain.analyses.events import SkipReason
from flext_quality.domain.errors import (
    AnalyzerDisabledError,
    NothingToAnalyzeError,
    ToolFailedError,
    ToolTimedOutError,
)
from flext_quality.domain.findings.finding import Confidence, Severity
from flext_quality.infrastructure.analyzers.bandit.analyzer import BanditAnalyzer, scanner_for
from flext_quality.infrastructure.analyzers.bandit.configuration import BanditConfiguration
from flext_quality.infrastructure.analyzers.bandit.output import BanditResult
from flext_quality.infrastructure.analyzers.per_file.shards import Shards
from flext_quality.infrastructure.analyzers.tool import ToolOptions
from tests.fakes import FakeFileResultCache
from tests.recording import RecordingReport
from tests.waiting import until
from tests.workspaces import make_workspace, write_files

Files = dict[str, str | bytes]

MEBIBYTE = 1 << 20
MEMORY_LIMIT_BYTES = 96 * MEBIBYTE
"""Enough for Bandit, but not for a file of `TOO_LARGE_BYTES` as well."""
TOO_LARGE_BYTES = MEMORY_LIMIT_BYTES

CODE = "import subprocess\nsubprocess.call(x, shell=True)\nassert x\nassert y  # nosec\nexec(z)\n"

ODD_FILES: Files = {
    "a.py": CODE,
    "w.pyw": CODE,
    "stub.pyi": CODE,
    "tests/test_a.py": CODE,
    ".github/b.py": CODE,
    ".tox/c.py": CODE,
    "pkg/CVS/e.py": CODE,
    "pkg/__init__.py": "",
    "pkg/d.py": CODE,
    "a file.py": CODE,
    "quo'te\".py": CODE,
    "-dash.py": CODE,
    "unicode/\u00fc\u4e2d\U0001f600.py": "# \u00fc\n" + CODE,
    "crlf.py": CODE.replace("\n", "\r\n"),
    "bom.py": b"\xef\xbb\xbf" + CODE.encode(),
    "latin.py": b"# coding: latin-1\nx = '\xe4'; assert x\n",
    "undeclared.py": b"x = '\xe4'; assert x\n",
    "syntax.py": "def f(:\n",
    "nul.py": b"assert x\0\n",
    "deep.py": "x = " + "(" * 3000 + ")" * 3000,
    "empty.py": "",
}


async def analyze(
    tmp_path: Path, files: Files, cache: FakeFileResultCache | None = None, **options: object
) -> RecordingReport:
    """What is reported of a project with these files, whose analysis succeeds."""
    report = RecordingReport()
    chosen = ToolOptions(**options)  # type: ignore[arg-type]  # by their names
    analyzer = BanditAnalyzer(chosen, cache or FakeFileResultCache())
    (await analyzer.run(make_workspace(tmp_path, files), report)).unwrap()
    return report


def bare(tmp_path: Path, files: Files, *arguments: str) -> Counter[tuple[object, ...]]:
    """All that plain Bandit says of the same files elsewhere."""
    project = tmp_path / "bare"
    write_files(project, files)
    (project / ".git").mkdir()
    done = subprocess.run(
        [Path(sys.executable).parent / "bandit", "-q", "-r", "-f", "json", *arguments, "."],
        cwd=project,
        env={"HOME": str(tmp_path), "PATH": os.defpath, "LANG": "C.UTF-8"},
        capture_output=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    return Counter(
        (
            found["test_id"],
            found["filename"].removeprefix("./"),
            found["line_number"],
            found["issue_severity"],
            found["issue_confidence"],
            found["issue_text"],
            found["more_info"],
        )
        for found in json.loads(done.stdout)["results"]
    )


def ours(report: RecordingReport) -> Counter[tuple[object, ...]]:
    """The same of our findings."""
    return Counter(
        (
            found.rule,
            found.path,
            found.line,
            found.severity.name,
            found.confidence.name,
            found.message,
            found.documentation_url,
        )
        for found in report.all_findings
    )


@pytest.mark.parametrize(
    ("configuration", "arguments"),
    [
        ({}, []),
        ({".bandit": "[bandit]\nskips = B101,B404\nexclude = ./tests,./pkg\n"}, []),
        ({"pkg/.bandit": "[bandit]\ntests = B101\nignore-nosec = true\n"}, []),
        (
            {
                "pyproject.toml": "[tool.bandit]\nexclude_dirs = ['tests']\nskips = ['B602']\n"
                "assert_used = {skips = ['./a.py']}\n"
            },
            ["-c", "pyproject.toml"],
        ),
        (
            {
                "bandit.yaml": "skips: [B404]\nshell_injection: {no_shell: [], shell: [],"
                " subprocess: []}\n",
                ".bandit": "[bandit]\nskips = B102\n",
            },
            ["-c", "bandit.yaml"],
        ),
    ],
)
async def test_the_findings_are_bandits_own(
    tmp_path: Path, configuration: Files, arguments: list[str]
) -> None:
    """Whatever the files and their configuration, plain Bandit says the same."""
    files = ODD_FILES | configuration

    report = await analyze(tmp_path, files, processes=2)

    assert report.all_findings
    assert bare(tmp_path, files, *arguments) == ours(report)


async def test_a_finding_has_all_that_bandit_says(tmp_path: Path) -> None:
    """Place, severity, confidence and page arrive; lines and columns count from 1."""
    (finding,) = (await analyze(tmp_path, {"a.py": "x = 1\nif x:\n    exec(x)\n"})).all_findings

    assert ("B102", "a.py", 3, 5, 3, 12) == (
        finding.rule,
        finding.path,
        finding.line,
        finding.column,
        finding.end_line,
        finding.end_column,
    )
    assert (Severity.MEDIUM, Confidence.HIGH) == (finding.severity, finding.confidence)
    assert finding.documentation_url.endswith("plugins/b102_exec_used.html")


async def test_files_that_are_not_scanned_are_told(tmp_path: Path) -> None:
    """Each with its reason, while all others are scanned."""
    report = await analyze(tmp_path, ODD_FILES)

    assert {
        "pkg/CVS/e.py": SkipReason.EXCLUDED,
        "stub.pyi": SkipReason.EXCLUDED,
        "undeclared.py": SkipReason.ENCODING,
        "syntax.py": SkipReason.SYNTAX,
        "nul.py": SkipReason.SYNTAX,
        "deep.py": SkipReason.SYNTAX,
    } == report.skipped_paths
    assert len(ODD_FILES) - 2 == report.starts[0][1]
    assert (len(ODD_FILES) - 2, len(ODD_FILES) - 2) == report.progress[-1]


async def test_unchanged_files_are_scanned_once(tmp_path: Path) -> None:
    """The second analysis takes all from the cache, files without findings included."""
    cache = FakeFileResultCache()
    first = await analyze(tmp_path / "1", ODD_FILES, cache)
    # With Python gone, a process could not even start.
    report = RecordingReport()
    workspace = make_workspace(tmp_path / "2", ODD_FILES)
    options = ToolOptions(memory_limit_bytes=20 * MEBIBYTE)

    (await BanditAnalyzer(options, cache).run(workspace, report)).unwrap()

    assert len(ODD_FILES) - 2 == len(cache.results)
    assert first.all_findings == report.all_findings
    assert first.skipped_paths == report.skipped_paths


async def test_only_changed_files_are_scanned_again(tmp_path: Path) -> None:
    """A change of one file changes its findings and no others'."""
    cache = FakeFileResultCache()
    await analyze(tmp_path / "1", {"a.py": CODE, "b.py": CODE}, cache)
    before = len(cache.results)

    report = await analyze(tmp_path / "2", {"a.py": CODE, "b.py": "assert x\n"}, cache)

    assert 1 == len(cache.results) - before
    assert ["a.py"] * 4 + ["b.py"] == [finding.path for finding in report.all_findings]


async def test_another_configuration_does_not_take_old_results(tmp_path: Path) -> None:
    """A cached result is of the same checks only."""
    cache = FakeFileResultCache()
    await analyze(tmp_path / "1", {"a.py": CODE}, cache)

    report = await analyze(tmp_path / "2", {"a.py": CODE, ".bandit": "[bandit]\nskips=B101"}, cache)

    assert 0 == report.by_rule["B101"]


async def test_damaged_cache_entries_are_as_good_as_none(tmp_path: Path) -> None:
    """They cost time only."""
    cache = FakeFileResultCache()
    await analyze(tmp_path / "1", {"a.py": CODE}, cache)
    cache.results = dict.fromkeys(cache.results, b"{")

    assert 4 == len((await analyze(tmp_path / "2", {"a.py": CODE}, cache)).all_findings)


async def test_many_files_in_several_processes(tmp_path: Path) -> None:
    """Two thousand small files: counts are exact, findings in the order of paths, progress told."""
    files: Files = {f"p{i % 20:02}/m{i:04}.py": "assert x\n" for i in range(2000)}

    report = await analyze(tmp_path, files, processes=3)

    assert sorted(files) == [finding.path for finding in report.all_findings]
    assert sorted(report.progress) == report.progress
    assert (2000, 2000) == report.progress[-1]


async def test_a_file_that_kills_its_process_hides_no_other(tmp_path: Path) -> None:
    """Those two are told, and all others have their findings."""
    files: Files = {f"m{i}.py": "assert x\n" for i in range(10)}
    files |= dict.fromkeys(["m3x.py", "m7x.py"], b"#" * TOO_LARGE_BYTES)

    report = await analyze(tmp_path, files, memory_limit_bytes=MEMORY_LIMIT_BYTES)

    assert dict.fromkeys(["m3x.py", "m7x.py"], SkipReason.TOOL_ERROR) == report.skipped_paths
    assert "bandit failed with exit code 1: it needs more than its 96 MiB of memory" == (
        report.skips[0].detail
    )
    assert 10 == len(report.all_findings)


async def test_a_file_that_bandit_gives_up_on_hides_no_other(tmp_path: Path) -> None:
    """Where Bandit catches the error itself, its words are told."""
    files: Files = {"a.py": CODE, "huge.py": "x = [" + "1, 2, " * 200_000 + "]\n", "z.py": CODE}

    report = await analyze(tmp_path, files, memory_limit_bytes=MEMORY_LIMIT_BYTES)

    assert {"huge.py": SkipReason.TOOL_ERROR} == report.skipped_paths
    assert "exception while scanning file" == report.skips[0].detail
    assert 8 == len(report.all_findings)


async def test_a_check_that_fails_on_a_file_is_told(tmp_path: Path) -> None:
    """Its other findings are there."""
    configuration = "hardcoded_tmp_directory: {tmp_dirs: 3}\n"

    report = await analyze(
        tmp_path, {"a.py": "x = '/tmp/x'\nassert x\n", "bandit.yaml": configuration}
    )

    assert {"B101": 1} == report.by_rule
    assert {"a.py": SkipReason.TOOL_ERROR} == report.skipped_paths
    assert "hardcoded_tmp_directory" in report.skips[-1].detail


async def test_a_tool_that_never_works_fails(tmp_path: Path) -> None:
    """It is not blamed on the files one by one."""
    workspace = make_workspace(tmp_path, {"a.py": CODE})
    analyzer = BanditAnalyzer(ToolOptions(memory_limit_bytes=20 * MEBIBYTE), FakeFileResultCache())

    result = await analyzer.run(workspace, RecordingReport())

    assert isinstance(result.error, ToolFailedError)


async def test_a_senseless_profile_fails_with_bandits_words(tmp_path: Path) -> None:
    """The project's people read what to mend."""
    workspace = make_workspace(
        tmp_path, {"a.py": CODE, ".bandit": "[bandit]\ntests=B101\nskips=B101\n"}
    )

    result = await BanditAnalyzer(ToolOptions(), FakeFileResultCache()).run(
        workspace, RecordingReport()
    )

    assert isinstance(result.error, ToolFailedError)
    assert "Non-exclusive include/exclude test sets: {'B101'}" in result.error.message


async def test_ignored_configuration_is_told(tmp_path: Path) -> None:
    """What the project may not decide has no effect, and the event log says so."""
    target = tmp_path / "report.html"
    configuration = f"[bandit]\noutput = {target}\nformat = html\ntargets = /etc\n"

    report = await analyze(tmp_path, {"a.py": CODE, ".bandit": configuration})

    assert [
        (".bandit", "format"),
        (".bandit", "output"),
        (".bandit", "targets"),
    ] == report.ignored_options
    assert {"a.py"} == {finding.path for finding in report.all_findings}
    assert not target.exists()


async def test_nothing_of_the_project_is_executed(tmp_path: Path) -> None:
    """Neither set-up scripts nor files with the names of modules that the tool imports."""
    canary = tmp_path / "canary"
    evil = f"open({str(canary)!r}, 'w')\n"
    names = (
        *("setup", "conftest", "sitecustomize", "usercustomize", "ast", "json", "yaml", "bandit"),
        *("logging", "runner", "stevedore/__init__", "bandit/__init__", "rich/__init__"),
    )
    files: Files = {f"{name}.py": evil for name in names}
    files["evil.egg-info/entry_points.txt"] = "[bandit.plugins]\nevil = setup:x\n"
    files["evil.pth"] = f"import os; {evil}"

    report = await analyze(tmp_path / "data", files)

    assert len(names) == report.starts[0][1]
    assert not canary.exists()


async def test_nothing_to_scan_is_an_outcome_of_its_own(tmp_path: Path) -> None:
    """A project without Python, or with all of it left out, is no failure of Bandit."""
    projects: list[Files] = [
        {"pyproject.toml": ""},
        {".bandit": "[bandit]\nexclude=.py\n", "a.py": CODE},
        {"a.pyi": ""},
    ]
    for number, files in enumerate(projects):
        workspace = make_workspace(tmp_path / str(number), files)
        result = await BanditAnalyzer(ToolOptions(), FakeFileResultCache()).run(
            workspace, RecordingReport()
        )
        assert isinstance(result.error, NothingToAnalyzeError)


async def test_a_switched_off_analyzer_does_nothing(tmp_path: Path) -> None:
    """The operator decides which tools run."""
    report = RecordingReport()
    workspace = make_workspace(tmp_path, {"a.py": CODE})

    result = await BanditAnalyzer(ToolOptions(enabled=False), FakeFileResultCache()).run(
        workspace, report
    )

    assert isinstance(result.error, AnalyzerDisabledError)
    assert RecordingReport() == report


SLOW: Files = {f"{i:03}.py": "x = f(1, [2, 3], {4: 5})\n" * 2000 for i in range(100)}


async def test_a_time_limit_ends_it(tmp_path: Path) -> None:
    """The limit is for all processes together, and the error tells it."""
    workspace = make_workspace(tmp_path, SLOW)
    options = ToolOptions(timeout_seconds=1.0, processes=2)

    result = await BanditAnalyzer(options, FakeFileResultCache()).run(workspace, RecordingReport())

    assert isinstance(result.error, ToolTimedOutError)
    assert 1.0 == result.error.timeout_seconds


async def test_cancelling_ends_all_processes(tmp_path: Path) -> None:
    """The task ends as cancelled, and nothing works in the copy any more."""
    workspace = make_workspace(tmp_path, SLOW)
    report = RecordingReport()
    options = ToolOptions(processes=2)
    running = asyncio.create_task(
        BanditAnalyzer(options, FakeFileResultCache()).run(workspace, report)
    )
    await until(lambda: bool(report.progress))

    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    shutil.rmtree(workspace.root)
    assert report.progress[-1][0] < len(SLOW)


async def test_shards_give_up_in_the_end(tmp_path: Path) -> None:
    """A tool that dies on file after file fails, instead of being started for ever."""
    workspace = make_workspace(tmp_path, dict.fromkeys(["a.py", "b.py"], b"#" * TOO_LARGE_BYTES))
    results: list[BanditResult] = []

    async def take(some: Sequence[BanditResult]) -> None:
        results.extend(some)

    options = ToolOptions(memory_limit_bytes=MEMORY_LIMIT_BYTES)
    scanner = scanner_for(workspace, BanditConfiguration())
    shards = Shards("bandit", scanner, workspace, options, take, max_crashes=3)

    with pytest.raises(ToolFailedError):
        await shards.run(workspace.files)
    assert [("a.py", "crash")] == [(result.path, result.error) for result in results]
