"""deploy/systemd, read by systemd where there is one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from flext_quality.cli.exit_codes import ExitCode
from tests.deploy.dockerfile import ROOT
from tests.deploy.settings import accepted

UNIT = ROOT / "deploy" / "systemd" / "flext-quality.service"
MOST_EXPOSURE = 20
"""In tenths, of 100: systemd calls less than 20 "OK"; a unit that says nothing has 96."""


def said() -> list[tuple[str, str]]:
    """What the unit says, line by line."""
    lines = UNIT.read_text().splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return [(name, value) for name, _, value in pairs]


def test_systemd_reads_it(tmp_path: Path) -> None:
    """It knows every word, and finds the service well protected."""
    installed = tmp_path / UNIT.name
    # systemd wants the program to be there.
    program = tmp_path / "flext-quality"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    installed.write_text(
        UNIT.read_text().replace("/opt/flext-quality/bin/flext-quality", str(program))
    )
    analyze = shutil.which("systemd-analyze")
    if analyze is not None:
        verify = [analyze, "verify", "--man=no", str(installed)]
        read = subprocess.run(verify, capture_output=True, text=True, check=False)
        # What it does not know, it only mentions.
        assert (0, "") == (read.returncode, read.stderr)
        secure = [
            analyze,
            "security",
            "--offline=true",
            f"--threshold={MOST_EXPOSURE}",
            str(installed),
        ]
        rated = subprocess.run(secure, capture_output=True, text=True, check=False)
        assert 0 == rated.returncode, rated.stdout
    protected = {name for name, value in said() if value in ("yes", "strict", "invisible")}
    assert protected >= {"DynamicUser", "NoNewPrivileges", "ProtectSystem", "PrivateTmp"}
    assert ("CapabilityBoundingSet", "") in said()


def test_its_settings_are_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The data lie where the unit lets the server write."""
    pairs = (value.partition("=") for name, value in said() if name == "Environment")
    variables = {name: value.replace("%S", "/var/lib") for name, _, value in pairs}
    key = {"FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY": "A" * 43 + "="}
    settings = accepted({**variables, **key}, monkeypatch, tmp_path)
    state = dict(said())["StateDirectory"]
    assert Path("/var/lib", state) == settings.data_dir
    grace = settings.shutdown_grace
    assert grace < float(dict(said())["TimeoutStopSec"])


def test_what_stays_wrong_is_not_started_again() -> None:
    """The exit codes are those that the command ends with."""
    codes = {int(code) for code in dict(said())["RestartPreventExitStatus"].split()}
    assert {ExitCode.USAGE, ExitCode.CONFIGURATION} == codes
    assert int(dict(said())["SuccessExitStatus"]) == ExitCode.TERMINATED
