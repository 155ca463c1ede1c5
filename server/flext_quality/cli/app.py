"""The flext-quality command: its options, and how it ends."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from flext_quality import __version__
from flext_quality.cli import results_commands
from flext_quality.cli.arguments import Server
from flext_quality.cli.arguments import run as execute
from flext_quality.cli.events import event_commands
from flext_quality.cli.exit_codes import EPILOG, ExitCode
from flext_quality.cli.failures import (
    CommandFailedError,
    InterruptedCommandError,
    OutputClosedError,
)
from flext_quality.cli.first_words import CLEAR_LINE, announce
from flext_quality.cli.notifications.channels_app import channels_app
from flext_quality.cli.system import system_commands
from flext_quality.cli.system.config_app import config_app

app = typer.Typer(
    name="flext-quality",
    help="Code quality as a gRPC service: analyze code, serve, watch.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(config_app, name="config")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"flext-quality {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Code quality as a gRPC service: analyze code, serve, watch."""


@app.command(epilog=EPILOG)
def analyze(
    path: Annotated[str, typer.Argument(help="A directory or a Python file.")],
    server: Server = "",
    analyzers: Annotated[
        str, typer.Option(metavar="A,B", help="Which analyzers to run; without it, all.")
    ] = "",
    branch: Annotated[
        str, typer.Option(help="The branch that the code is of; without it, the main line.")
    ] = "",
    output_format: Annotated[
        Literal["text", "json"],
        typer.Option("--format", help="json: one object with the analysis and its issues."),
    ] = "text",
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the result into FILE, whole or not at all."),
    ] = None,
    coverage: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A report of test coverage to read. May be repeated."),
    ] = None,
    sarif: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A SARIF log to import. May be repeated."),
    ] = None,
) -> int:
    """Analyze a project and show what comes of it, live."""
    announce(path, output_format)
    from flext_quality.cli.analyses.analyze import AnalyzeOptions
    from flext_quality.cli.analyses.analyze import analyze as run
    from flext_quality.cli.analyses.attachments import read_attachments

    names = tuple(dict.fromkeys(name.strip() for name in analyzers.split(",") if name.strip()))
    if analyzers and not names:
        raise CommandFailedError(ExitCode.USAGE, "--analyzers names no analyzer")
    attachments = read_attachments(coverage or (), sarif or ())
    return execute(
        run(AnalyzeOptions(path, server, names, output_format, output, attachments, branch))
    )


@app.command(epilog=EPILOG)
def watch(
    analysis: Annotated[
        str, typer.Argument(help='"projects/{project}/analyses/{analysis}", as analyze told it.')
    ],
    server: Server = "",
    after: Annotated[
        int, typer.Option(min=0, metavar="N", help="Leave out the first N events.")
    ] = 0,
    output_format: Annotated[
        Literal["text", "json"],
        typer.Option("--format", help="json: one event in a line, as it happens."),
    ] = "text",
) -> int:
    """Attach to an analysis, running or ended. Ctrl-C leaves; the analysis goes on."""
    from flext_quality.cli.analyses.watch import WatchCommand
    from flext_quality.cli.analyses.watch import watch as run

    return execute(run(WatchCommand(analysis, server, after, output_format)))


@app.command(epilog=EPILOG)
def findings(
    analysis: Annotated[
        str, typer.Argument(help='"projects/{project}/analyses/{analysis}", as analyze told it.')
    ],
    server: Server = "",
    output_format: Annotated[
        Literal["text", "json"], typer.Option("--format", help="json: one finding in a line.")
    ] = "text",
) -> int:
    """List all findings of an analysis, one in a line."""
    from flext_quality.cli.findings.findings import findings as run

    return execute(run(analysis, server, output_format))


@app.command(epilog=EPILOG)
def serve(
    address: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where to listen.")] = "",
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0: any free one.")
    ] = None,
    socket: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Listen on a Unix socket instead.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where database and caches lie.")
    ] = None,
    allow: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Projects may lie below PATH. May be repeated."),
    ] = None,
) -> int:
    """Run a server until Ctrl-C or SIGTERM.

    Prints "listening on ADDRESS" once clients can connect; the log goes to standard error. Options go
    before the FLEXT_API_ environment variables. There is no authentication: listen only where you trust
    everybody.
    """
    from flext_quality.cli.system.serve import ServeOptions
    from flext_quality.cli.system.serve import serve as run

    return execute(run(ServeOptions(address, port, socket, data_dir, tuple(allow or ()))))


@app.command(epilog=EPILOG)
def doctor(
    output_format: Annotated[
        Literal["text", "json"], typer.Option("--format", help="json: one object.")
    ] = "text",
) -> int:
    """Say what is set up and what is missing; exit 0 if all is fine, else 78."""
    from flext_quality.cli.system.doctor import doctor as run

    return execute(run(output_format))


results_commands.register(app)
event_commands.register(app)
app.add_typer(channels_app, name="channels")
system_commands.register(app)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Runs the command line and exits with one of `ExitCode`."""
    # gRPC's core writes notes of its own to standard error otherwise, such as connections that ended.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    code = _outcome(arguments)
    _drop_closed_output()
    sys.exit(code)


def _outcome(arguments: list[str] | None) -> int:
    """Runs the command line and says what went wrong, if anything did."""
    try:
        command = typer.main.get_command(app)
        code = command.main(arguments, prog_name="flext-quality", standalone_mode=False)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # the last place to tell it
        return _tell(error)
    return int(code or 0)


def _tell(error: BaseException) -> ExitCode:
    match error:
        case typer.TyperException():
            _show_usage_error(error)
            code = ExitCode.USAGE
        case CommandFailedError():
            _show_failure(error)
            code = error.code
        case InterruptedCommandError():
            code = error.code
        case OutputClosedError() | BrokenPipeError():
            code = ExitCode.PIPE_CLOSED
        case KeyboardInterrupt() | typer.Abort():
            code = ExitCode.INTERRUPTED
        case _:
            traceback.print_exception(error)
            code = ExitCode.INTERNAL
    return code


def _show_usage_error(error: typer.TyperException) -> None:
    from typer import rich_utils

    rich_utils.rich_format_error(error)  # type: ignore[arg-type]  # every error that typer shows


def _show_failure(failure: CommandFailedError) -> None:
    from flext_quality.cli.text import clean

    begin = CLEAR_LINE if sys.stderr.isatty() else ""
    typer.echo(f"{begin}flext-quality: {clean(failure.message)}", err=True)
    if failure.hint:
        typer.echo(f"  hint: {clean(failure.hint)}", err=True)


def _drop_closed_output() -> None:
    """Keeps the interpreter from complaining at its end about a pipe that nobody reads."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
