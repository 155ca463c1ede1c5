"""Consoles: where colours, widths and closed pipes are settled once."""

from __future__ import annotations

import os
from typing import IO, NamedTuple, NoReturn

from rich.console import Console, RenderableType

from flext_quality.cli.failures import OutputClosedError

PLAIN_WIDTH = 80
"""Columns where there is no terminal to ask, unless COLUMNS says otherwise."""


class Glyphs(NamedTuple):
    """Signs, in what the output's encoding can write."""

    ellipsis: str
    done: str
    failed: str
    skipped: str
    waiting: str
    dot: str
    bar: str
    bar_rest: str
    spinner: str


UNICODE = Glyphs("…", "✓", "✗", "-", "·", "·", "━", "─", "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
ASCII = Glyphs("...", "+", "x", "-", ".", "|", "#", "-", "|/-\\")


class OutputConsole(Console):
    """A console that says by an exception that nobody reads it any more."""

    def on_broken_pipe(self) -> NoReturn:
        """Raises instead of ending the program behind the command's back."""
        raise OutputClosedError

    @property
    def glyphs(self) -> Glyphs:
        """The signs that this console can write."""
        return ASCII if self.options.ascii_only else UNICODE


def print_whole(console: OutputConsole, view: RenderableType) -> None:
    """Prints a view; lines that do not fit are not cut, and on paper none ends in spaces."""
    if console.is_terminal:
        console.print(view, crop=False)
        return
    with console.capture() as captured:
        console.print(view, crop=False)
    lines = (line.rstrip() for line in captured.get().splitlines())
    console.file.write("\n".join([*lines, ""]))


def is_interactive(stream: IO[str]) -> bool:
    """Whether `stream` is a terminal that can redraw lines."""
    return stream.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")


def console_for(stream: IO[str], width: int | None = None) -> OutputConsole:
    """A console for `stream`; colours only on a terminal, and none with NO_COLOR."""
    interactive = is_interactive(stream)
    if width is None and not interactive:
        columns = os.environ.get("COLUMNS", "")
        width = int(columns) if columns.isdecimal() and int(columns) else PLAIN_WIDTH
    return OutputConsole(
        file=stream,
        width=width,
        force_terminal=interactive,
        no_color=None if interactive else True,
        # What is shown is data: no markup, emoji codes or guesses at its meaning.
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
