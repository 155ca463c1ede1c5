"""The commands about a server itself and about what is installed beside it."""

from __future__ import annotations

import typer

from flext_quality.cli.arguments import Format, Server, run
from flext_quality.cli.exit_codes import EPILOG

plugins_app = typer.Typer(help="Show the plugins that are installed here.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Adds the commands to the command line."""
    app.command(epilog=EPILOG)(info)
    app.add_typer(plugins_app, name="plugins")


def info(server: Server = "", output_format: Format = "text") -> int:
    """Say what a server can do: version, capabilities, limits, analyzers, formats of reports."""
    from flext_quality.cli.system.info import info as command

    return run(command(server, output_format))


@plugins_app.command("list", epilog=EPILOG)
def list_plugins(output_format: Format = "text") -> int:
    """List the plugins beside this command, whether they can be used, and if not, why.

    Each is loaded as a server would load it. Exit 78 if one is broken.
    """
    from flext_quality.cli.system.plugins import list_plugins as command

    return run(command(output_format))
