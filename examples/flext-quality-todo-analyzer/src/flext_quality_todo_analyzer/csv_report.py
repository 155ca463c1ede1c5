"""A report's issues as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import IO

from flext_quality.application.ports.plugins import PluginContext
from flext_quality.domain.findings.finding import Finding
from flext_quality.domain.reports.report import Report, ReportKind

_COLUMNS = ("severity", "analyzer", "rule", "path", "line", "message")


def create(context: PluginContext) -> CsvRenderer:
    """The factory that the entry point names."""
    return CsvRenderer(context.name)


class CsvRenderer:
    """Meets the `ReportRenderer` protocol."""

    kinds = frozenset({ReportKind.TECHNICAL, ReportKind.COMPARISON})
    media_type = "text/csv; charset=utf-8"
    extension = "csv"

    def __init__(self, name: str) -> None:
        self.format = name

    async def render(self, report: Report) -> AsyncIterator[bytes]:
        """A line of titles, then a line for each issue."""
        yield _lines([_COLUMNS])
        async for batch in report.issues(""):  # type: ignore[union-attr]  # its kinds have issues
            yield _lines([_row(reported.issue.finding) for reported in batch])

    async def finish(self, written: IO[bytes]) -> None:
        """It is what is sent already."""


def _row(finding: Finding) -> tuple[str, ...]:
    return tuple(
        str(getattr(value, "name", value))
        for value in (getattr(finding, column) for column in _COLUMNS)
    )


def _lines(rows: list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([[_inert(cell) for cell in row] for row in rows])
    return text.getvalue().encode()


def _inert(cell: str) -> str:
    """Text of the analysed code is no formula for whoever opens the table."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
