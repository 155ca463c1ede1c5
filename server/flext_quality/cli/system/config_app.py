"""The options of `flext-quality config`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from flext_quality.cli.exit_codes import EPILOG

config_app = typer.Typer(
    help="Show, check and begin the settings.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@config_app.command(epilog=EPILOG)
def show(
    output_format: Annotated[
        Literal["text", "json"], typer.Option("--format", help="json: one object.")
    ] = "text",
) -> int:
    """Show every option, its value and where that comes from; secrets are hidden."""
    from flext_quality.cli.system.config import show as run

    return int(run(output_format))


@config_app.command(epilog=EPILOG)
def validate(
    file: Annotated[
        Path | None,
        typer.Argument(help="A configuration file to check; without it, the settings in effect."),
    ] = None,
) -> int:
    """Name everything that is wrong with the settings, or exit 0."""
    from flext_quality.cli.system.config import validate as run

    return int(run(file))


@config_app.command(epilog=EPILOG)
def init(
    directory: Annotated[
        Path | None,
        typer.Argument(help="Where to write them; by default FLEXT_API_CONFIG_DIR, or ./config."),
    ] = None,
) -> int:
    """Write a commented configuration file for each environment. Overwrites none."""
    from flext_quality.cli.system.config import init as run

    return int(run(directory))


@config_app.command("new-key", epilog=EPILOG)
def new_key() -> int:
    """Print a new key for FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY."""
    from flext_quality.cli.system.config import new_key as run

    return int(run())
