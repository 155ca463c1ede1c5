from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.commands import Commands
from tests.e2e.test_results_commands import analyze, asked, messages

TOLD = (
    *("--branch", "feature/cart", "--commit", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
    *("--base-branch", "main", "--base-commit", "1" * 40, "--pull-request", "128"),
    *("--build-url", "https://ci.example/7", "--label", "job=lint", "--label", "x=a=b"),
)


def test_branches_from_their_analyses_to_their_end(commands: Commands, shop: Path) -> None:
    """What an analysis is of is told, listed and picked by; what nobody needs any more is deleted."""
    main = analyze(commands, shop)
    old = analyze(commands, shop, *TOLD)
    (shop / "shop" / "cart.py").write_text("exec('1')\n")
    new = analyze(commands, shop, *TOLD)
    assert new["revision"] == {
        "branch": "feature/cart",
        "commit": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        "baseBranch": "main",
        "baseCommit": "1" * 40,
        "pullRequest": "128",
        "buildUrl": "https://ci.example/7",
        "labels": {"job": "lint", "x": "a=b"},
    }
    on_branch = ("--branch", "feature/cart")
    lines = asked(commands, "analyses", "list", shop).splitlines()
    assert [one["name"] for one in (new, old, main)] == [line.split()[-1] for line in lines]
    assert ", feature/cart, commit 4b825dc642cb, pull request 128  " in lines[0]
    assert ", main line  " in lines[2]
    for wanted, names in (
        (on_branch, [new, old]),
        (("--branch", ""), [main]),
        (("--pull-request", "128", "--state", "failed"), []),
        (("--commit", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"), [new, old]),
    ):
        listed = messages(asked(commands, "analyses", "list", shop, "--format", "json", *wanted))
        assert [one["name"] for one in names] == [one["name"] for one in listed]
    told = asked(commands, "branches", "list", shop).splitlines()
    assert told[0].startswith("main line, ")
    assert told[1].startswith("feature/cart, ")
    assert ", 2 analyses, last " in told[1]

    metrics = json.loads(asked(commands, "metrics", shop, *on_branch, "--format", "json"))
    assert (metrics["analysis"], metrics["branch"]) == (new["name"], "feature/cart")
    series = json.loads(
        asked(commands, "trend", shop, *on_branch, "--metric", "lines_of_code", "--format", "json")
    )
    assert len(series["points"]) == 2
    checked = asked(commands, "gate", "check", shop, *on_branch, "--format", "json", code=1)
    gate = json.loads(checked)
    assert gate["analysis"] == new["name"]
    report = shop.parent / "report.json"
    asked(commands, "report", shop, *on_branch, "--format", "json", "--output", report)
    assert json.loads(report.read_text())["analysis"]["name"] == new["name"]
    counts = [
        len(messages(asked(commands, "issues", shop, *where, "--format", "json")))
        for where in ((), on_branch, ("--any-branch",), ("--analysis", str(main["name"])))
    ]
    assert counts[0] == counts[3]
    assert counts[2] == counts[0] + counts[1]

    assert asked(commands, "analyses", "delete", str(old["name"])) == f"deleted {old['name']}\n"
    assert (
        asked(commands, "branches", "delete", shop, "feature/cart")
        == f"deleted branch feature/cart of {metrics['project']}\n"
    )
    assert len(asked(commands, "branches", "list", shop).splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("analyze", "SHOP", "--label", "lint"), 64, "NAME=VALUE"),
        (("issues", "SHOP", "--branch", "a", "--any-branch"), 64, "--any-branch"),
        (("analyses", "delete", "newest"), 64, "not an analysis's name"),
        (("branches", "list", "No Such"), 66, "there is no project"),
        (("analyses", "delete", "LATEST"), 64, "cannot be removed"),
        (("branches", "delete", "SHOP", "none"), 66, "no analysis of branch 'none'"),
        (("metrics", "SHOP", "--branch", "none"), 66, "no analysis of branch 'none'"),
        (("gate", "check", "SHOP", "--branch", "a", "--analysis", "LATEST"), 64, "branch"),
    ],
)
def test_what_cannot_be_is_told(
    commands: Commands, shop: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """With an exit code that programs understand."""
    latest = ""
    if "LATEST" in arguments or "none" in arguments:
        latest = str(analyze(commands, shop)["name"])
    known = {"SHOP": str(shop), "LATEST": latest}
    result = commands.run(*(known.get(argument, argument) for argument in arguments))
    assert (result.returncode, words in " ".join(result.stderr.split())) == (code, True)
