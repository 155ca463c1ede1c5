"""What the operator can set of Bandit."""

from __future__ import annotations

from typing import Literal

from flext_quality.infrastructure.analyzers.tool_settings import ConfiguredToolSettings

Level = Literal["all", "low", "medium", "high"]


class BanditSettings(ConfiguredToolSettings):
    """How Bandit runs."""

    severity_level: Level | None = None
    """Findings below this severity are not reported; none: as the project says."""
    confidence_level: Level | None = None
    """Findings below this confidence are not reported; none: as the project says."""
