"""What the operator can set of the measurements of complexity."""

from __future__ import annotations

from flext_quality.infrastructure.analyzers.tool_settings import ToolSettings


class ComplexitySettings(ToolSettings):
    """How complexity is measured."""
