"""`flext-quality config`: shows, checks and begins the settings."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import CommandFailedError
from flext_quality.cli.output import open_output
from flext_quality.cli.server_access import load_or_fail
from flext_quality.cli.text import clean

if TYPE_CHECKING:
    from flext_quality.settings import LoadedSettings

ENVIRONMENTS = ("development", "staging", "production", "test")


def show(output_format: str) -> ExitCode:
    """Every option with its value and where that comes from; no secret is shown."""
    from flext_quality.settings.secret_values import as_rows

    loaded = load_or_fail()
    rows = as_rows(loaded)
    with open_output(None) as output:
        if output_format == "json":
            found = {
                "environment": loaded.settings.environment,
                "file": str(loaded.file) if loaded.file else None,
                "options": rows,
                "notes": list(loaded.notes),
            }
            output.write(json.dumps(found, indent=2) + "\n")
            return ExitCode.OK
        output.write(clean(_heading(loaded)) + "\n\n")
        width = max(len(row["name"]) for row in rows)
        for row in rows:
            source = "" if row["source"] == "default" else f"  # {row['place']}"
            output.write(clean(f"{row['name']:{width}}  {row['value']}{source}").rstrip() + "\n")
    _tell_notes(loaded)
    return ExitCode.OK


def validate(file: Path | None) -> ExitCode:
    """Says whether the settings can be used: those in effect, or with `file` as configuration file.

    Raises:
        CommandFailedError: NO_INPUT, if there is no such file; CONFIGURATION, with all that is wrong.
    """
    from flext_quality.domain.errors import InvalidFieldError
    from flext_quality.settings import load_settings

    overrides: dict[str, Any] = {}
    if file is not None:
        if not file.is_file():
            raise CommandFailedError(ExitCode.NO_INPUT, f"there is no file {file}")
        if file.stem in ENVIRONMENTS:
            overrides["environment"] = file.stem
    result = load_settings(file=file, **overrides)
    if result.error is not None:
        assert isinstance(result.error, InvalidFieldError)  # noqa: S101  # what it promises
        for violation in result.error.violations:
            sys.stderr.write(clean(f"{violation.field}: {violation.description}") + "\n")
        number = len(result.error.violations)
        things = "1 setting is" if number == 1 else f"{number} settings are"
        raise CommandFailedError(ExitCode.CONFIGURATION, f"{things} wrong")
    loaded = result.unwrap()
    with open_output(None) as output:
        output.write(clean(f"{_heading(loaded)}: valid") + "\n")
    _tell_notes(loaded)
    return ExitCode.OK


def init(directory: Path | None) -> ExitCode:
    """Writes a commented file for each environment; one that is there already stays as it is.

    Without a directory they go where they are read from: to FLEXT_API_CONFIG_DIR, or to `./config`.

    Raises:
        CommandFailedError: CANNOT_CREATE.
    """
    from flext_quality.settings.description import template
    from flext_quality.settings.sources.config_file import WORKING_DIRECTORY, named_config_dir

    is_read = named_config_dir() or WORKING_DIRECTORY
    directory = directory or is_read
    with open_output(None) as output:
        for environment in ENVIRONMENTS:
            file = directory / f"{environment}.yml"
            try:
                directory.mkdir(parents=True, exist_ok=True)
                with file.open("x", encoding="utf-8") as stream:
                    stream.write(template(environment))
            except FileExistsError:
                output.write(clean(f"{file} is there already and stays as it is") + "\n")
                continue
            except OSError as error:
                words = f"cannot make {file}: {error.strerror}"
                raise CommandFailedError(ExitCode.CANNOT_CREATE, words) from None
            output.write(clean(f"{file} made") + "\n")
    if directory.resolve() != is_read.resolve():
        words = f"note: they are read with FLEXT_API_CONFIG_DIR={directory.resolve()}"
        sys.stderr.write(clean(words) + "\n")
    return ExitCode.OK


def new_key() -> ExitCode:
    """Prints a key for FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY."""
    from flext_quality.infrastructure.security.secret_box import new_key as make

    with open_output(None) as output:
        output.write(make() + "\n")
    return ExitCode.OK


def _heading(loaded: LoadedSettings) -> str:
    file = f"file {loaded.file}" if loaded.file else "no file"
    return f"environment {loaded.settings.environment}, {file}"


def _tell_notes(loaded: LoadedSettings) -> None:
    for note in loaded.notes:
        sys.stderr.write(clean(f"note: {note}") + "\n")
