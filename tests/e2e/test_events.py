"""`flext-quality events`, as people run it."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from tests.e2e.commands import Commands


def test_what_happened_is_listed(commands: Commands, shop: Path) -> None:
    """One event in a line with its cursor, as text and as JSON; filters and cursors hold."""
    commands.run("analyze", shop, "--analyzers", "ruff")
    listed = commands.run("events")
    assert listed.returncode == 0
    lines = listed.stdout.splitlines()
    assert "ProjectCreated  display_name=shop" in lines[0]
    told = commands.run("events", "--format", "json").stdout.splitlines()
    whole = [json.loads(line) for line in told]
    assert [int(line.split()[0]) for line in lines] == [int(one["cursor"]) for one in whole]
    assert lines[2:] == commands.run("events", "--after", "2").stdout.splitlines()
    finished = commands.run("events", "--type", "AnalysisFinished").stdout.splitlines()
    assert len(finished) == 1
    assert lines == commands.run("events", "--project", shop).stdout.splitlines()


def test_wrong_options_are_refused(commands: Commands) -> None:
    """With the exit code of a wrong use."""
    assert commands.run("events", "--new").returncode == 64
    assert commands.run("events", "--type", "Nothing").returncode == 64


def test_events_are_followed_until_ctrl_c(commands: Commands, shop: Path) -> None:
    """What happens comes as a line of JSON as soon as it has happened."""
    server = commands.serve("--port", "0", "--allow", shop)
    following = commands.start(
        "events", "--server", server, "--follow", "--after", "0", "--format", "json"
    )
    commands.run("analyze", shop, "--analyzers", "ruff", "--server", server)
    line = following.wait_for(lambda line: "analysisFinished" in line)
    assert json.loads(line)["qualityEvent"]["aggregateType"] == "AGGREGATE_TYPE_ANALYSIS"
    following.process.send_signal(signal.SIGINT)
    assert following.end() == 130
