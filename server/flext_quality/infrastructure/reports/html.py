"""HTML: one file that needs nothing else, for screens, phones and paper, light and dark."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from jinja2 import Environment

from flext_quality.domain.analyses.comparison import IssueDifference
from flext_quality.domain.findings.finding import SeverityCounts
from flext_quality.domain.reports.issue_summary import IssueGroup
from flext_quality.domain.reports.report import (
    KIND_OF,
    ComparisonReport,
    Report,
    ReportedIssue,
    ReportFormat,
    ReportKind,
    TechnicalReport,
)
from flext_quality.infrastructure.reports.templating import ISSUES_HERE, environment
from flext_quality.infrastructure.reports.words import DIFFERENCES

_OPEN_UP_TO = 200
"""With so many issues in all, their groups are open from the start."""


@dataclass(slots=True)
class _Part:
    """Some rows of the list of issues.

    Attributes:
        closes: the group before ends here.
        group: what begins here, if anything does.
    """

    closes: bool = False
    group: IssueGroup | None = None
    open: bool = False
    with_path: bool = False
    rows: list[ReportedIssue] = field(default_factory=list)


class HtmlRenderer:
    """The port `ReportRenderer` for HTML. Holds one batch of issues at a time."""

    format = ReportFormat.HTML
    kinds = frozenset(ReportKind)
    media_type = "text/html; charset=utf-8"
    extension = "html"

    def __init__(self, *, expanded: bool = False) -> None:
        """With `expanded`, everything that a reader could fold is open, as paper needs it."""
        self._templates: Environment = environment()
        self._expanded = expanded

    async def render(self, report: Report) -> AsyncIterator[bytes]:
        """See the port."""
        template = self._templates.get_template(f"{KIND_OF[type(report)].name.lower()}.html")
        page = await asyncio.to_thread(template.render, report=report, expanded=self._expanded)
        before, _, after = page.lstrip().partition(ISSUES_HERE)
        yield before.encode()
        if isinstance(report, TechnicalReport):
            async for piece in self._technical(report):
                yield piece
        elif isinstance(report, ComparisonReport):
            async for piece in self._comparison(report):
                yield piece
        yield after.encode()

    async def finish(self, written: IO[bytes]) -> None:
        """See the port. It is finished already."""

    async def _technical(self, report: TechnicalReport) -> AsyncIterator[bytes]:
        groups = {group.key: group for group in report.summary.files}
        opened = self._expanded or report.summary.seen <= _OPEN_UP_TO
        grouping = _Grouping(opened, with_path=False)
        async for batch in report.issues(""):
            for reported in batch:
                path = reported.issue.finding.path
                grouping.add(path, groups[path], reported)
            yield await self._write(grouping.take())
        yield await self._write(grouping.end())
        absent = _Grouping(self._expanded, with_path=True)
        head = b"<h2>No longer seen</h2>\n"
        async for batch in report.absent(""):
            yield head
            head = b""
            group = IssueGroup("Since the analysis before", SeverityCounts(), 0, 0)
            for reported in batch:
                absent.add("", group, reported)
            yield await self._write(absent.take())
        yield await self._write(absent.end())

    async def _comparison(self, report: ComparisonReport) -> AsyncIterator[bytes]:
        differing = sum(report.counts.get(d, 0) for d in _CHANGES)
        grouping = _Grouping(self._expanded or differing <= _OPEN_UP_TO, with_path=True)
        async for batch in report.changes(""):
            for reported in batch:
                difference = reported.difference or IssueDifference.NEW
                label, count = DIFFERENCES[difference], report.counts[difference]
                grouping.add(label, IssueGroup(label, SeverityCounts(), count, 0), reported)
            yield await self._write(grouping.take())
        yield await self._write(grouping.end())
        if not differing:
            yield b"<p>Both analyses see the same issues in the same places.</p>\n"

    async def _write(self, parts: Sequence[_Part]) -> bytes:
        template = self._templates.get_template("issues.html")
        return (await asyncio.to_thread(template.render, parts=parts)).encode()


_CHANGES = (IssueDifference.NEW, IssueDifference.FIXED, IssueDifference.MOVED)


class _Grouping:
    """Puts issues that come in order into groups, which batches may cut."""

    def __init__(self, opened: bool, *, with_path: bool) -> None:
        self._opened = opened
        self._with_path = with_path
        self._current: str | None = None
        self._parts: list[_Part] = []

    def add(self, key: str, group: IssueGroup, reported: ReportedIssue) -> None:
        """The next issue, which belongs into the group `key`."""
        if key != self._current:
            closes = self._current is not None
            self._parts.append(_Part(closes, group, self._opened, self._with_path))
            self._current = key
        elif not self._parts:
            self._parts.append(_Part(with_path=self._with_path))
        self._parts[-1].rows.append(reported)

    def take(self) -> list[_Part]:
        """What has come since the last time."""
        parts, self._parts = self._parts, []
        return parts

    def end(self) -> list[_Part]:
        """What closes the last group."""
        return [] if self._current is None else [_Part(closes=True)]
