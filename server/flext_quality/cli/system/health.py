"""`flext-quality health`: says by its exit code whether a server serves, for health checks of containers."""

from __future__ import annotations

import sys

from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import CommandFailedError
from flext_quality.cli.output import Output
from flext_quality.cli.server_access import settings_or_fail


def health(server: str, service: str, seconds: float) -> ExitCode:
    """Runs the command: prints SERVING if the server says so.

    Raises:
        CommandFailedError: USAGE, if it has no such service; UNAVAILABLE, if it serves not or is not there.
    """
    from flext_quality.rpc.system.health_probe import SERVING, ask_health

    target = server or _configured()
    status = ask_health(target, service, seconds)
    if status == "NOT_FOUND":
        raise CommandFailedError(
            ExitCode.USAGE,
            f"the server {target} has no service {service!r}",
            'full names are asked for, such as "flext.quality.v1.AnalysisService"',
        )
    if status != SERVING:
        raise CommandFailedError(
            ExitCode.UNAVAILABLE, f"{service or 'the server'} at {target}: {status}"
        )
    output = Output(sys.stdout)
    output.write(f"{status}\n")
    output.flush()
    return ExitCode.OK


def _configured() -> str:
    """Where a server with these settings can be reached from this machine."""
    settings = settings_or_fail()
    if settings.api_socket is not None:
        return f"unix:{settings.api_socket.absolute()}"
    if settings.api_port == 0:
        raise CommandFailedError(
            ExitCode.USAGE, "the settings let a server choose its port: say --server HOST:PORT"
        )
    every_address = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  # compared
    host = every_address.get(settings.api_host, settings.api_host)
    return f"[{host}]:{settings.api_port}" if ":" in host else f"{host}:{settings.api_port}"
