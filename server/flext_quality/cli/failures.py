"""Turns what can go wrong into one line for people and an exit code for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flext_quality.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from flext_quality_client import QualityError


class CommandFailedError(Exception):
    """Ends the command with `code`; `message` says why, `hint` what to do about it."""

    def __init__(self, code: ExitCode, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class InterruptedCommandError(Exception):
    """A signal ended the command."""

    def __init__(self, code: ExitCode) -> None:
        super().__init__(code.name)
        self.code = code


class OutputClosedError(Exception):
    """Nobody reads the output any more."""


def check_analysis_name(name: str) -> None:
    """Does nothing if `name` can be an analysis's.

    Raises:
        CommandFailedError: USAGE.
    """
    from flext_quality.domain.errors import InvalidFieldError
    from flext_quality.domain.identifiers import AnalysisName

    try:
        AnalysisName.parse(name)
    except InvalidFieldError:
        raise CommandFailedError(
            ExitCode.USAGE,
            f"{name!r} is not an analysis's name",
            '"flext-quality analyze" tells it: "projects/{project}/analyses/{analysis}"',
        ) from None


_BY_REASON = {
    "SOURCE_NOT_ALLOWED": ExitCode.NOT_ALLOWED,
    "SOURCE_NOT_FOUND": ExitCode.NO_INPUT,
    "SOURCE_UNREADABLE": ExitCode.NO_INPUT,
    "SOURCE_TOO_LARGE": ExitCode.NO_INPUT,
    "PROJECT_NOT_FOUND": ExitCode.NO_INPUT,
    "ANALYSIS_NOT_FOUND": ExitCode.NO_INPUT,
    "PROJECT_BUSY": ExitCode.TRY_LATER,
    "BRANCH_BUSY": ExitCode.TRY_LATER,
    "ANALYSIS_NOT_FINISHED": ExitCode.TRY_LATER,
}

_BY_STATUS = {
    "INVALID_ARGUMENT": ExitCode.USAGE,
    "FAILED_PRECONDITION": ExitCode.USAGE,
    "OUT_OF_RANGE": ExitCode.USAGE,
    "NOT_FOUND": ExitCode.NO_INPUT,
    "PERMISSION_DENIED": ExitCode.NOT_ALLOWED,
    "UNAUTHENTICATED": ExitCode.NOT_ALLOWED,
    "RESOURCE_EXHAUSTED": ExitCode.TRY_LATER,
    "UNAVAILABLE": ExitCode.UNAVAILABLE,
    "DEADLINE_EXCEEDED": ExitCode.UNAVAILABLE,
    "CANCELLED": ExitCode.UNAVAILABLE,
}


def failure_of(error: QualityError, server: str) -> CommandFailedError:
    """What the command says when a call to `server` (an address, or empty if embedded) failed."""
    code = _BY_REASON.get(error.reason) or _BY_STATUS.get(error.code.name, ExitCode.INTERNAL)
    if code is ExitCode.UNAVAILABLE:
        return CommandFailedError(
            code,
            f"the server {server or 'of this command'} does not answer: {error.message}",
            'start one with "flext-quality serve", or leave --server out' if server else "",
        )
    if code is ExitCode.INTERNAL:
        return CommandFailedError(
            code, error.message, f"the server's log has details under {error.correlation_id}"
        )
    return CommandFailedError(code, error.message)
