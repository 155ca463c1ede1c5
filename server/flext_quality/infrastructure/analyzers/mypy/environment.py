"""The Python environment whose packages MyPy sees when a project imports them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.analyzers.process import ToolCommand, run_tool

_ASK = "import json, site, sys; print(json.dumps([sys.version, site.getsitepackages()]))"


async def describe(python: Path, command: ToolCommand) -> FlextResult[tuple[str, ...]]:
    """The interpreter, its version and its installed packages, as words.

    MyPy's findings depend on them. `command` has the limits; its `argv` is of no account.
    Fails as `run_tool`, or with `ToolFailedError` if it is no interpreter.
    """
    lines: list[bytes] = []

    async def take(given: Iterable[bytes]) -> None:
        lines.extend(given)

    asked = await run_tool(replace(command, argv=[str(python), "-I", "-B", "-c", _ASK]), take)
    if asked.error is not None:
        return FlextResult.fail(asked.error)
    ended = asked.unwrap()
    if ended.exit_code or not lines:
        return FlextResult.fail(ended.failure)
    version, directories = json.loads(lines[-1])
    return FlextResult.ok((str(python), version, *_installed(directories)))


def default_python() -> Path:
    """The interpreter that MyPy itself runs on."""
    return Path(sys.executable)


def _installed(directories: Iterable[str]) -> list[str]:
    return sorted(
        entry.name
        for directory in map(Path, directories)
        if directory.is_dir()
        for entry in directory.iterdir()
        if entry.suffix in (".dist-info", ".egg-info", ".pth")
    )
