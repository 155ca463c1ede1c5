"""The frame of commands that ask a server and print the answer."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from google.protobuf.message import Message
from rich.console import RenderableType

from flext_quality.cli.failures import failure_of
from flext_quality.cli.interrupts import Interrupts
from flext_quality.cli.json_output import to_json
from flext_quality.cli.output import Output, open_output
from flext_quality.cli.server_access import Access, access
from flext_quality.cli.terminal import console_for, print_whole
from flext_quality_client import QualityError


@asynccontextmanager
async def asking(server: str, output: Path | None = None) -> AsyncIterator[tuple[Access, Output]]:
    """A client of `server` (empty: one of the command's own) and where the answer goes.

    Raises:
        CommandFailedError: what the server answered instead, or that there is none.
        OutputClosedError: nobody reads the output.
    """
    with failures(server), open_output(output) as opened, Interrupts():
        async with access(server, None) as reached:
            yield reached, opened


@contextmanager
def failures(server: str) -> Iterator[None]:
    """Turns the client's errors into what the command says."""
    try:
        yield
    except QualityError as error:
        raise failure_of(error, server) from error


def print_json(output: Output, message: Message) -> None:
    """One JSON object in one line."""
    output.write(to_json(message) + "\n")


def print_view(view: RenderableType) -> None:
    """A view on standard output."""
    print_whole(console_for(sys.stdout), view)
