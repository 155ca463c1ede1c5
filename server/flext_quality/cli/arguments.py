"""Options that several commands share, and how a command is run."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Annotated, Any, Literal

import typer

from flext_quality.cli.exit_codes import ExitCode

Server = Annotated[
    str,
    typer.Option(
        "--server",
        metavar="ADDR",
        help='A running server, as "127.0.0.1:50051" or "unix:/path". Without it the command '
        "starts one of its own.",
    ),
]

Project = Annotated[
    str,
    typer.Argument(help='A path that was analyzed, a project id, or "projects/{project}".'),
]

Branch = Annotated[
    str, typer.Option("--branch", help="Of this branch; without it, of the main line.")
]

Format = Annotated[
    Literal["text", "json"], typer.Option("--format", help="json: one object in a line.")
]


def run(command: Coroutine[Any, Any, ExitCode]) -> int:
    """Carries a command out; its exit code."""
    import asyncio

    return int(asyncio.run(command))
