"""What the pages take for granted: a server at an address, a project on its disk, somebody to tell.

Names of the pages become those of the test's machine by `Stage.real`; words in capitals that stand for
something the reader has (ISSUE, CHANNEL) by `prelude.sh`.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flext_quality.infrastructure.notifications.signature import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    signed_headers,
)
from tests.docs.pages import ROOT
from tests.hooks import HookServer

BODY = b'{"version": 1}'
SECRET = "at least 16 characters"

APP = '''"""A shop."""

import subprocess


def order(what: str) -> None:
    """Orders it."""
    subprocess.run(what, shell=True, check=True)
'''
COVERAGE = """<coverage version="7" timestamp="1"><sources><source>.</source></sources>
<packages><package name="."><classes><class name="app" filename="app.py"><lines>
<line number="7" hits="1"/></lines></class></classes></package></packages></coverage>
"""
LOG = '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "semgrep"}}, "results": []}]}'
# Stands in for a tool that is not ours: writes a log without results where it is told to.
SEMGREP = f"""#!{sys.executable}
import pathlib, sys
log = {LOG!r}
named = [value for option, value in zip(sys.argv, sys.argv[1:]) if option in ("--output", "--out")]
pathlib.Path(named[0]).write_text(log) if named else print(log)
"""


@dataclass(frozen=True)
class Stage:
    """Where blocks run.

    Attributes:
        root: a directory of the test's own.
        address: of a live server.
        hooks: takes webhooks.
        variables: settings that the server has, for servers of the blocks' own.
    """

    root: Path
    address: str
    hooks: HookServer
    variables: dict[str, str]

    @property
    def project(self) -> Path:
        """The project, and the directory in which the reader is."""
        return self.root / "projects" / "shop"

    @property
    def tools(self) -> Path:
        """Programs of others."""
        return self.root / "bin"

    def set(self) -> None:
        """Puts everything in its place."""
        self.project.mkdir(parents=True)
        (self.project / "app.py").write_text(APP)
        (self.project / "coverage.xml").write_text(COVERAGE)
        self.tools.mkdir()
        for name in ("semgrep", "slow-lint"):
            (self.tools / name).write_text(SEMGREP)
            (self.tools / name).chmod(0o755)
        (self.project / "semgrep.sarif").write_text(LOG)
        (self.project / "body.json").write_bytes(BODY)
        channel = {"displayName": "Ops", "webhook": {"url": self.hooks.url, "secret": SECRET}}
        (self.project / "channel.json").write_text(json.dumps(channel))

    def real(self, text: str) -> str:
        """The text with what is real in the place of what pages call it."""
        # A block that serves has the address for itself.
        address = f"127.0.0.1:{free_port()}" if "serve --address" in text else self.address
        names = {
            "127.0.0.1:50051": address,
            "unix:/run/quality.sock": address,
            "/srv/projects": str(self.project.parent),
            "/some/path": str(self.project),
            "path/to/project": str(self.project),
            "https://hooks.example/quality": self.hooks.url,
            "/opt/semgrep": str(self.tools / "semgrep"),
            "=9464": f"={free_port()}",
            ".venv/bin/": "",
        }
        for name, meant in names.items():
            text = text.replace(name, meant)
        return text

    def environment(self) -> dict[str, str]:
        """What programs find in their environment: the commands of ours, and nobody's settings."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("FLEXT_API_")}
        came = signed_headers("delivery", BODY, SECRET, datetime.now(UTC))
        places = [str(self.tools), str(Path(sys.executable).parent), clean.get("PATH", "")]
        return {
            **clean,
            **self.variables,
            "PATH": os.pathsep.join(places),
            "PYTHONPATH": str(self.root / "plugins"),
            "HOME": str(self.root),
            "FLEXT_API_DATA_DIR": str(self.root / "data"),
            "FLEXT_API_API_PORT": "0",
            "SECRET": SECRET,
            "TIMESTAMP": came[TIMESTAMP_HEADER],
            "SIGNATURE": came[SIGNATURE_HEADER],
            "STAGE": str(self.root),
            "REPOSITORY": str(ROOT),
        }


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
