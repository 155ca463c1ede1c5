"""The command about what happens to all projects."""

from __future__ import annotations

from typing import Annotated

import typer

from flext_quality.cli.arguments import Format, Server, run
from flext_quality.cli.exit_codes import EPILOG


def register(app: typer.Typer) -> None:
    """Adds the command to the command line."""
    app.command(epilog=EPILOG)(events)


def events(
    server: Server = "",
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with each event as it happens.")
    ] = False,
    project: Annotated[
        str,
        typer.Option(help='Only of this path, project id, or "projects/{project}".'),
    ] = "",
    event_type: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            help='Only of this type, as "AnalysisFinished". May be repeated.',
        ),
    ] = None,
    after: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="CURSOR",
            help="Begin after this cursor; without it, with the first event.",
        ),
    ] = None,
    new: Annotated[
        bool, typer.Option("--new", help="Begin with what happens from now on.")
    ] = False,
    output_format: Format = "text",
) -> int:
    """List what happened to all projects, one event in a line, each with its cursor."""
    from flext_quality.cli.events.events import EventsCommand
    from flext_quality.cli.events.events import events as show

    command = EventsCommand(
        server, project, tuple(event_type or ()), after, new, follow, output_format
    )
    return run(show(command))
