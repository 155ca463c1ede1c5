"""flext-quality channels, in processes of its own against a live server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from flext_quality.infrastructure.security.secret_box import new_key
from tests.conftest import StartServer
from tests.e2e.commands import COMMAND
from tests.hooks import HookServer


def test_channels_are_made_tried_and_looked_at(
    start_server: StartServer, project_dir: Path, tmp_path: Path
) -> None:
    """As text and as JSON; the exit code says whether the test arrived; no output has the secret."""
    server = start_server(
        security={
            "allowed_project_paths": [project_dir],
            "secret_encryption_key": new_key(),
            "allowed_internal_hosts": ["127.0.0.1"],
        }
    )

    def run(*arguments: str, code: int = 0, stdin: str = "") -> str:
        command = [*COMMAND, "channels", *arguments, "--server", server.address]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        assert "canary" not in done.stdout + done.stderr
        return done.stdout

    subprocess.run([*COMMAND, "analyze", str(project_dir), "--server", server.address], check=True)
    project = str(project_dir)
    with HookServer().running() as hooks:
        channel = {
            "displayName": "Ops",
            "webhook": {"url": hooks.url, "secret": "canary-secret-of-hook"},
            "rules": [{"events": ["NOTIFICATION_EVENT_GATE_FAILED"]}],
        }
        file = tmp_path / "channel.json"
        file.write_text(json.dumps(channel))
        made = json.loads(run("add", project, str(file), "--format", "json"))["name"]
        assert run("list", project) == f"{made}  webhook  enabled  Ops\n"
        assert "SUCCEEDED  TEST" in run("test", made)
        hooks.statuses = [500]
        failed = run("test", made, code=2)
        assert "FAILED  TEST" in failed
        listed = run("deliveries", made)
        assert listed.startswith(failed)
        delivery = listed.splitlines()[-2].split()[0]
        assert json.loads(run("replay", delivery, "--format", "json"))["replayOf"] == delivery
    run("add", project, str(tmp_path / "none.json"), code=66)
    run("add", project, "-", stdin='{"webhook": {"secret": "canary", "x": 1}}', code=64)
