"""The analyzers' tools."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from flext_quality.settings.groups.base import Group, OperatorsFile, Seconds

BUILT_IN_ANALYZERS = frozenset(
    {"bandit", "complexity", "coverage", "deadcode", "duplication", "mypy", "ruff", "sarif"}
)
"""Names that no `sarif_tools` may have."""


class ToolSettings(Group):
    """How one tool runs."""

    enabled: bool = True
    """Whether it runs at all."""
    timeout: Seconds = 600.0
    """Seconds after which the tool is killed and its outcome is TIMED_OUT."""
    memory_limit_mb: int = Field(default=4096, ge=256)
    """Address space of each of the tool's processes, in MiB."""


class ConfiguredToolSettings(ToolSettings):
    """How a tool runs that takes a configuration file of the operator's."""

    config_file: Annotated[Path | None, OperatorsFile] = None
    """A configuration that is used in place of those that projects bring; an absolute path, or, in a
    configuration file, one that is relative to that file's directory."""

    @field_validator("config_file")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        # The working directory says nothing: it may be that of the analysed project.
        if value is not None and not value.is_absolute():
            raise ValueError(f"{str(value)!r} is not an absolute path")
        return value


Level = Literal["all", "low", "medium", "high"]


class BanditSettings(ConfiguredToolSettings):
    """How Bandit runs."""

    severity_level: Level | None = None
    """Findings below this severity are not reported; none: as the project says."""
    confidence_level: Level | None = None
    """Findings below this confidence are not reported; none: as the project says."""


class MypySettings(ConfiguredToolSettings):
    """How MyPy runs."""

    strict_mode: bool | None = None
    """True: strict, whatever the project relaxes; false: never strict; none: as the project says."""

    python_executable: Path | None = None
    """The Python whose installed packages MyPy sees; None: the one MyPy is installed in."""


class DuplicationSettings(ToolSettings):
    """How jscpd runs."""

    min_lines: int = Field(default=5, ge=2, le=100_000)
    """A clone has more lines than this, unless the project's own configuration says otherwise."""
    min_tokens: int = Field(default=50, ge=20, le=100_000)
    """How many tokens a clone has at least, unless the project's own configuration says otherwise."""


class SarifImportSettings(Group):
    """How SARIF logs that clients send are imported."""

    enabled: bool = True
    """Whether they are taken at all."""


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

    @field_validator("name")
    @classmethod
    def _is_free(cls, value: str) -> str:
        if value in BUILT_IN_ANALYZERS:
            raise ValueError(f"{value!r} is the name of an analyzer that the server has already")
        return value

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


class ExternalToolsSettings(Group):
    """The analyzers' tools."""

    ruff: ConfiguredToolSettings = ConfiguredToolSettings()
    mypy: MypySettings = MypySettings()
    bandit: BanditSettings = BanditSettings()
    complexity: ToolSettings = ToolSettings()
    deadcode: ToolSettings = ToolSettings()
    duplication: DuplicationSettings = DuplicationSettings()
    coverage: ToolSettings = ToolSettings()
    sarif: SarifImportSettings = SarifImportSettings()
    sarif_tools: tuple[SarifToolSettings, ...] = ()
    """Commands that print SARIF. As an environment variable: a JSON list of objects."""
    processes: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=256)
    """How many processes an analyzer may run at once; by default as many as there are cores."""

    @field_validator("sarif_tools")
    @classmethod
    def _have_names_of_their_own(
        cls, value: tuple[SarifToolSettings, ...]
    ) -> tuple[SarifToolSettings, ...]:
        names = [tool.name for tool in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two tools are called {name!r}")
        return value
