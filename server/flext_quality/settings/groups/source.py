"""How much code an analysis takes."""

from __future__ import annotations

from pydantic import Field

from flext_quality.option_group import Group


class SourceSettings(Group):
    """How much code an analysis takes."""

    max_file_bytes: int = Field(default=5 * 1024**2, gt=0)
    """Larger files are skipped, which the analysis tells."""
    max_files: int = Field(default=200_000, gt=0)
    """A project with more files to read is refused."""
    max_total_bytes: int = Field(default=2 * 1024**3, gt=0)
    """A project with more bytes to read is refused."""
    max_report_bytes: int = Field(default=100 * 1024**2, gt=0)
    """Larger reports of test coverage are skipped, which the analysis tells."""
