"""`flext-quality channels`: its commands and options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flext_quality.cli.arguments import Format, Server, run
from flext_quality.cli.exit_codes import EPILOG
from flext_quality.cli.results_commands import Project

Channel = Annotated[
    str, typer.Argument(help='"projects/{project}/notificationChannels/{channel}".')
]

channels_app = typer.Typer(help="Make and try notification channels.", no_args_is_help=True)


@channels_app.command("list", epilog=EPILOG)
def list_(project: Project = ".", server: Server = "", output_format: Format = "text") -> int:
    """List a project's channels, one in a line."""
    from flext_quality.cli.notifications.channels import list_channels

    return run(list_channels(project, server, output_format))


@channels_app.command(epilog=EPILOG)
def add(
    project: Project,
    file: Annotated[
        Path,
        typer.Argument(
            help="The channel as JSON, with its secret: docs/notifications.md; - reads stdin."
        ),
    ],
    server: Server = "",
    output_format: Format = "text",
) -> int:
    """Make a channel."""
    from flext_quality.cli.notifications.channels import add_channel

    return run(add_channel(project, file, server, output_format))


@channels_app.command("test", epilog=EPILOG)
def try_(channel: Channel, server: Server = "", output_format: Format = "text") -> int:
    """Send a message through a channel at once; exit 2 if it did not arrive."""
    from flext_quality.cli.notifications.channels import try_channel

    return run(try_channel(channel, server, output_format))


@channels_app.command(epilog=EPILOG)
def deliveries(channel: Channel, server: Server = "", output_format: Format = "text") -> int:
    """List what was sent through a channel, newest first, with every attempt."""
    from flext_quality.cli.notifications.channels import list_deliveries

    return run(list_deliveries(channel, server, output_format))


@channels_app.command(epilog=EPILOG)
def replay(
    delivery: Annotated[
        str,
        typer.Argument(
            help='"projects/{project}/notificationChannels/{channel}/deliveries/{delivery}".'
        ),
    ],
    server: Server = "",
    output_format: Format = "text",
) -> int:
    """Tell the same again, as a new delivery."""
    from flext_quality.cli.notifications.channels import replay_delivery

    return run(replay_delivery(delivery, server, output_format))
