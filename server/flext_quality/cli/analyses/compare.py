"""`flext-quality compare`: what is different between two analyses."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flext.quality.v1.analysis_service_pb2 import (
    CompareAnalysesResponse,
    ComparedIssue,
    IssueDifference,
)
from flext_quality.cli import words
from flext_quality.cli.analyses.plain_display import location
from flext_quality.cli.command import asking, print_json, print_view
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import check_analysis_name
from flext_quality.cli.text import clean, number

_SIGNS = {
    IssueDifference.ISSUE_DIFFERENCE_NEW: "+",
    IssueDifference.ISSUE_DIFFERENCE_FIXED: "-",
    IssueDifference.ISSUE_DIFFERENCE_MOVED: ">",
    IssueDifference.ISSUE_DIFFERENCE_PERSISTING: "=",
}


async def compare(base: str, head: str, server: str, output_format: str) -> ExitCode:
    """Prints every difference; as JSON each page of the answer in a line."""
    check_analysis_name(base)
    check_analysis_name(head)
    async with asking(server) as (reached, output):
        is_first = True
        async for page in reached.client.analyses.compare(base, head):
            if output_format == "json":
                print_json(output, page)
                continue
            if is_first:
                print_view(Group(*_overview(page)))
            is_first = False
            for one in page.issues:
                output.write(_line(one) + "\n")
    return ExitCode.OK


def _overview(page: CompareAnalysesResponse) -> Sequence[RenderableType]:
    counts = Text.assemble(
        (f" {page.new_count:,} new", "bold yellow" if page.new_count else "bold"),
        ", ",
        (f"{page.fixed_count:,} fixed", "green" if page.fixed_count else ""),
        f", {page.moved_count:,} moved, {page.persisting_count:,} as before",
    )
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("Metric", no_wrap=True)
    for title in ("before", "after", "change"):
        table.add_column(title, justify="right", no_wrap=True)
    for metric in page.metrics:
        before = metric.base_value if metric.HasField("base_value") else None
        after = metric.head_value if metric.HasField("head_value") else None
        if before == after:
            continue
        change = "" if before is None or after is None else f"{after - before:+,.2f}"
        table.add_row(clean(metric.metric), _shown(before), _shown(after), change)
    parts: list[RenderableType] = [counts]
    if table.row_count:
        parts += [Text(), Padding(table, (0, 0, 0, 1), expand=False)]
    return [*parts, Text()]


def _shown(value: float | None) -> str:
    return "not measured" if value is None else number(value)


def _line(one: ComparedIssue) -> str:
    issue = one.issue
    severity = words.severity_word(issue.finding.severity).field
    origin = f" (was {clean(one.base_path)}:{one.base_line})" if one.base_path else ""
    what = f"{clean(issue.finding.analyzer)} {clean(issue.finding.rule)}: {clean(issue.finding.message)}"
    sign = _SIGNS.get(one.difference, "?")
    return f"{sign} {location(issue.finding)}{origin}: {severity}: {what}"
