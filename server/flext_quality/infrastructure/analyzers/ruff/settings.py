"""What the operator can set of Ruff."""

from __future__ import annotations

from flext_quality.infrastructure.analyzers.tool_settings import ConfiguredToolSettings


class RuffSettings(ConfiguredToolSettings):
    """How Ruff runs."""
