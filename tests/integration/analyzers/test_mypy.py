"""The real MyPy over working copies: what it finds, and what it is not allowed to do."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from flext_quality.domain.analyses.events import SkipReason
from flext_quality.domain.errors import (
    AnalyzerDisabledError,
    NothingToAnalyzeError,
    ToolFailedError,
    ToolTimedOutError,
)
from flext_quality.domain.findings.finding import Finding, Severity
from flext_quality.infrastructure.analyzers.mypy.analyzer import MyPyAnalyzer
from flext_quality.infrastructure.analyzers.mypy.profile import PROFILE
from flext_quality.infrastructure.analyzers.tool import ToolOptions, installed_version
from tests.recording import RecordingReport
from tests.waiting import until
from tests.workspaces import make_workspace

WRONG = 'value: int = "text"\n'
"""One finding: assignment."""


async def analyse(
    tmp_path: Path,
    files: Mapping[str, str | bytes],
    options: ToolOptions | None = None,
) -> RecordingReport:
    """What MyPy says to `files`; it must succeed."""
    report = RecordingReport()
    workspace = make_workspace(tmp_path, files)
    analyzer = MyPyAnalyzer(options or ToolOptions(), tmp_path / "data")
    (await analyzer.run(workspace, report)).unwrap()
    return report


def places(report: RecordingReport) -> list[tuple[str, int, str]]:
    """Path, line and rule of each finding."""
    return [(finding.path, finding.line, finding.rule) for finding in report.all_findings]


async def test_a_finding_tells_rule_severity_place_and_documentation(tmp_path: Path) -> None:
    """Columns count from 1, and the end is the column after the last character."""
    report = await analyse(tmp_path, {"a.py": f"\n{WRONG}"})
    assert [
        Finding(
            analyzer="mypy",
            rule="assignment",
            severity=Severity.MEDIUM,
            message=(
                'Incompatible types in assignment (expression has type "str", '
                'variable has type "int")'
            ),
            path="a.py",
            line=2,
            column=14,
            end_line=2,
            end_column=20,
            documentation_url="https://mypy.readthedocs.io/en/stable/_refs.html#code-assignment",
        )
    ] == report.all_findings
    version = installed_version(PROFILE).unwrap()
    ((told_version, file_count, digest),) = report.starts
    assert (version, 1, 64) == (told_version, file_count, len(digest))
    assert (1, 1) == report.progress[-1]


async def test_notes_are_findings_of_no_weight(tmp_path: Path) -> None:
    """What MyPy only notes is INFO."""
    report = await analyse(tmp_path, {"a.py": "reveal_type(1)\n"})
    (note,) = report.all_findings
    assert ("misc", Severity.INFO) == (note.rule, note.severity)
    assert note.message.startswith("Revealed type is")


async def test_findings_come_in_the_order_of_the_files(tmp_path: Path) -> None:
    """By path, line, column and rule, whatever order MyPy works in."""
    files = {"b.py": "import a\n" + WRONG, "a.py": WRONG + "more: str = 1; less: bytes = 2\n"}
    report = await analyse(tmp_path, files)
    assert [("a.py", 1), ("a.py", 2), ("a.py", 2), ("b.py", 2)] == [
        (finding.path, finding.line) for finding in report.all_findings
    ]
    columns = [finding.column for finding in report.all_findings]
    assert columns[1] < columns[2]


async def test_a_project_without_python_has_nothing_for_it(tmp_path: Path) -> None:
    """Notebooks and .pyw files are none of MyPy's."""
    workspace = make_workspace(tmp_path, {"a.pyw": WRONG, "b.ipynb": "{}", "mypy.ini": "[mypy]\n"})
    result = await MyPyAnalyzer(ToolOptions(), tmp_path / "data").run(workspace, RecordingReport())
    assert isinstance(result.error, NothingToAnalyzeError)


async def test_an_operator_can_switch_it_off(tmp_path: Path) -> None:
    """Then it says so."""
    workspace = make_workspace(tmp_path, {"a.py": WRONG})
    analyzer = MyPyAnalyzer(ToolOptions(enabled=False), tmp_path / "data")
    result = await analyzer.run(workspace, RecordingReport())
    assert isinstance(result.error, AnalyzerDisabledError)


# --- limits ---------------------------------------------------------------------------------------


async def test_its_time_is_limited(tmp_path: Path) -> None:
    """An expression that takes MyPy minutes ends at the operator's limit."""
    hard = "value = " + " + ".join(["1"] * 9_000) + "\n"
    workspace = make_workspace(tmp_path, {"hard.py": hard})
    analyzer = MyPyAnalyzer(ToolOptions(timeout_seconds=1.5), tmp_path / "data")
    result = await analyzer.run(workspace, RecordingReport())
    assert isinstance(result.error, ToolTimedOutError)
    assert 1.5 == result.error.timeout_seconds


async def test_its_memory_is_limited(tmp_path: Path) -> None:
    """Past the limit it fails with a reason that names the limit."""
    workspace = make_workspace(tmp_path, {"a.py": WRONG})
    options = ToolOptions(memory_limit_bytes=120 << 20)
    result = await MyPyAnalyzer(options, tmp_path / "data").run(workspace, RecordingReport())
    assert isinstance(result.error, ToolFailedError)
    assert "120 MiB of memory" in result.error.message


async def test_cancellation_ends_its_processes(tmp_path: Path) -> None:
    """Nothing of it runs on once the analysis is cancelled."""
    hard = "value = " + " + ".join(["1"] * 9_000) + "\n"
    workspace = make_workspace(tmp_path, {"hard.py": hard})
    task = asyncio.create_task(
        MyPyAnalyzer(ToolOptions(), tmp_path / "data").run(workspace, RecordingReport())
    )
    scratch = str(workspace.scratch)
    await until(lambda: bool(_processes_naming(scratch)))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [] == _processes_naming(scratch)


def _processes_naming(text: str) -> list[int]:
    """Running processes with `text` in their arguments."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (directory / "cmdline").read_bytes()
        except OSError:
            continue
        if text.encode() in arguments:
            found.append(int(directory.name))
    return found


# --- nothing of the project is run ------------------------------------------------------------------


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that comes to be if code of the project runs."""
    return tmp_path / "canary"


def cry(canary: Path) -> str:
    """Code that would give itself away."""
    return f"open({str(canary)!r}, 'w').close()\n"


def has_cried(canary: Path) -> bool:
    """Whether it did."""
    return canary.exists()


@pytest.mark.parametrize(
    "configuration",
    [
        {"mypy.ini": "[mypy]\nplugins = plugin.py\nmypy_path = .\n"},
        {"setup.cfg": "[mypy]\nplugins = plugin\n"},
        {"pyproject.toml": '[tool.mypy]\nplugins = ["plugin.py", "plugin"]\n'},
        {"pyproject.toml": '[tool.mypy]\npython_executable = "./python"\n'},
        {"mypy.ini": "[mypy]\ninstall_types = True\nnon_interactive = True\n"},
        {},
    ],
)
async def test_no_code_of_the_project_is_run(
    tmp_path: Path, canary: Path, configuration: Mapping[str, str]
) -> None:
    """Neither plugins nor modules that a careless Python would import from the project."""
    code = cry(canary)
    names = (
        "plugin",
        "sitecustomize",
        "usercustomize",
        "mypy",
        "json",
        "site",
        "librt",
        "ast_serialize",
    )
    files = {f"{name}.py": code for name in names} | {"enum.py": code, "ok.py": WRONG}
    report = await analyse(
        tmp_path, {**files, "python": f"#!/bin/sh\ntouch {canary}\n", **configuration}
    )
    assert not has_cried(canary)
    assert ("ok.py", 1, "assignment") in places(report)
    given = [
        option
        for option in ("plugins", "python_executable", "install_types")
        if any(option in text for text in configuration.values())
    ]
    told = [option for _, option in report.ignored_options]
    assert all(option in told for option in given)


# --- configuration ----------------------------------------------------------------------------------


async def test_the_projects_own_flags_count_also_by_module(tmp_path: Path) -> None:
    """As with the bare tool."""
    files = {
        "pyproject.toml": (
            "[tool.mypy]\ndisallow_untyped_defs = true\n"
            '[[tool.mypy.overrides]]\nmodule = ["old.*"]\ndisallow_untyped_defs = false\n'
        ),
        "new.py": "def f(): pass\n",
        "old/__init__.py": "def f(): pass\n",
    }
    report = await analyse(tmp_path, files)
    assert [("new.py", 1, "no-untyped-def")] == places(report)
    assert [] == report.ignored


async def test_excluded_files_are_told_one_by_one(tmp_path: Path) -> None:
    """MyPy itself decides what `exclude` matches."""
    files = {
        "mypy.ini": "[mypy]\nexclude = (?x)(^gen/ | _pb2\\.py$)\n",
        "gen/a.py": WRONG,
        "gen/deep/b.py": WRONG,
        "c_pb2.py": WRONG,
        "ok.py": WRONG,
    }
    report = await analyse(tmp_path, files)
    assert ["ok.py"] == [finding.path for finding in report.all_findings]
    assert report.skipped_paths == dict.fromkeys(
        ("c_pb2.py", "gen/a.py", "gen/deep/b.py"), SkipReason.EXCLUDED
    )


async def test_a_pattern_that_takes_for_ever_ends_with_the_time_limit(tmp_path: Path) -> None:
    """A project cannot make the server itself hang with its `exclude`."""
    files = {"mypy.ini": "[mypy]\nexclude = (a+)+$\n", f"{'a' * 60}!.py": WRONG}
    workspace = make_workspace(tmp_path, files)
    analyzer = MyPyAnalyzer(ToolOptions(timeout_seconds=2), tmp_path / "data")
    result = await analyzer.run(workspace, RecordingReport())
    assert isinstance(result.error, ToolTimedOutError)


async def test_if_everything_is_excluded_there_is_nothing_to_do(tmp_path: Path) -> None:
    """And each file is told."""
    report = RecordingReport()
    workspace = make_workspace(tmp_path, {"mypy.ini": "[mypy]\nexclude = .\n", "a.py": WRONG})
    result = await MyPyAnalyzer(ToolOptions(), tmp_path / "data").run(workspace, report)
    assert isinstance(result.error, NothingToAnalyzeError)
    assert {"a.py": SkipReason.EXCLUDED} == report.skipped_paths


async def test_a_value_that_mypy_refuses_does_not_stop_it(tmp_path: Path) -> None:
    """The option is left out and told; the others count."""
    files = {
        "mypy.ini": "[mypy]\nenable_error_code = no-such-code\ndisallow_untyped_defs = True\n",
        "a.py": "def f(): pass\n",
    }
    report = await analyse(tmp_path, files)
    assert [("a.py", 1, "no-untyped-def")] == places(report)
    assert [("mypy.ini", "enable_error_code")] == report.ignored_options
    assert "no-such-code" in report.ignored[0].message


async def test_an_unreadable_configuration_is_told(tmp_path: Path) -> None:
    """And the analysis goes on without it."""
    report = await analyse(tmp_path, {"pyproject.toml": "[tool.mypy\n", "a.py": WRONG})
    assert [("a.py", 1, "assignment")] == places(report)
    assert [("pyproject.toml", "*")] == report.ignored_options


async def test_the_environment_variables_of_the_server_do_not_count(tmp_path: Path) -> None:
    """MYPYPATH and the like reach no tool, so equal configurations give equal findings."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "hidden_module.py").write_text("x = 1\n")
    os.environ["MYPYPATH"] = str(elsewhere)
    try:
        report = await analyse(tmp_path, {"a.py": "import hidden_module\n"})
    finally:
        del os.environ["MYPYPATH"]
    assert [("a.py", 1, "import-not-found")] == places(report)


async def test_an_operator_can_name_the_environment_of_the_projects(tmp_path: Path) -> None:
    """Its packages are seen by their types, and the digest of the configuration tells the difference."""
    environment = tmp_path / "environment"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "venv", "--without-pip", str(environment)
    )
    assert 0 == await process.wait()
    (packages,) = environment.glob("lib/python3*/site-packages")
    (packages / "typed_thing").mkdir()
    (packages / "typed_thing" / "__init__.py").write_text("answer: int = 42\n")
    (packages / "typed_thing" / "py.typed").touch()
    workspace = make_workspace(
        tmp_path, {"a.py": "import typed_thing\nx: str = typed_thing.answer\n"}
    )
    report, plain = RecordingReport(), RecordingReport()
    data = tmp_path / "data"
    analyzer = MyPyAnalyzer(ToolOptions(), data, environment / "bin" / "python")
    (await analyzer.run(workspace, report)).unwrap()
    assert [("a.py", 2, "assignment")] == places(report)
    second = replace(workspace, scratch=tmp_path / "second")
    second.scratch.mkdir()
    (await MyPyAnalyzer(ToolOptions(), data).run(second, plain)).unwrap()
    assert [("a.py", 1, "import-not-found")] == places(plain)
    assert report.starts[0][2] != plain.starts[0][2]


async def test_only_the_projects_own_files_are_told_of(tmp_path: Path) -> None:
    """A project cannot ask for what is wrong in the server's packages."""
    files = {"mypy.ini": "[mypy]\nno_silence_site_packages = True\n", "a.py": "import msgspec\n"}
    report = await analyse(tmp_path, files)
    assert [] == places(report)
    assert [("mypy.ini", "no_silence_site_packages")] == report.ignored_options
