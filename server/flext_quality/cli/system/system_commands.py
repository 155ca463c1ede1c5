"""The commands about a server itself and about what is installed beside it."""

from __future__ import annotations

from typing import Annotated

import typer

from flext_quality.cli.arguments import Format, Server, run
from flext_quality.cli.exit_codes import EPILOG

plugins_app = typer.Typer(help="Show the plugins that are installed here.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Adds the commands to the command line."""
    app.command(epilog=EPILOG)(info)
    app.command(epilog=EPILOG)(health)
    app.add_typer(plugins_app, name="plugins")


def info(server: Server = "", output_format: Format = "text") -> int:
    """Say what a server can do: version, capabilities, limits, analyzers, formats of reports."""
    from flext_quality.cli.system.info import info as command

    return run(command(server, output_format))


def health(
    server: Annotated[
        str,
        typer.Option(
            metavar="ADDR",
            help='A running server, as "127.0.0.1:50051" or "unix:/path". Without it, the one that the '
            "settings describe.",
        ),
    ] = "",
    service: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help='One of its services, as "flext.quality.v1.AnalysisService"; without it, all of them.',
        ),
    ] = "",
    timeout: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="How long to wait for the answer.")
    ] = 5.0,
) -> int:
    """Say whether a server serves: exit 0 if it does, 69 if not. For health checks of containers."""
    from flext_quality.cli.system.health import health as command

    return int(command(server, service, timeout))


@plugins_app.command("list", epilog=EPILOG)
def list_plugins(output_format: Format = "text") -> int:
    """List the plugins beside this command, whether they can be used, and if not, why.

    Each is loaded as a server would load it. Exit 78 if one is broken.
    """
    from flext_quality.cli.system.plugins import list_plugins as command

    return run(command(output_format))
