"""The environment and the secret files."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path

from flext_quality.settings.layers import CALLER, Layer, Origin, Problem, is_ours, path_of
from flext_quality.settings.options import ENVIRONMENT_PREFIX, options

MAX_FILE_BYTES = 1024**2
"""A larger file is not configuration."""

_ALIKE = 0.8
"""From here on (difflib's ratio) two names are taken for one and its misspelling."""


def from_caller(overrides: Mapping[str, object]) -> Layer:
    """What the caller gives by field name; a group as a dict or a group."""
    layer = Layer()
    for name, value in overrides.items():
        layer.take((name,), value, CALLER)
    return layer


def from_environment(environment: Mapping[str, str]) -> tuple[Layer, list[str]]:
    """The variables, and notes on those that look like a misspelt option.

    A variable that belongs to no option is not an error: Kubernetes sets variables of its own for a
    service that is called flext-api.
    """
    layer, notes = Layer(), []
    for variable, text in sorted(environment.items()):
        if not variable.upper().startswith(ENVIRONMENT_PREFIX):
            continue
        path = path_of(variable[len(ENVIRONMENT_PREFIX) :])
        if is_ours(path):
            layer.take_text(path, text, Origin("environment", f"the variable {variable}"))
            continue
        names = [option.variable for option in options().values()]
        if alike := difflib.get_close_matches(variable.upper(), names, 1, _ALIKE):
            notes.append(f"the variable {variable} is no option; did you mean {alike[0]}?")
    return layer, notes


def from_secret_files(directory: Path) -> Layer:
    """The files of a directory that are named after options; others are none of ours.

    In a Kubernetes mount each is a symbolic link into `..data`, which is followed. A line end at a
    file's end is not part of the value.
    """
    layer = Layer()
    try:
        entries = sorted(directory.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return layer
    except OSError as error:
        origin = Origin("secret file", str(directory))
        layer.problems.append(
            Problem(("secrets_dir",), f"cannot be read: {error.strerror}", origin)
        )
        return layer
    for file in entries:
        name = file.name.upper().removeprefix(ENVIRONMENT_PREFIX)
        path = path_of(name)
        if not is_ours(path):
            continue
        origin = Origin("secret file", f"the secret file {file}")
        option = options().get(path)
        if option is not None and option.is_from_outside:
            layer.problems.append(Problem(path, "can only be set in the environment", origin))
            continue
        try:
            layer.take_text(path, read_text(file).rstrip("\r\n"), origin)
        except ValueError as error:
            layer.problems.append(Problem(path, str(error), origin))
    return layer


def read_text(file: Path) -> str:
    """The content of a small file.

    Raises:
        ValueError: it cannot be read; says why, never what is in it.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    if len(content) > MAX_FILE_BYTES:
        raise ValueError(f"is larger than {MAX_FILE_BYTES:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
