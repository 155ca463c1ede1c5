"""What the settings of analyzers are made of. They are read in every command, so they load no analyzer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from flext_quality.option_group import Group, OperatorsFile, Seconds


class AnalyzerSettings(Group):
    """What can be set of every analyzer of the server."""

    enabled: bool = True
    """Whether it runs at all."""


class ToolSettings(AnalyzerSettings):
    """How one tool runs."""

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
