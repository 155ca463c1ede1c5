"""The analyzers. The name of an option below is that of the analyzer, and of its folder.

Adding an analyzer to the server is such a folder in `infrastructure/analyzers`, and a line here.
"""

from __future__ import annotations

import os

from pydantic import Field, field_validator

from flext_quality.infrastructure.analyzers.bandit.settings import BanditSettings
from flext_quality.infrastructure.analyzers.complexity.settings import ComplexitySettings
from flext_quality.infrastructure.analyzers.coverage.settings import CoverageSettings
from flext_quality.infrastructure.analyzers.deadcode.settings import DeadCodeSettings
from flext_quality.infrastructure.analyzers.duplication.settings import DuplicationSettings
from flext_quality.infrastructure.analyzers.mypy.settings import MypySettings
from flext_quality.infrastructure.analyzers.ruff.settings import RuffSettings
from flext_quality.infrastructure.analyzers.sarif.settings import (
    SarifImportSettings,
    SarifToolSettings,
)
from flext_quality.infrastructure.analyzers.tool_settings import AnalyzerSettings
from flext_quality.option_group import Group


class SarifTool(SarifToolSettings):
    """A command that prints SARIF. Its name is none that one of the server's own analyzers has."""

    @field_validator("name")
    @classmethod
    def _is_free(cls, value: str) -> str:
        if value in BUILT_IN_ANALYZERS:
            raise ValueError(f"{value!r} is the name of an analyzer that the server has already")
        return value


class ExternalToolsSettings(Group):
    """The analyzers' tools."""

    ruff: RuffSettings = RuffSettings()
    mypy: MypySettings = MypySettings()
    bandit: BanditSettings = BanditSettings()
    complexity: ComplexitySettings = ComplexitySettings()
    deadcode: DeadCodeSettings = DeadCodeSettings()
    duplication: DuplicationSettings = DuplicationSettings()
    coverage: CoverageSettings = CoverageSettings()
    sarif: SarifImportSettings = SarifImportSettings()
    sarif_tools: tuple[SarifTool, ...] = ()
    """Commands that print SARIF. As an environment variable: a JSON list of objects."""
    processes: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=256)
    """How many processes an analyzer may run at once; by default as many as there are cores."""

    @field_validator("sarif_tools")
    @classmethod
    def _have_names_of_their_own(cls, value: tuple[SarifTool, ...]) -> tuple[SarifTool, ...]:
        names = [tool.name for tool in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two tools are called {name!r}")
        return value

    @property
    def by_analyzer(self) -> dict[str, AnalyzerSettings]:
        """The settings of each of the server's own analyzers."""
        return {name: value for name, value in self if isinstance(value, AnalyzerSettings)}


BUILT_IN_ANALYZERS = frozenset(ExternalToolsSettings().by_analyzer)
"""The names of the server's own analyzers, which no other can have."""
