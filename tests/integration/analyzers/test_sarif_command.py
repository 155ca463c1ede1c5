"""Commands of the operator, really run."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from ruff import find_ruff_bin  # type: ignore[import-untyped]  # ships no types

from flext_quality.application.ports.sources import Workspace
from flext_quality.domain.errors import (
    QualityError,
    ToolFailedError,
    ToolNotInstalledError,
    ToolOutputInvalidError,
    ToolTimedOutError,
)
from flext_quality.infrastructure.analyzers.sarif.command import SarifCommand, SarifCommandAnalyzer
from flext_quality.infrastructure.analyzers.sarif.log import MAX_LOG_BYTES
from flext_quality.infrastructure.analyzers.tool import ToolOptions
from tests.recording import RecordingReport
from tests.unit.analyzers.sarif_logs import log_of, place, result, run_of
from tests.waiting import until
from tests.workspaces import make_workspace

SOURCE = {"app.py": "import os\n", "b/c.py": "import sys\n"}
RUFF = (find_ruff_bin(), "check", "--no-cache", "--isolated", "--output-format", "sarif")


def python(code: str, **fields: object) -> SarifCommand:
    """A command that runs a piece of Python; `fields` are the command's."""
    argv = (sys.executable, "-I", "-c", code, "{root}", "{scratch}")
    return SarifCommand(**{"name": "mine", "command": argv, **fields})  # type: ignore[arg-type]


async def ran(
    command: SarifCommand, workspace: Workspace
) -> tuple[RecordingReport, QualityError | None]:
    """What the command's analyzer says, and how it failed, if it did."""
    report = RecordingReport()
    outcome = await SarifCommandAnalyzer(command).run(workspace, report)
    return report, outcome.error


async def test_a_command_that_prints_sarif_becomes_an_analyzer(tmp_path: Path) -> None:
    """Findings carry its name and the tool's own rules; version and digest are those of its log."""
    command = SarifCommand("lint", (*RUFF, "{root}"), success_exit_codes=frozenset({0, 1}))
    report, error = await ran(command, make_workspace(tmp_path, SOURCE))
    assert error is None
    found = {(f.analyzer, f.rule, f.path, f.line, f.column) for f in report.all_findings}
    assert found == {("lint", "F401", "app.py", 1, 8), ("lint", "F401", "b/c.py", 1, 8)}
    (first, count, before), (version, _, digest) = report.starts
    assert (first, count) == ("", 2)
    assert version[0].isdigit()
    assert len(digest) == 64
    assert digest != before
    assert report.skips == []


async def test_a_command_may_write_its_log_into_a_file(tmp_path: Path) -> None:
    """In a directory of its own, which it is told."""
    argv = (*RUFF, "--exit-zero", "--output-file", "{scratch}/out.sarif")
    command = SarifCommand("lint", argv, output="out.sarif")
    workspace = make_workspace(tmp_path, SOURCE)
    report, error = await ran(command, workspace)
    assert error is None
    assert report.by_rule == {"F401": 2}
    assert not list(workspace.root.rglob("*.sarif"))


async def test_two_commands_do_not_share_their_files(tmp_path: Path) -> None:
    """They run side by side on one working copy."""
    workspace = make_workspace(tmp_path, SOURCE)
    code = "import sys, time; f = open(sys.argv[2] + '/out', 'x'); f.write(%r)"
    commands = []
    for rule in ("one", "two"):
        log = log_of(run_of(result(place("app.py"), ruleId=rule))).decode()
        commands.append(python(code % log, name=rule, output="out"))
    outcomes = await asyncio.gather(*(ran(command, workspace) for command in commands))
    assert [report.by_rule for report, _ in outcomes] == [{"one": 1}, {"two": 1}]


async def test_an_exit_code_that_was_not_named_is_a_failure(tmp_path: Path) -> None:
    """With the command's last words, without paths of the server."""
    code = "import sys; print('cannot read', sys.argv[1] + '/app.py', file=sys.stderr); sys.exit(3)"
    report, error = await ran(python(code), make_workspace(tmp_path, SOURCE))
    assert isinstance(error, ToolFailedError)
    assert error.message == "mine failed with exit code 3: cannot read app.py"
    assert report.all_findings == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "its output is empty"),
        ("print('no findings')", "its output is no JSON"),
        ("print('[]')", "its output is JSON but no SARIF log"),
        (
            f"for _ in range({MAX_LOG_BYTES // 999_999 + 1}): print('y' * 999_999)",
            "its output is larger than 50,331,648 bytes",
        ),
    ],
)
async def test_output_that_is_no_log_is_refused(tmp_path: Path, code: str, said: str) -> None:
    """And told what is wrong with it."""
    _, error = await ran(python(code), make_workspace(tmp_path, SOURCE))
    assert isinstance(error, ToolOutputInvalidError)
    assert said in error.message


async def test_a_file_that_was_not_written_is_told(tmp_path: Path) -> None:
    """A link in its place is not followed either."""
    _, missing = await ran(python("", output="out"), make_workspace(tmp_path / "1", SOURCE))
    assert isinstance(missing, ToolOutputInvalidError)
    assert "it did not write out" in missing.message
    secret = tmp_path / "secret"
    secret.write_bytes(log_of(run_of(result())))
    code = f"import os, sys; os.symlink({str(secret)!r}, sys.argv[2] + '/out')"
    _, linked = await ran(python(code, output="out"), make_workspace(tmp_path / "2", SOURCE))
    assert isinstance(linked, ToolOutputInvalidError)


async def test_a_log_that_says_it_failed_fails_the_analyzer(tmp_path: Path) -> None:
    """Whatever the exit code; what was found until then stays."""
    words = {"message": {"text": "out of rules"}, "level": "error"}
    invocation = {"executionSuccessful": False, "toolExecutionNotifications": [words]}
    run = run_of(result(place("app.py")), driver={"name": "mine"}, invocations=[invocation])
    report, error = await ran(
        python(f"print({log_of(run).decode()!r})"), make_workspace(tmp_path, SOURCE)
    )
    assert error is not None
    assert error.message == "mine failed with exit code 1: out of rules"
    assert len(report.all_findings) == 1


async def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    """By its name, when it is asked for its version too."""
    command = SarifCommand("mine", ("no-such-program-anywhere",))
    _, error = await ran(command, make_workspace(tmp_path, SOURCE))
    assert isinstance(error, ToolNotInstalledError)
    assert isinstance((await SarifCommandAnalyzer(command).version()).error, ToolNotInstalledError)
    assert (await SarifCommandAnalyzer(python("")).version()).is_success


async def test_the_project_does_not_decide_what_runs(tmp_path: Path) -> None:
    """A program of that name in the working copy is not found, though it is the current directory."""
    workspace = make_workspace(tmp_path, {**SOURCE, "linter": "#!/bin/sh\ntouch /tmp/never\n"})
    (workspace.root / "linter").chmod(0o755)
    _, error = await ran(SarifCommand("mine", ("linter",)), workspace)
    assert isinstance(error, ToolNotInstalledError)


async def test_a_command_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    """With what it started."""
    options = ToolOptions(timeout_seconds=1.0)
    code = "import subprocess; subprocess.run(['sleep', '60'])"
    workspace = make_workspace(tmp_path, SOURCE)
    _, error = await ran(python(code, options=options), workspace)
    assert isinstance(error, ToolTimedOutError)
    assert running_in(workspace.root) == []


async def test_a_cancelled_command_is_killed(tmp_path: Path) -> None:
    """Before the cancellation goes on."""
    code = "import sys, time; open(sys.argv[2] + '/on', 'w').close(); time.sleep(60)"
    workspace = make_workspace(tmp_path, SOURCE)
    work = asyncio.create_task(ran(python(code), workspace))
    started = workspace.scratch / "sarif" / "mine" / "on"
    await until(started.exists)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert running_in(workspace.root) == []


async def test_messages_name_no_path_of_the_server(tmp_path: Path) -> None:
    """A tool that prints the working copy's path in its messages tells clients only the rest."""
    code = (
        "import json, sys; text = 'in ' + sys.argv[1] + '/app.py'; "
        "place = {'physicalLocation': {'artifactLocation': {'uri': 'file://' + sys.argv[1] + '/app.py'}}}; "
        "run = {'tool': {'driver': {'name': 'x'}}, 'results': "
        "[{'message': {'text': text}, 'locations': [place]}]}; "
        "print(json.dumps({'version': '2.1.0', 'runs': [run]}))"
    )
    report, error = await ran(python(code), make_workspace(tmp_path, SOURCE))
    assert error is None
    (finding,) = report.all_findings
    assert (finding.path, finding.message) == ("app.py", "in app.py")
    assert str(tmp_path) not in repr(report)


def running_in(directory: Path) -> list[str]:
    """Processes whose current directory is `directory`."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and (process / "cwd").readlink() == directory:
                found.append(process.name)
        except OSError:
            continue
    return found
