"""`flext-quality doctor`: says what is set up and what is missing."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from flext_quality import __version__
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.output import open_output
from flext_quality.cli.system.doctor_checks import Check, Status, check_everything
from flext_quality.cli.terminal import OutputConsole, console_for, print_whole
from flext_quality.cli.text import clean

_STYLES = {Status.OK: "green", Status.NOTE: "yellow", Status.FAILED: "bold red"}


async def doctor(output_format: str) -> ExitCode:
    """Runs the command."""
    checks = await check_everything()
    failed = sum(check.status is Status.FAILED for check in checks)
    with open_output(None) as output:
        if output_format == "json":
            found = {
                "version": __version__,
                "ok": not failed,
                "checks": [asdict(c) for c in checks],
            }
            output.write(json.dumps(found, indent=2) + "\n")
        else:
            console = console_for(sys.stdout)
            print_whole(console, Group(render_checks(checks, console), _verdict(failed)))
    return ExitCode.CONFIGURATION if failed else ExitCode.OK


def render_checks(checks: Sequence[Check], console: OutputConsole) -> RenderableType:
    """One line for each check, and one more for how to mend what failed."""
    glyphs = console.glyphs
    signs = {Status.OK: glyphs.done, Status.NOTE: glyphs.skipped, Status.FAILED: glyphs.failed}
    table = Table.grid(padding=(0, 1), pad_edge=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        style = _STYLES[check.status]
        sign = Text(signs[check.status], style)
        table.add_row(sign, Text(check.name, "bold"), Text(clean(check.found)))
        if check.hint:
            table.add_row("", "", Text(f"to mend it: {clean(check.hint)}", "yellow"))
    return table


def _verdict(failed: int) -> Text:
    if not failed:
        return Text(f"\n flext-quality {__version__} is ready.", "green")
    things = "1 thing has" if failed == 1 else f"{failed} things have"
    return Text(f"\n {things} to be mended.", "bold red")
