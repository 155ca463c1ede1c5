"""What is published: built once, and installed into a fresh environment.

DIST_RESOLUTION chooses the versions of what it depends on ("make test-dist" tries the oldest and the newest).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess, run

import pytest

from tools import dist

RESOLUTION = os.environ.get("DIST_RESOLUTION", "locked")


@dataclass(frozen=True)
class Installed:
    """An environment with the wheels, and without anything of this repository on its path."""

    directory: Path
    wheels: tuple[Path, Path]
    pins: Path

    def run(self, *command: str, cwd: Path, **environment: str) -> CompletedProcess[str]:
        """Runs a program of the environment."""
        program, *arguments = command
        return run(
            [self.directory / "bin" / program, *arguments],
            cwd=cwd,
            env={"PATH": "/usr/bin:/bin", "HOME": str(cwd), **environment},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def add(self, *packages: str) -> None:
        """Installs more, in the versions of the same resolution."""
        dist.install(self.directory / "bin" / "python", self.pins, *packages)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The four files by the first words of their names and their kind, as in "client.whl"."""
    files = dist.build(tmp_path_factory.mktemp("dist"))
    return {
        ("client" if "client" in file.name else "server")
        + (".whl" if file.suffix == ".whl" else ".tar.gz"): file
        for file in files
    }


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, built: dict[str, Path]) -> Installed:
    """Both wheels and what they need; nothing else, no pytest either."""
    directory = tmp_path_factory.mktemp("installed")
    pins = dist.pin(RESOLUTION, directory / "pins.txt")
    wheels = (built["client.whl"], built["server.whl"])
    dist.install(dist.create(directory / "venv"), pins, *wheels)
    return Installed(directory / "venv", wheels, pins)
