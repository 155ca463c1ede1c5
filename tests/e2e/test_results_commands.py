from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commands import Commands

ANALYZERS = ("--analyzers", "bandit,ruff")


def analyze(commands: Commands, path: Path, *options: str) -> dict[str, Any]:
    """An analysis, as JSON tells it."""
    result = commands.run("analyze", path, *ANALYZERS, "--format", "json", *options)
    assert result.stderr == ""
    analysis: dict[str, Any] = json.loads(result.stdout)["analysis"]
    return analysis


def asked(commands: Commands, *arguments: str | Path, code: int = 0) -> str:
    """What a command prints; it ends with `code` and complains of nothing."""
    result = commands.run(*arguments)
    assert (code, "") == (result.returncode, result.stderr), result.stdout
    return result.stdout


def messages(text: str) -> list[dict[str, Any]]:
    """One JSON object in each line."""
    return [json.loads(line) for line in text.splitlines()]


def test_issues_are_listed_triaged_and_known_again(commands: Commands, shop: Path) -> None:
    """A decision holds although the code moves, and scores and lists follow it at once."""
    before = analyze(commands, shop)
    listed = messages(asked(commands, "issues", shop, "--format", "json"))
    assert before["issueCounts"]["openCount"] == len(listed) > 1
    assert (
        sorted(listed, key=lambda i: i["finding"]["severity"] == "SEVERITY_HIGH", reverse=True)
        == listed
    )
    name = next(i["name"] for i in listed if i["finding"]["rule"] == "B602")
    line = asked(commands, "issues", "shop", "--rule", "B602").splitlines()
    assert line[-1] == "1 issue"
    assert line[0].startswith("shop/cart.py:10:")
    assert line[0].endswith(f"[open] {name}")

    reason = ("--reason", "the shell is ours", "--author", "ann")
    asked(commands, "issue", "resolve", name, "--as", "false-positive", *reason)
    assert asked(commands, "issues", shop, "--rule", "B602") == "0 issues\n"
    cart = shop / "shop" / "cart.py"
    cart.write_text("# Moved down.\n\n" + cart.read_text())
    after = analyze(commands, shop)
    assert after["issueCounts"]["falsePositiveCount"] == 1
    assert after["score"]["overall"] > before["score"]["overall"]
    told = asked(commands, "issue", "show", name)
    assert "false-positive by ann: the shell is ours" in told
    assert "moved within its file, shop/cart.py:12" in told
    everything = messages(asked(commands, "issues", shop, "--status", "all", "--format", "json"))
    assert {name} == {i["name"] for i in everything if i["finding"]["rule"] == "B602"}


def test_a_gate_decides_how_the_command_ends(commands: Commands, shop: Path) -> None:
    """Exit code 1 means that everything was analyzed and the code is not good enough."""
    assert commands.run("analyze", shop, *ANALYZERS).returncode == 0
    gate = json.loads(asked(commands, "gate", "show", shop, "--format", "json"))
    assert gate["isDefault"]
    condition = {"metric": "issues", "comparison": "GATE_COMPARISON_AT_MOST", "threshold": 0}
    file = commands.directory / "gate.json"
    file.write_text(json.dumps({"conditions": [condition | {"scope": "GATE_SCOPE_OVERALL"}]}))
    tried = asked(commands, "gate", "check", shop, "--gate", file, code=1)
    assert "Quality gate failed" in tried
    asked(commands, "gate", "check", shop)
    assert "issues <= 0" in asked(commands, "gate", "set", shop, file)
    result = commands.run("analyze", shop, *ANALYZERS)
    assert result.returncode == 1
    assert "Quality gate failed" in result.stdout
    assert "default quality gate" in asked(commands, "gate", "set", shop, "--default")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "holds no quality gate"),
        ('{"conditons": []}', "holds no quality gate"),
        (
            '{"conditions": [{"metric": "isues", "comparison": 1, "scope": 1}]}',
            "did you mean 'issues'",
        ),
    ],
)
def test_a_wrong_gate_is_refused_with_its_mistake(
    commands: Commands, shop: Path, content: str, said: str
) -> None:
    """And the project keeps the gate that it has."""
    analyze(commands, shop)
    file = commands.directory / "gate.json"
    file.write_text(content)
    result = commands.run("gate", "set", shop, file)
    assert (64, "") == (result.returncode, result.stdout)
    assert said in result.stderr
    assert "default quality gate" in asked(commands, "gate", "show", shop)


def test_figures_now_over_time_and_between_two_analyses(commands: Commands, shop: Path) -> None:
    """What was measured is printed with its value; what differs is told exactly."""
    first = analyze(commands, shop)
    (shop / "shop" / "till.py").write_text("import sys\n")
    second = analyze(commands, shop)
    figures = asked(commands, "metrics", shop)
    assert any(line.split()[:2] == ["files", "3"] for line in figures.splitlines())
    assert "coverage" not in figures.split()
    series = messages(
        asked(
            commands, "trend", shop, "--metric", "files", "--granularity", "raw", "--format", "json"
        )
    )
    assert [point["value"] for point in series[0]["points"]] == [2, 3]
    drawn = asked(commands, "trend", shop, "--metric", "files", "--granularity", "raw")
    assert drawn.startswith(" Files")
    compared = asked(commands, "compare", first["name"], second["name"])
    assert compared.startswith(" 1 new, 0 fixed, 0 moved, ")
    assert "+ shop/till.py:1:8: low: ruff F401" in compared


def test_reports_are_files(commands: Commands, shop: Path) -> None:
    """Whole ones, with the name that the server gives or the one that was asked for."""
    analyze(commands, shop)
    path = Path(asked(commands, "report", shop).strip())
    assert (commands.directory / path).read_text().startswith("<!DOCTYPE html>")
    target = commands.directory / "findings.sarif"
    technical = ("--kind", "technical", "--format", "sarif", "--output")
    assert asked(commands, "report", shop, *technical, target) == f"{target}\n"
    assert json.loads(target.read_text())["version"] == "2.1.0"
    nowhere = commands.run("report", shop, "--output", commands.directory / "no" / "x.html")
    assert nowhere.returncode == 73


def test_a_project_that_is_not_there_is_told(commands: Commands, shop: Path) -> None:
    """By path and by name, with what to do about it."""
    for argument, said in ((str(shop), "no project has its code at"), ("nobody", "no project")):
        result = commands.run("issues", argument)
        assert (66, "") == (result.returncode, result.stdout)
        assert said in result.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--severity", "terrible"), "--severity takes critical, high, medium, low, info"),
        (("--status", "gone"), "--status takes open, acknowledged, fixed"),
        (("--category", "beauty"), "--category takes security, reliability"),
        (("--new-since", "yesterday"), "--new-since takes a date or time"),
    ],
)
def test_a_wrong_word_is_told_with_those_there_are(
    commands: Commands, options: tuple[str, str], said: str
) -> None:
    """Before any server is asked."""
    result = commands.run("issues", ".", *options)
    assert (64, "") == (result.returncode, result.stdout)
    assert said in result.stderr


def test_issues_are_assigned_and_tagged(commands: Commands, shop: Path) -> None:
    """The lists find them by it; the options that make no sense together are told."""
    analyze(commands, shop)
    name = asked(commands, "issues", shop, "--rule", "B602").split()[-3]
    assert name in asked(commands, "issue", "assign", name, "Ann Lee")
    assert asked(commands, "issue", "tag", name, "--add", "shell", "--add", "now").endswith(
        "now, shell\n"
    )
    assert asked(commands, "issue", "tag", name, "--remove", "now").endswith(": shell\n")
    told = asked(commands, "issue", "show", name)
    assert "Assigned  Ann Lee" in told
    assert "Tags      shell" in told
    for options in (("--assignee", "Ann Lee"), ("--tag", "shell,now")):
        assert asked(commands, "issues", shop, *options).splitlines()[-1] == "1 issue"
    asked(commands, "issue", "assign", name, "--nobody")
    assert name in asked(commands, "issues", shop, "--assignee", "")
    for wrong in (("assign", name), ("assign", name, "Ann", "--nobody"), ("tag", name)):
        assert commands.run("issue", *wrong).returncode == 64
