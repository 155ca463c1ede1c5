"""What the operator can set of MyPy."""

from __future__ import annotations

from pathlib import Path

from flext_quality.infrastructure.analyzers.tool_settings import ConfiguredToolSettings


class MypySettings(ConfiguredToolSettings):
    """How MyPy runs."""

    strict_mode: bool | None = None
    """True: strict, whatever the project relaxes; false: never strict; none: as the project says."""

    python_executable: Path | None = None
    """The Python whose installed packages MyPy sees; None: the one MyPy is installed in."""
