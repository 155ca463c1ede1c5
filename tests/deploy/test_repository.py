"""What the repository's hosts run: workflows, hooks, owners."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.dockerfile import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
BIN = Path(sys.executable).parent
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def steps(workflow: Path) -> list[dict[str, Any]]:
    """All steps of all jobs."""
    jobs = yaml.safe_load(workflow.read_text())["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: str(path.stem))
def test_a_workflow_is_valid_and_safe(workflow: Path) -> None:
    """By GitHub's schema and zizmor's rules; every action is one that cannot change."""
    schema = [
        str(BIN / "check-jsonschema"),
        "--builtin-schema",
        "vendor.github-workflows",
        str(workflow),
    ]
    read = subprocess.run(schema, capture_output=True, text=True, check=False)
    assert 0 == read.returncode, read.stdout
    safe = [str(BIN / "zizmor"), "--offline", "--quiet", str(workflow)]
    looked = subprocess.run(safe, capture_output=True, text=True, check=False)
    assert 0 == looked.returncode, looked.stdout
    used = re.findall(r"uses: (.*)", workflow.read_text())
    assert used
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action) for action in used)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: str(path.stem))
def test_what_a_workflow_runs_is_there(workflow: Path) -> None:
    """Targets of the Makefile and tools of the repository."""
    for step in steps(workflow):
        words = shlex.split(step.get("run", ""))
        if words[:1] == ["make"]:
            assert words[1] in TARGETS, step
        assert all((ROOT / word).is_file() for word in words if word.startswith("tools/"))


def test_a_release_is_checked_before_it_is_published() -> None:
    """Tests, audit and a bill of materials come first, and only the job that publishes may."""
    release: Any = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())
    jobs = release["jobs"]
    ran = [step.get("run", "") for step in jobs["build"]["steps"]]
    assert "make audit STRICT=1" in ran
    assert ran.index("make test") < ran.index("make sbom")
    assert ["build", "attest", "publish"] == [
        jobs[job]["needs"] for job in ("attest", "publish", "release")
    ]
    assert {} == release["permissions"]
    assert {"contents": "read"} == jobs["build"]["permissions"]


def test_hooks_run_the_pinned_tools() -> None:
    """Each program of a hook comes with "make setup", so that a commit and CI agree."""
    hooks: Any = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    for repository in hooks["repos"]:
        assert "local" == repository["repo"]
        for hook in repository["hooks"]:
            program, *arguments = shlex.split(hook["entry"])
            if program == "make":
                assert arguments[0] in TARGETS
            else:
                assert (BIN / Path(program).name).is_file(), program
            re.compile(hook.get("files", ""))


def test_owners_own_what_is_there() -> None:
    """A line of CODEOWNERS that matches nothing would ask nobody."""
    for line in (ROOT / ".github" / "CODEOWNERS").read_text().splitlines():
        if line and not line.startswith("#"):
            path, *owners = line.split()
            assert path == "*" or (ROOT / path.strip("/")).exists(), path
            assert owners
            assert all(re.fullmatch(r"@[\w-]+/[\w-]+", owner) for owner in owners)
