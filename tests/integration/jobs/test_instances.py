from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from flext_quality.infrastructure.jobs.instances import Instance

HOLD = """
import sys, time
from pathlib import Path
from flext_quality.infrastructure.jobs.instances import Instance
with Instance(Path(sys.argv[1]), "other"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_server_lives_until_its_process_ends(tmp_path: Path) -> None:
    """However it ends: killed without a chance to clean up, it counts as dead at once."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with Instance(tmp_path, "this") as this:
        for how in (signal.SIGKILL, None):
            with subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ) as other:
                assert other.stdout is not None
                assert other.stdout.readline() == "held\n"
                assert this.is_alive("other")
                assert this.is_alive("this")
                if how is not None:
                    other.send_signal(how)
                else:
                    other.communicate("")
                other.wait(10)
            assert not this.is_alive("other")
        assert [path.name for path in tmp_path.iterdir()] == ["this.lock"]
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_no_instance_has_is_dead(tmp_path: Path) -> None:
    """Unknown ones, and what would lead out of the directory."""
    with Instance(tmp_path / "instances", "this") as this:
        (tmp_path / "x.lock").touch()
        assert not this.is_alive("unknown")
        assert not this.is_alive("../x")
    assert (tmp_path / "x.lock").exists()
