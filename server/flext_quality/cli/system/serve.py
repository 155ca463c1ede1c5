"""`flext-quality serve`: runs a server until it is told to stop."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import CommandFailedError
from flext_quality.cli.output import Output
from flext_quality.cli.server_access import load_or_fail, start_failures


@dataclass(frozen=True)
class ServeOptions:
    """What the user asked for; what is not set stays as the settings have it."""

    address: str = ""
    port: int | None = None
    socket: Path | None = None
    data_dir: Path | None = None
    allowed: tuple[Path, ...] = ()


async def serve(options: ServeOptions) -> ExitCode:
    """Runs the command: one line on standard output says where it listens, the log goes to stderr.

    Raises:
        CommandFailedError: it cannot start.
    """
    from flext_quality.serving import serve as run

    loaded = load_or_fail(**overrides(options))
    with start_failures(loaded.settings.data_dir):
        try:
            await run(loaded, _say)
        except PermissionError as error:
            raise CommandFailedError(
                ExitCode.IO_ERROR, f"{error.filename}: {error.strerror}"
            ) from None
    return ExitCode.OK


def overrides(options: ServeOptions) -> dict[str, Any]:
    """The options as settings.

    Raises:
        CommandFailedError: USAGE, if they contradict each other.
    """
    if sum((bool(options.address), options.port is not None, options.socket is not None)) > 1:
        raise CommandFailedError(ExitCode.USAGE, "give only one of --address, --port and --socket")
    values: dict[str, Any] = {}
    if options.address:
        host, _, port = options.address.rpartition(":")
        values = {"api_host": host.strip("[]"), "api_port": port, "api_socket": None}
        if not host:
            raise CommandFailedError(ExitCode.USAGE, "--address is HOST:PORT")
    if options.port is not None:
        values = {"api_port": options.port, "api_socket": None}
    if options.socket is not None:
        values = {"api_socket": options.socket}
    if options.data_dir is not None:
        values["data_dir"] = options.data_dir
    if options.allowed:
        allowed = tuple(path.absolute() for path in options.allowed)
        values["security"] = {"allowed_project_paths": allowed}
    return values


def _say(address: str) -> None:
    output = Output(sys.stdout)
    output.write(f"listening on {address}\n")
    output.flush()
