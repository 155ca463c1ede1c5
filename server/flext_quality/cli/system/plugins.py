"""`flext-quality plugins list`: what is installed beside the command, and whether it can be used."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from flext_quality.application.ports.plugins import Plugin, PluginState
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.output import open_output
from flext_quality.cli.server_access import settings_or_fail
from flext_quality.cli.terminal import console_for, print_whole
from flext_quality.cli.text import clean

_STYLES = {
    PluginState.LOADED: "green",
    PluginState.DISABLED: "yellow",
    PluginState.BROKEN: "bold red",
}


async def list_plugins(output_format: str) -> ExitCode:
    """Prints them; as JSON one object in a line."""
    import structlog

    from flext_quality.container.plugins import installed_plugins

    settings = settings_or_fail()
    # The list says itself what is broken.
    with structlog.testing.capture_logs():
        found = installed_plugins(settings).found
    with open_output(None) as output:
        if output_format == "json":
            listed = [asdict(plugin) for plugin in found]
            output.write(json.dumps({"plugins": listed}) + "\n")
        elif found:
            print_whole(console_for(sys.stdout), render_plugins(found))
        else:
            output.write("no plugin is installed\n")
    broken = any(plugin.state is PluginState.BROKEN for plugin in found)
    return ExitCode.CONFIGURATION if broken else ExitCode.OK


def render_plugins(found: Sequence[Plugin]) -> RenderableType:
    """A line for each, and one more for what is wrong."""
    table = Table.grid(padding=(0, 2), pad_edge=True)
    for plugin in found:
        table.add_row(
            Text(plugin.state.value, _STYLES[plugin.state]),
            Text(clean(plugin.name), "bold"),
            Text(plugin.group.value.removeprefix("flext_quality.")),
            Text(clean(f"{plugin.distribution} {plugin.version}".strip())),
        )
        if plugin.problem:
            table.add_row("", "", "", Text(clean(plugin.problem), "yellow"))
    return table
