"""What is shown before anything that takes time is imported."""

from __future__ import annotations

import os
import sys
from typing import IO

from flext_quality.cli.text import clean

CLEAR_LINE = "\r\x1b[2K"


def announce(path: str, output_format: str) -> None:
    """Says on a terminal what is being done; the live table takes the line's place."""
    stream: IO[str] = sys.stderr if output_format == "json" else sys.stdout
    if stream.isatty():
        name = os.path.basename(os.path.abspath(path))  # noqa: PTH100, PTH119  # pathlib costs time
        stream.write(f"Analyzing {clean(name) or path} ...\r")
        stream.flush()
