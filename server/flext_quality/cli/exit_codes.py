"""What the command's exit code says. From 64 on the numbers are those of BSD's sysexits.h."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Why the command ended. Values of 64 and up: there is no result."""

    OK = 0
    """The analysis succeeded, and so did every analyzer; a skipped one counts as succeeded."""
    GATE_FAILED = 1
    """Everything succeeded, but the code does not pass its project's quality gate."""
    NOT_SUCCEEDED = 2
    """The analysis, or one of its analyzers, failed, timed out or was cancelled."""
    USAGE = 64
    """Wrong options or arguments, such as an analyzer that the server does not have."""
    NO_INPUT = 66
    """There is nothing at the path, or it cannot be read; or no such project or analysis."""
    UNAVAILABLE = 69
    """No server answers at the address, or it went away and did not come back."""
    INTERNAL = 70
    """A defect, of the command or of the server."""
    CANNOT_CREATE = 73
    """The output file cannot be made."""
    IO_ERROR = 74
    """The output, or the data directory, cannot be written."""
    TRY_LATER = 75
    """The server has too much to do already."""
    NOT_ALLOWED = 77
    """The server may not read the path."""
    CONFIGURATION = 78
    """A setting is wrong, something that is needed is not installed, or the database is not this server's."""
    INTERRUPTED = 130
    """Ctrl-C."""
    PIPE_CLOSED = 141
    """Whoever read the output stopped, as in "flext-quality analyze . | head"."""
    TERMINATED = 143
    """SIGTERM."""


EPILOG = """\
Exit codes: 0 all succeeded; 1 the quality gate failed; 2 the analysis or one of its analyzers did not \
succeed; 64 wrong usage; \
66 nothing to read at the path; 69 server not available; 70 internal error; 73, 74 output cannot be \
written; 75 server too busy; 77 path not allowed; 78 wrong configuration; 130 Ctrl-C; 141 output \
closed; 143 terminated."""
