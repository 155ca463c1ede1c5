"""What an operator's configuration of a tool has in common, whatever the tool."""

from __future__ import annotations

from pathlib import Path

from flext_quality.domain.errors import ToolFailedError

OPERATOR_DECIDES = "the server's operator decides"
"""Why an option of a project is not used."""

_CONFIGURATION_ERROR = 2
"""What the tools exit with when their configuration is wrong."""


def read_operators_file(analyzer: str, file: Path) -> bytes:
    """The content of the operator's configuration file.

    Raises:
        ToolFailedError: it cannot be read; names the file without its place on the server.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise operators_file_error(analyzer, file, str(error.strerror)) from None


def operators_file_error(analyzer: str, file: Path, why: str) -> ToolFailedError:
    """The error about an operator's configuration file that is wrong."""
    detail = f"the operator's configuration {file.name} cannot be read: {why}"
    return ToolFailedError(analyzer, _CONFIGURATION_ERROR, detail)
