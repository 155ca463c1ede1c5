"""Every block of commands runs to its end."""

from __future__ import annotations

import subprocess

import pytest

from tests.docs.pages import ROOT, Block, each
from tests.docs.stage import Stage

PRELUDE = ROOT / "tests" / "docs" / "prelude.sh"


# Each command is a process with a server of its own.
@pytest.mark.timeout(600)
@each("sh")
def test_commands_of_pages_run(block: Block, stage: Stage) -> None:
    """Whoever copies a block of commands gets what the page says, and no error."""
    before = "flext-quality analyze . --analyzers ruff\n" if "PROJECT" in block.text else ""
    done = subprocess.run(
        ["bash", "-c", f'. "{PRELUDE}"\n{before}{stage.real(block.text)}'],
        cwd=stage.project,
        env=stage.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
