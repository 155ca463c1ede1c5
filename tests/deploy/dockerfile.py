"""Reads the Dockerfile, and carries its first stage out in a directory instead of a container."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from subprocess import CompletedProcess, run

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Stage:
    """What stands between one FROM and the next: instructions with their arguments, in order."""

    base: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        """The arguments of each instruction of one kind."""
        return [arguments for kind, arguments in self.instructions if kind == name]

    @property
    def environment(self) -> dict[str, str]:
        """What ENV sets."""
        words = (word for line in self.all("ENV") for word in shlex.split(line))
        return {name: value for name, _, value in (word.partition("=") for word in words)}


def stages() -> list[Stage]:
    """The stages of our Dockerfile, with the values of its ARGs."""
    found: list[Stage] = []
    values: dict[str, str] = {}
    for kind, arguments in _instructions():
        if kind == "ARG" and not found:
            name, _, value = arguments.partition("=")
            values[f"${{{name}}}"] = value
        elif kind == "FROM":
            base = arguments.split()[0]
            found.append(Stage(values.get(base, base)))
        else:
            found[-1].instructions.append((kind, arguments))
    return found


def _instructions() -> Iterator[tuple[str, str]]:
    text = "".join(
        line
        for line in (ROOT / "Dockerfile").read_text().splitlines(keepends=True)
        if not line.startswith("#")
    )
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip():
            kind, _, arguments = line.strip().partition(" ")
            yield kind, arguments.strip()


def in_context(path: str) -> bool:
    """Whether .dockerignore lets a file through: the last line that matches it or a directory above."""
    allowed = True
    parts = path.split("/")
    above = ["/".join(parts[: n + 1]) for n in range(len(parts))]
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!").removeprefix("**/")
        names = [name.rpartition("/")[2] for name in above] if "**/" in line else above
        if any(fnmatch(name, pattern) and ("/" not in name or "/" in pattern) for name in names):
            allowed = line.startswith("!")
    return allowed


@dataclass(frozen=True)
class Workshop:
    """A directory that stands for the file system of a stage. Absolute paths lie below it."""

    root: Path

    def moved(self, text: str) -> str:
        """A text with the paths that the Dockerfile makes, as they are here."""
        return re.sub(r"(?<![\w./])/(?=(?:src|opt|wheels)\b)", f"{self.root}/", text)

    def carry_out(self, stage: Stage) -> Iterator[CompletedProcess[str]]:
        """Does what a stage says, step by step; gives what each RUN came to."""
        here = self.root
        environment = {
            **os.environ,
            **stage.environment,
            # Python is the one that tests; what was downloaded already is used again.
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "PIP_NO_CACHE_DIR": "0",
            "UV_LINK_MODE": "hardlink",
        }
        environment.pop("VIRTUAL_ENV", None)
        for kind, arguments in stage.instructions:
            if kind == "WORKDIR":
                here = Path(self.moved(arguments))
                here.mkdir(parents=True, exist_ok=True)
            elif kind == "COPY":
                self._copy(here, *arguments.split())
            elif kind == "RUN":
                yield run(
                    ["/bin/sh", "-c", self.moved(arguments)],
                    cwd=here,
                    env=environment,
                    capture_output=True,
                    text=True,
                    timeout=110,
                    check=False,
                )

    def _copy(self, here: Path, *paths: str) -> None:
        *sources, target = paths
        for source in sources:
            for file in _files(source):
                below = file.relative_to(ROOT / source) if (ROOT / source).is_dir() else file.name
                place = here / target / below
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, place)


def _files(source: str) -> list[Path]:
    listed = run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", source],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    found = [
        ROOT / name for name in listed if name and in_context(name) and (ROOT / name).is_file()
    ]
    assert found, f"nothing of {source} comes through .dockerignore"
    return found
