"""The real projects that are analysed, as they are published."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

VERSIONS = {"requests": "2.34.2", "flask": "3.1.3", "celery": "5.5.3", "django": "5.2"}


@dataclass(frozen=True)
class Projects:
    """Where the projects lie: `directory/NAME`, fetched when first asked for where that is allowed.

    Attributes:
        fetch: whether a project that is not there may be fetched.
    """

    directory: Path
    fetch: bool = True

    def path(self, name: str) -> Path:
        """The sources of the project, to be read only.

        Raises:
            FileNotFoundError: it is not there and must not be fetched.
        """
        path = self.directory / (f"{name}-{VERSIONS[name]}" if self.fetch else name)
        if not path.is_dir():
            if not self.fetch:
                raise FileNotFoundError(f"there is no {path}")
            _fetch(f"{name}=={VERSIONS[name]}", path)
        return path


def _fetch(requirement: str, destination: Path) -> None:
    """Downloads and unpacks a wheel, which holds the sources."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent) as temporary:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        where = ["--no-deps", "--no-binary", ":none:", "--dest", temporary]
        subprocess.run([*pip, *where, requirement], check=True)
        (wheel,) = Path(temporary).glob("*.whl")
        unpacked = Path(temporary, "unpacked")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(unpacked)
        # Last, so that a broken download leaves nothing that looks whole.
        unpacked.rename(destination)
