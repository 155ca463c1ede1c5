"""Where a result goes: to standard output, or into a file that is there as a whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import CommandFailedError, OutputClosedError


class Output:
    """Text that is written piece by piece to `stream`."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream

    def write(self, text: str) -> None:
        """Writes `text`.

        Raises:
            OutputClosedError: nobody reads it any more.
            CommandFailedError: IO_ERROR.
        """
        try:
            self.stream.write(text)
        except BrokenPipeError:
            raise OutputClosedError from None
        except OSError as error:
            raise _cannot_write(error) from None

    def flush(self) -> None:
        """Hands over what was written; raises as `write`."""
        try:
            self.stream.flush()
        except BrokenPipeError:
            raise OutputClosedError from None
        except OSError as error:
            raise _cannot_write(error) from None


@contextmanager
def open_output(path: Path | None) -> Iterator[Output]:
    """Standard output for None, else the file `path`, which is replaced when the block ends well.

    Entering it finds out whether the file can be made, before any work is done for it. A device or
    pipe is written to as it is.

    Raises:
        CommandFailedError: CANNOT_CREATE on entering, IO_ERROR later.
    """
    if path is None:
        output = Output(sys.stdout)
        yield output
        output.flush()
    else:
        with _writing_to(path) if _is_special(path) else _replacing(path) as output:
            yield output


@contextmanager
def _writing_to(path: Path) -> Iterator[Output]:
    with _creating(path):
        stream = path.open("w", encoding="utf-8")
    try:
        output = Output(stream)
        yield output
        output.flush()
    finally:
        _close(stream)


@contextmanager
def _replacing(path: Path) -> Iterator[Output]:
    with _creating(path):
        # A link is kept, and what it leads to is replaced.
        target = path.resolve()
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:64]}.", dir=target.parent)
    stream, temporary = os.fdopen(handle, "w", encoding="utf-8"), Path(name)
    try:
        output = Output(stream)
        yield output
        output.flush()
        try:
            os.fchmod(handle, _mode(target))
            os.fsync(handle)
            temporary.replace(target)
        except OSError as error:
            raise _cannot_write(error) from None
    finally:
        _close(stream)
        with suppress(FileNotFoundError):
            temporary.unlink()


def _close(stream: IO[str]) -> None:
    # What could not be written was told when it was flushed.
    with suppress(OSError):
        stream.close()


@contextmanager
def _creating(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CommandFailedError(
            ExitCode.CANNOT_CREATE, f"cannot make {path}: {error.strerror or error}"
        ) from None


def _is_special(path: Path) -> bool:
    with suppress(OSError):
        return not stat.S_ISREG(path.stat().st_mode)
    return False


def _mode(target: Path) -> int:
    """The mode of the file that is replaced, or that of any new file."""
    with suppress(OSError):
        return stat.S_IMODE(target.stat().st_mode)
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def _cannot_write(error: OSError) -> CommandFailedError:
    return CommandFailedError(
        ExitCode.IO_ERROR, f"cannot write the output: {error.strerror or error}"
    )
