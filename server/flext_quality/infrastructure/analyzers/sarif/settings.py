"""What the operator can set of SARIF logs, and of commands that print them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from flext_quality.infrastructure.analyzers.tool_settings import AnalyzerSettings
from flext_quality.option_group import Group, Seconds


class SarifImportSettings(AnalyzerSettings):
    """How SARIF logs that clients send are imported."""


class SarifToolSettings(Group):
    """A command that prints SARIF; it becomes an analyzer."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
    """The analyzer's name; none that the server has already."""
    command: Annotated[tuple[str, ...], Field(min_length=1)]
    """Program and arguments; "{root}" stands for the working copy, where it runs, and "{scratch}" for an
    empty directory of its own. The program: an absolute path, or a name that is found in PATH."""
    timeout: Seconds = 600.0
    """Seconds after which the command is killed and its outcome is TIMED_OUT."""
    memory_limit_mb: int = Field(default=4096, ge=256)
    """Address space of each of the command's processes, in MiB."""
    output: Annotated[str, Field(pattern=r"^[^/\x00]{1,255}$")] = "stdout"
    """Where the log is: "stdout", or a file in "{scratch}"."""
    success_exit_codes: frozenset[Annotated[int, Field(ge=0, le=255)]] = frozenset({0})
    """What the command exits with when the log is whole. Many tools exit with 1 when they found something."""

    @field_validator("command")
    @classmethod
    def _is_the_operators(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        program = value[0]
        if not program or ("/" in program and not Path(program).is_absolute()):
            raise ValueError("the program has to be an absolute path, or a name without a slash")
        if "{root}" in program or "{scratch}" in program:
            raise ValueError("the program cannot lie in the working copy")
        return value

    @field_validator("output")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if value in {".", ".."}:
            raise ValueError("has to be a file's name")
        return value
