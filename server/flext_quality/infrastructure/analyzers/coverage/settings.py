"""What the operator can set of the reading of coverage."""

from __future__ import annotations

from flext_quality.infrastructure.analyzers.tool_settings import ToolSettings


class CoverageSettings(ToolSettings):
    """How reports of test coverage are read."""
