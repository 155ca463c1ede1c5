from __future__ import annotations

import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from fcntl import ioctl
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commands import COMMAND, Commands
from tests.waiting import PATIENCE_SECONDS


def test_a_newcomer_sees_the_whole_story(commands: Commands, shop: Path) -> None:
    """One command analyses a project with every analyzer and sums it up in plain lines."""
    result = commands.run("analyze", shop)
    assert (0, "") == (result.returncode, result.stderr)
    lines = result.stdout.splitlines()
    assert "Analyzing shop" == lines[0]
    assert any(line.startswith(" Analysis succeeded in ") for line in lines)
    assert any("bandit B602" in line for line in lines)
    shown = [line.split() for line in lines if line.startswith(" ")]
    succeeded = {words[0] for words in shown if words[2:3] == ["succeeded"]}
    assert {"bandit", "complexity", "deadcode", "duplication", "mypy", "ruff"} == succeeded
    assert ["coverage", "skipped"] in [words[:2] for words in shown]
    assert any(line.startswith(" Score ") and ", grade " in line for line in lines)
    assert " Quality gate passed" in lines
    assert str(commands.directory / "data") in result.stdout
    assert not [line for line in lines[lines.index("analysis succeeded") :] if len(line) > 80]


def test_json_is_one_object_with_the_analysis_and_its_issues(
    commands: Commands, shop: Path
) -> None:
    """Standard output is pure JSON; each outcome and issue has what programs need."""
    result = commands.run("analyze", "shop", "--format", "json")
    assert (0, "") == (result.returncode, result.stderr)
    found: dict[str, Any] = json.loads(result.stdout)
    outcomes = found["analysis"]["outcomes"]
    names = [outcome["analyzer"] for outcome in outcomes]
    assert names == sorted(names)
    assert {
        "bandit",
        "complexity",
        "coverage",
        "deadcode",
        "duplication",
        "mypy",
        "ruff",
        "sarif",
    } == {*names}
    # The shop's tests left no report, and it is too small to repeat itself.
    coverage = outcomes.pop(names.index("coverage"))
    duplication = outcomes.pop(names.index("duplication") - 1)
    assert "ANALYZER_STATE_SKIPPED" == coverage["state"]
    assert "ERROR_REASON_REPORT_MISSING" == coverage["error"]["reason"]
    assert ("ANALYZER_STATE_SUCCEEDED", 0) == (duplication["state"], duplication["findingCount"])
    assert "ANALYZER_STATE_SKIPPED" == outcomes.pop()["state"]
    for outcome in outcomes:
        assert "ANALYZER_STATE_SUCCEEDED" == outcome["state"]
        assert outcome["version"]
        assert outcome["duration"].endswith("s")
        issues = [i for i in found["issues"] if i["analyzer"] == outcome["analyzer"]]
        assert outcome["findingCount"] == len(issues) > 0
    keys = {"analyzer", "rule", "severity", "message", "path", "line", "column"}
    assert all(keys <= issue.keys() for issue in found["issues"])
    assert {"shop/cart.py"} == {issue["path"] for issue in found["issues"]}


def test_reports_and_repetitions_become_issues(commands: Commands, shop: Path) -> None:
    """A report that a test run left in the project is read; copies are told with all their places."""
    copied = "".join(f"value_{n} = compute({n}, other={n})\nprint(value_{n})\n" for n in range(20))
    for name in ("a.py", "b.py"):
        (shop / name).write_text(copied)
    (shop / "coverage.xml").write_text(
        '<coverage><packages><package><classes><class filename="a.py"><lines>'
        '<line number="1" hits="1"/><line number="2" hits="0"/>'
        "</lines></class></classes></package></packages></coverage>"
    )
    result = commands.run(
        *("analyze", shop, "--format", "json", "--analyzers", "coverage,duplication")
    )
    assert (0, "") == (result.returncode, result.stderr)
    found: dict[str, Any] = json.loads(result.stdout)
    assert {"ANALYZER_STATE_SUCCEEDED"} == {o["state"] for o in found["analysis"]["outcomes"]}
    uncovered, duplicated = sorted(found["issues"], key=lambda issue: issue["analyzer"])
    where = tuple(uncovered[key] for key in ("analyzer", "rule", "path", "line"))
    assert ("coverage", "uncovered-lines", "a.py", 2) == where
    assert "CATEGORY_DUPLICATION" == duplicated["category"]
    assert [{"path": "b.py", "line": 1, "endLine": 40}] == [
        {key: place[key] for key in ("path", "line", "endLine")} for place in duplicated["related"]
    ]


def test_a_report_that_is_sent_is_read_in_place_of_the_projects(
    commands: Commands, shop: Path
) -> None:
    """`--coverage` names a file that need not lie in the project."""
    (shop / "lcov.info").write_text("this is no report\n")
    report = commands.directory / "ci.lcov"
    report.write_text("SF:/ci/shop/shop/cart.py\nDA:1,1\nDA:5,1\nDA:6,0\nend_of_record\n")
    arguments = ("analyze", shop, "--format", "json", "--analyzers", "coverage")
    found = json.loads(commands.run(*arguments, "--coverage", report).stdout)
    assert [("shop/cart.py", 6)] == [(issue["path"], issue["line"]) for issue in found["issues"]]
    broken = json.loads(commands.run(*arguments).stdout)["analysis"]["outcomes"][0]
    assert "ANALYZER_STATE_FAILED" == broken["state"]
    assert "lcov.info: it is none of" in broken["error"]["message"]
    assert str(commands.directory) not in broken["error"]["message"]


def test_chosen_analyzers_and_an_output_file(commands: Commands, shop: Path) -> None:
    """Only what was asked for runs, and the result is in the file instead."""
    target = commands.directory / "result.json"
    result = commands.run(
        "analyze", shop, "--analyzers", "ruff", "--format", "json", "--output", target
    )
    assert (0, "") == (result.returncode, result.stdout)
    outcomes = json.loads(target.read_text())["analysis"]["outcomes"]
    assert ["ruff"] == [outcome["analyzer"] for outcome in outcomes]


def test_the_summary_can_go_into_a_file_too(commands: Commands, shop: Path) -> None:
    """The file has the summary alone, without progress and colours."""
    target = commands.directory / "report.txt"
    result = commands.run("analyze", shop, "--analyzers", "ruff", "--output", target)
    assert 0 == result.returncode
    report = target.read_text()
    assert report.startswith("\n Analysis succeeded")
    assert report in result.stdout


def test_findings_can_be_listed_afterwards(commands: Commands, shop: Path) -> None:
    """The data stays: findings and events are there for later commands."""
    first = commands.run("analyze", shop, "--format", "json")
    name = json.loads(first.stdout)["analysis"]["name"]
    listed = commands.run("findings", name)
    assert 0 == listed.returncode
    assert any(
        line.startswith("shop/cart.py:10:") and "bandit B602" in line
        for line in listed.stdout.splitlines()
    )
    as_json = commands.run("findings", name, "--format", "json").stdout.splitlines()
    assert json.loads(first.stdout)["issues"] == [json.loads(line) for line in as_json]
    watched = commands.run("watch", name, "--format", "json", "--after", "2")
    events = [json.loads(line) for line in watched.stdout.splitlines()]
    assert 0 == watched.returncode
    assert [str(n) for n in range(3, len(events) + 3)] == [event["sequence"] for event in events]
    assert "analysisFinished" in events[-1]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["analyze"], 64),
        (["analyze", "shop", "--format", "xml"], 64),
        (["analyze", "shop", "--no-such-option"], 64),
        (["analyze", "shop", "--analyzers", "rufff"], 64),
        (["analyze", "shop", "--analyzers", ","], 64),
        (["no-such-command"], 64),
        (["watch", "not-a-name"], 64),
        (["serve", "--port", "99999"], 64),
        (["serve", "--port", "0", "--socket", "x"], 64),
        (["analyze", "missing"], 66),
        (["findings", "projects/no/analyses/01kagf0000000000000000000a"], 66),
        (["analyze", "shop", "--server", "unix:nobody"], 69),
        (["analyze", "shop", "--output", "no/such/dir/file"], 73),
        (["analyze", "shop", "--analyzers", "ruff", "--output", "/dev/full"], 74),
    ],
)
def test_what_cannot_be_done_has_its_exit_code(
    commands: Commands, shop: Path, arguments: list[str], code: int
) -> None:
    """Nothing on standard output, one clear message on standard error, and the code."""
    result = commands.run(*arguments)
    assert code == result.returncode, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr


def test_wrong_settings_are_named(commands: Commands, shop: Path) -> None:
    """A setting that makes no sense ends the command with 78 and its own name."""
    result = commands.run("analyze", shop, FLEXT_API_API_PORT="many")
    assert 78 == result.returncode
    assert "FLEXT_API_API_PORT" in result.stderr


def test_a_server_refuses_what_it_may_not_read(commands: Commands, shop: Path) -> None:
    """Exit code 77."""
    address = commands.serve("--port", "0")
    result = commands.run("analyze", shop, "--server", address)
    assert 77 == result.returncode
    assert "ALLOWED_PROJECT_PATHS" in result.stderr


def test_an_analyzer_that_fails_is_exit_code_2(commands: Commands, shop: Path) -> None:
    """The others' results are there all the same."""
    result = commands.run(
        "analyze", shop, "--format", "json", FLEXT_API_EXTERNAL_TOOLS__RUFF__TIMEOUT="0.000001"
    )
    assert 2 == result.returncode
    analysis = json.loads(result.stdout)["analysis"]
    states = {outcome["analyzer"]: outcome["state"] for outcome in analysis["outcomes"]}
    assert "ANALYZER_STATE_TIMED_OUT" == states["ruff"]
    assert "ANALYZER_STATE_SUCCEEDED" == states["bandit"]


def test_a_closed_pipe_is_silent(commands: Commands, shop: Path) -> None:
    """`flext-quality analyze . | head -1` says nothing about pipes."""
    running = subprocess.Popen(
        [*COMMAND, "analyze", str(shop)],
        env=commands.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    assert running.stderr is not None
    assert "Analyzing shop\n" == running.stdout.readline()
    running.stdout.close()
    assert "" == running.stderr.read()
    assert 141 == running.wait(PATIENCE_SECONDS)


def test_ctrl_c_cancels_the_analysis(commands: Commands, large: Path) -> None:
    """The analysis is cancelled on the server and summed up, and the command ends with 130."""
    running = commands.start("analyze", large)
    running.wait_for(lambda line: line.startswith("bandit") and "started on" in line)
    running.process.send_signal(signal.SIGINT)
    assert 130 == running.end()
    assert any(line.startswith(" Analysis cancelled in ") for line in running.lines)
    assert [] == running.errors
    assert [] == processes_within(commands.directory)


def test_a_second_ctrl_c_leaves_at_once(commands: Commands, large: Path) -> None:
    """Without a summary, and without leaving tools behind."""
    running = commands.start("analyze", large)
    running.wait_for(lambda line: line.startswith("bandit") and "started on" in line)
    for _ in range(2):
        running.process.send_signal(signal.SIGINT)
    assert 130 == running.end()
    assert [] == processes_within(commands.directory)


def processes_within(directory: Path) -> list[str]:
    """The command lines of processes that work below `directory`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve().is_relative_to(directory.resolve()):
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found


def terminal_output(commands: Commands, *arguments: str | Path, **environment: str) -> str:
    """What a command writes to a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        env={**commands.environment, "TERM": "xterm-256color", **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 65536):
            written += chunk
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(ours)
    process.wait(PATIENCE_SECONDS)
    return written.decode()


@pytest.mark.skipif(sys.platform != "linux", reason="reads a pseudo terminal as Linux has it")
def test_a_terminal_gets_a_live_table(commands: Commands, shop: Path) -> None:
    """It is drawn while the analysis runs, in colour, and gives way to the summary."""
    written = terminal_output(commands, "analyze", shop)
    assert written.startswith("Analyzing shop ...\r")  # before anything heavy is imported
    assert "\x1b[?25l" in written
    assert "Analyzing shop" in written
    assert "running" in written
    assert "\x1b[32msucceeded\x1b[0m" in written
    assert written.rindex("\x1b[?25h") < written.rindex("Worst files")


@pytest.mark.skipif(sys.platform != "linux", reason="reads a pseudo terminal as Linux has it")
def test_no_color_is_respected(commands: Commands, shop: Path) -> None:
    """With NO_COLOR a terminal gets no colours."""
    written = terminal_output(commands, "analyze", shop, NO_COLOR="1")
    assert "\x1b[32m" not in written
    assert "succeeded" in written


def test_a_shell_can_complete(commands: Commands) -> None:
    """The script that bash needs is printed, and asks the command what may follow."""
    environment = {**commands.environment, "_FLEXT_QUALITY_COMPLETE": "complete_bash"}
    environment |= {"COMP_WORDS": "flext-quality ana", "COMP_CWORD": "1"}
    answer = subprocess.run(
        COMMAND, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert "analyze" in answer.stdout.split()
