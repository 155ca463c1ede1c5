"""Reads small files."""

from __future__ import annotations

from pathlib import Path

MAX_FILE_BYTES = 1024**2
"""A larger file is not configuration."""


def read_text(file: Path) -> str:
    """The content of a small file.

    Raises:
        ValueError: it cannot be read; says why, never what is in it.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    if len(content) > MAX_FILE_BYTES:
        raise ValueError(f"is larger than {MAX_FILE_BYTES:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
