"""`flext-quality info`: what a server tells of itself."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flext.quality.v1.error_reason_pb2 import ErrorReason
from flext.quality.v1.report_pb2 import ReportKind
from flext.quality.v1.system_service_pb2 import AnalyzerInfo, ServerInfo, ServerLimits
from flext_quality.cli.command import asking, print_json, print_view
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.text import clean, number


async def info(server: str, output_format: str) -> ExitCode:
    """Prints it; as JSON the contract's message in a line."""
    async with asking(server) as (reached, output):
        told = await reached.client.server_info()
        if output_format == "json":
            print_json(output, told)
        else:
            print_view(render_info(told))
    return ExitCode.OK


def render_info(told: ServerInfo) -> RenderableType:
    """The whole as people read it."""
    head = Text(f" {clean(told.service_name)} {clean(told.version)}", "bold")
    return Group(
        head,
        *_titled("Capabilities", _grid((", ".join(told.capabilities),))),
        *_titled("Analyzers", _analyzers(told)),
        *_titled("Report formats", _formats(told)),
        *_titled("Limits", _limits(told.limits)),
    )


def _titled(title: str, table: Table) -> Iterator[RenderableType]:
    yield Text(f"\n {title}", "bold")
    yield Padding(table, (0, 0, 0, 1))


def _grid(*rows: tuple[str, ...]) -> Table:
    table = Table.grid(padding=(0, 2))
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    return table


def _analyzers(told: ServerInfo) -> Table:
    return _grid(*((a.name, a.tool_version, _state(a)) for a in told.analyzers))


def _state(analyzer: AnalyzerInfo) -> str:
    words = ["enabled" if analyzer.enabled else "disabled"]
    if analyzer.unavailable_reason:
        reason = ErrorReason.Name(analyzer.unavailable_reason).removeprefix("ERROR_REASON_")
        words.append(reason.lower().replace("_", " "))
    if analyzer.plugin:
        words.append(f"plugin of {analyzer.plugin}")
    return ", ".join(words)


def _formats(told: ServerInfo) -> Table:
    return _grid(
        *(
            (
                known.name,
                known.media_type,
                ", ".join(
                    ReportKind.Name(kind).removeprefix("REPORT_KIND_").lower()
                    for kind in known.kinds
                ),
            )
            for known in told.report_formats
        )
    )


def _limits(limits: ServerLimits) -> Table:
    rows = [
        (descriptor.name.replace("_", " "), number(getattr(limits, descriptor.name)))
        for descriptor in limits.DESCRIPTOR.fields
        if descriptor.message_type is None
    ]
    timeout = f"{limits.unary_timeout.ToTimedelta().total_seconds():g} s"
    return _grid(*rows, ("unary timeout", timeout))
