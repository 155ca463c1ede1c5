"""What the operator can set of the search for duplicated code."""

from __future__ import annotations

from pydantic import Field

from flext_quality.infrastructure.analyzers.tool_settings import ToolSettings


class DuplicationSettings(ToolSettings):
    """How jscpd runs."""

    min_lines: int = Field(default=5, ge=2, le=100_000)
    """A clone has more lines than this, unless the project's own configuration says otherwise."""
    min_tokens: int = Field(default=50, ge=20, le=100_000)
    """How many tokens a clone has at least, unless the project's own configuration says otherwise."""
