"""The example plugin, installed as anybody would install it, from the list to the report."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flext_quality.infrastructure.security.secret_box import new_key
from tests.e2e.commands import Commands
from tests.waiting import PATIENCE_SECONDS

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "flext-quality-todo-analyzer"

BROKEN = """
[flext_quality.analyzers]
ruff = broken_plugins:create
missing = no_such_module:create
nothing = broken_plugins:nothing
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that has the example plugin."""
    target = tmp_path_factory.mktemp("plugins")
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation")
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target)]
    subprocess.run([*command, str(EXAMPLE)], check=True)
    return target


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(installed: Path, tmp_path: Path) -> Run:
    """Runs the command where the plugin is installed."""

    def run(
        *arguments: str, code: int = 0, path: Path | None = None, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        places = [str(installed), *([str(path)] if path else [])]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(places),
            "FLEXT_API_DATA_DIR": str(tmp_path / "data"),
            **settings,
        }
        done = subprocess.run(
            [sys.executable, "-m", "flext_quality", *arguments],
            capture_output=True,
            text=True,
            env=environment,
            cwd=tmp_path,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with three things to do."""
    directory = tmp_path / "shop"
    directory.mkdir()
    (directory / "app.py").write_text(
        "# TODO(2020-01-31): remove the old path\n"
        "answer = 42  # TODO(9999-01-01): think again\n"
        'text = "# TODO is no comment here"  # TODO\n'
        "# FIXME(2020-13-01): no month\n"
    )
    return directory


def _plugins(run: Run, **options: Any) -> dict[str, dict[str, str]]:
    listed = json.loads(run("plugins", "list", "--format", "json", **options).stdout)
    return {f"{p['group']}:{p['name']}": p for p in listed["plugins"]}


def test_an_installed_plugin_is_listed(run: Run) -> None:
    """With its distribution and version, for people and for programs; doctor tells of it too."""
    listed = _plugins(run)
    todo = listed["flext_quality.analyzers:todo"]
    assert todo["distribution"] == "flext-quality-todo-analyzer"
    assert (todo["version"], todo["state"], todo["problem"]) == ("1.0.0", "loaded", "")
    assert listed["flext_quality.report_formats:csv"]["state"] == "loaded"
    text = run("plugins", "list").stdout
    assert "todo" in text
    assert "flext-quality-todo-analyzer 1.0.0" in text
    assert "plugin todo" in run("doctor").stdout


def test_an_analyzer_of_a_plugin_works_like_any_other(run: Run, project: Path) -> None:
    """Its options count, its profile decides about category, effort and capability, its format is written."""
    options = {"FLEXT_API_PLUGINS__OPTIONS": '{"todo": {"words": ["TODO", "FIXME"]}}'}
    done = run("analyze", "shop", "--analyzers", "todo", "--format", "json", code=0, **options)
    assert '"SUCCEEDED"' in done.stdout.replace("ANALYZER_STATE_", "").replace("STATE_", "")
    info = json.loads(run("info", "--format", "json", **options).stdout)
    todo = next(a for a in info["analyzers"] if a["name"] == "todo")
    assert (todo["toolVersion"], todo["plugin"]) == ("1.0.0", "flext-quality-todo-analyzer")
    assert "todo_tracking" in info["capabilities"]
    assert "csv" in [known["name"] for known in info["reportFormats"]]
    listed = run("issues", "shop", "--format", "json", **options).stdout
    issues = [json.loads(line) for line in listed.splitlines()]
    assert {
        ("overdue", "CATEGORY_MAINTAINABILITY", 30),
        ("due", "CATEGORY_MAINTAINABILITY", 30),
        ("no-date", "CATEGORY_STYLE", 1),
        ("bad-date", "CATEGORY_STYLE", 1),
    } == {
        (issue["finding"]["rule"], issue["finding"]["category"], issue["effortMinutes"])
        for issue in issues
    }
    run(
        "report", "shop", "--kind", "technical", "--format", "csv", "--output", "out.csv", **options
    )
    rows = list(csv.DictReader((project.parent / "out.csv").open()))
    assert {("overdue", "1"), ("due", "2"), ("no-date", "3"), ("bad-date", "4")} == {
        (row["rule"], row["line"]) for row in rows
    }
    run("report", "shop", "--kind", "trend", "--format", "csv", code=64)


def test_a_plugin_that_is_switched_off_is_left_out(run: Run, project: Path) -> None:
    """By its name, or all of them; the list says so."""
    off = {"FLEXT_API_PLUGINS__DISABLED": '["todo"]'}
    assert _plugins(run, **off)["flext_quality.analyzers:todo"]["state"] == "disabled"
    none = _plugins(run, FLEXT_API_PLUGINS__ENABLED="false")
    assert {"disabled"} == {plugin["state"] for plugin in none.values()}


def test_a_plugin_checks_the_health_of_a_server(run: Run, project: Path, tmp_path: Path) -> None:
    """Its check stands among the server's own, by HTTP and in doctor, and its option is heard."""
    run("analyze", "shop", "--analyzers", "todo", code=0)
    assert "health files" in run("doctor").stdout
    gone = {"FLEXT_API_PLUGINS__OPTIONS": f'{{"files": {{"directory": "{tmp_path}/gone"}}}}'}
    said = " ".join(run("doctor", code=78, **gone).stdout.split())
    assert "gone cannot be reached" in said
    assert "a plugin brings this check" in said


def test_broken_plugins_are_told_and_left_out(run: Run, project: Path, tmp_path: Path) -> None:
    """The others work, the server starts, and the list and doctor say what is wrong with each."""
    broken = tmp_path / "broken"
    distribution = broken / "broken_plugins-0.1.dist-info"
    distribution.mkdir(parents=True)
    (distribution / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: broken-plugins\nVersion: 0.1\n"
    )
    (distribution / "entry_points.txt").write_text(BROKEN)
    (broken / "broken_plugins.py").write_text("def create(context): ...\nnothing = 7\n")
    listed = json.loads(run("plugins", "list", "--format", "json", code=78, path=broken).stdout)[
        "plugins"
    ]
    problems = {p["name"]: p["problem"] for p in listed if p["state"] == "broken"}
    assert problems == {
        "missing": "cannot be imported: ModuleNotFoundError: No module named 'no_such_module'",
        "nothing": "broken_plugins:nothing is a int, no factory",
        "ruff": "the server has a 'ruff' already",
    }
    assert "mend or uninstall broken-plugins 0.1" in " ".join(
        run("doctor", code=78, path=broken).stdout.split()
    )
    done = run("analyze", "shop", "--analyzers", "todo,ruff", path=broken, code=0)
    assert "todo" in done.stdout


def test_a_server_tells_through_plugins(installed: Path, project: Path, tmp_path: Path) -> None:
    """A channel's messages go to the notifier that it names, events to the publisher that is chosen."""
    environment = {
        "PYTHONPATH": str(installed),
        "FLEXT_API_DATA_DIR": str(tmp_path / "data"),
        "FLEXT_API_EVENTS__PUBLISHER": "file",
        "FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY": new_key(),
    }
    commands = Commands(tmp_path)
    commands.environment.update(environment)
    try:
        address = commands.serve("--port", "0", "--allow", project)
        at = ("--server", address)
        assert commands.run("analyze", project, "--analyzers", "todo", *at).returncode in {0, 1}
        wrong = _channel(tmp_path, "../team")
        refused = commands.run("channels", "add", project, wrong, *at)
        assert refused.returncode == 64
        assert "channel.plugin.address" in refused.stderr
        made = commands.run(
            "channels", "add", project, _channel(tmp_path, "team"), "--format", "json", *at
        )
        channel = json.loads(made.stdout)
        assert channel["plugin"] == {"plugin": "file", "address": ""}
        tried = commands.run("channels", "test", channel["name"], *at)
        assert "SUCCEEDED  TEST" in tried.stdout, tried.stderr
    finally:
        commands.stop()
    written = tmp_path / "data" / "plugins" / "file"
    assert 1 == len((written / "team.txt").read_text().splitlines())
    events = [json.loads(line) for line in (written / "events.jsonl").read_text().splitlines()]
    assert {"projects", "analyses"} <= {event["subject"].split("/")[-2] for event in events}


def test_a_publisher_that_is_not_there_keeps_a_server_from_starting(run: Run) -> None:
    """It would lose nothing, but nobody would hear of anything; what is allowed is told."""
    done = run("serve", "--port", "0", code=78, FLEXT_API_EVENTS__PUBLISHER="kafka")
    assert "FLEXT_API_EVENTS__PUBLISHER" in done.stderr
    assert "file, nats, none, redis" in " ".join(done.stderr.split())


def _channel(directory: Path, address: str) -> Path:
    file = directory / "channel.json"
    target = {"plugin": "file", "address": address}
    rules = [{"events": ["NOTIFICATION_EVENT_GATE_FAILED"]}]
    file.write_text(json.dumps({"displayName": "Ops", "plugin": target, "rules": rules}))
    return file
