"""What the operator can set of the search for dead code."""

from __future__ import annotations

from flext_quality.infrastructure.analyzers.tool_settings import ToolSettings


class DeadCodeSettings(ToolSettings):
    """How vulture runs."""
