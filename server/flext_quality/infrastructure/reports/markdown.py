"""Markdown as GitHub reads it, for pull requests, wikis and job summaries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import IO

from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.analyses.comparison import IssueDifference
from flext_quality.domain.reports.report import (
    ComparisonReport,
    ExecutiveReport,
    Report,
    ReportFormat,
    ReportKind,
    TechnicalReport,
    TrendReport,
)
from flext_quality.infrastructure.reports import words
from flext_quality.infrastructure.reports.markdown_parts import (
    change,
    changes,
    issue_cells,
    measures_table,
    rule_cell,
    standing_issues,
    status_cell,
    table,
    table_head,
    table_row,
    where_cell,
)
from flext_quality.infrastructure.reports.templating import FILE_COLUMNS
from flext_quality.infrastructure.reports.text import (
    DASH,
    effort,
    markdown,
    number,
)


class MarkdownRenderer:
    """The port `ReportRenderer` for Markdown. Holds one batch of issues at a time."""

    format = ReportFormat.MARKDOWN
    kinds = frozenset(ReportKind)
    media_type = "text/markdown; charset=utf-8"
    extension = "md"

    async def render(self, report: Report) -> AsyncIterator[bytes]:
        """See the port."""
        yield _text(_head(report))
        match report:
            case ExecutiveReport():
                yield _text(_executive(report))
            case TrendReport():
                yield _text(_trend(report))
            case TechnicalReport():
                yield _text(_technical(report))
                async for piece in _technical_issues(report):
                    yield piece
            case ComparisonReport():
                yield _text(_comparison(report))
                async for piece in _compared_issues(report):
                    yield piece

    async def finish(self, written: IO[bytes]) -> None:
        """See the port. It is finished already."""


def _text(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _head(report: Report) -> Iterator[str]:
    yield f"# {markdown(report.display_name)}: {words.title(report)}"
    yield ""
    if isinstance(report, TrendReport):
        yield f"{words.day(report.start)} to {words.day(report.end)}, main line"
    elif isinstance(report, ComparisonReport):
        yield f"Before: {_named(report.base)}"
        yield ""
        yield f"After: {_named(report.analysis)}"
    else:
        yield _named(report.analysis)
    yield ""
    yield from _standing(report.analysis)


def _named(analysis: Analysis) -> str:
    return (
        f"{words.moment(analysis.ended_at)}, {markdown(words.branch(analysis))}, "
        f"{words.counted(analysis.file_count, 'file')}, "
        f"{words.counted(analysis.lines_of_code, 'line')} of code, `{analysis.name}`"
    )


def _standing(analysis: Analysis) -> Iterator[str]:
    if (known := analysis.results) is None:
        return
    score = known.score
    if score.overall is None:
        yield "**No score**: nothing was measured."
    else:
        measured = number(score.confidence * 100, "%")
        yield f"**Grade {score.grade.label}** · {score.overall:.1f} of 100 points · {measured} measured"
    yield ""
    if (gate := known.gate) is not None:
        yield f"**Quality gate {gate.status.name.lower()}**: {markdown(gate.message)}"
        yield ""
        yield from table(
            ("Result", "Code", "Condition"),
            (
                (
                    one.state.name.replace("_", " ").lower(),
                    one.condition.scope.name.replace("_", " ").lower(),
                    markdown(one.message),
                )
                for one in gate.conditions
            ),
        )
    if score.categories:
        rows = (
            (words.CATEGORIES[one.category], one.grade.label, f"{one.score:.1f}")
            for one in score.categories
        )
        yield from table(("Category", "Grade", "Score:"), rows)


def _executive(report: ExecutiveReport) -> Iterator[str]:
    yield from measures_table("Key figures", report.measures)
    yield from changes(report.analysis, report.base)
    yield from standing_issues(report.summary)
    yield "## What matters most"
    yield ""
    if report.top_issues:
        yield from table(
            ("Place", "Severity", "Rule", "Message"),
            ((where_cell(one), *issue_cells(one)) for one in report.top_issues),
        )
    else:
        yield "There is no issue that counts."


def _technical(report: TechnicalReport) -> Iterator[str]:
    yield from changes(report.analysis, report.base)
    yield from standing_issues(report.summary)
    yield "## Analyzers"
    yield ""
    yield from table(
        ("Analyzer", "Version", "State", "Files:", "Skipped:", "Findings:", "Time:"),
        (
            (
                markdown(one.analyzer),
                markdown(one.version) or DASH,
                words.STATES[one.state]
                + (f": {markdown(one.failure.message)}" if one.failure else ""),
                number(one.file_count),
                number(one.skipped_file_count),
                number(one.finding_count),
                words.span(one.duration),
            )
            for one in report.analysis.outcomes.values()
        ),
    )
    yield from measures_table("Measures", report.measures)
    if report.new_code_measures:
        yield from measures_table("New code", report.new_code_measures)
    if report.summary.rules:
        yield "## Rules"
        yield ""
        rows = (
            (
                rule_cell(one.analyzer, one.rule, one.documentation_url),
                words.SEVERITIES[one.severity],
                words.CATEGORIES[one.category],
                number(one.count),
                effort(one.effort_minutes),
            )
            for one in report.summary.rules
        )
        yield from table(("Rule", "Severity", "Category", "Issues:", "Effort:"), rows)
    yield from _files(report)


def _files(report: TechnicalReport) -> Iterator[str]:
    yield "## Files"
    yield ""
    if report.files is None:
        yield "What was measured about files is no longer kept."
        yield ""
        return
    rows = (
        (
            markdown(file.path),
            *(number(file.values.get(key), unit) for key, _, unit in FILE_COLUMNS),
        )
        for file in report.files
    )
    yield from table(("File", *(f"{label}:" for _, label, _ in FILE_COLUMNS)), rows)


async def _technical_issues(report: TechnicalReport) -> AsyncIterator[bytes]:
    yield b"## Issues\n\n"
    if not report.summary.seen:
        yield b"There is none.\n\n"
    seen = {group.key: group.seen for group in report.summary.files}
    current: str | None = None
    columns = ("Place", "Severity", "Rule", "Message", "Status")
    async for batch in report.issues(""):
        lines = []
        for one in batch:
            if one.issue.finding.path != current:
                current = one.issue.finding.path
                count = words.counted(seen[current], "issue")
                lines += ["", f"### {markdown(current)} ({count})", "", *table_head(columns)]
            row = (words.place(one.issue) or "file", *issue_cells(one.issue), status_cell(one))
            lines.append(table_row(row))
        yield _text(lines)
    head = ["", "## No longer seen", "", *table_head(columns)]
    async for batch in report.absent(""):
        rows = [
            table_row((where_cell(one.issue), *issue_cells(one.issue), status_cell(one)))
            for one in batch
        ]
        yield _text((*head, *rows))
        head = []


def _trend(report: TrendReport) -> Iterator[str]:
    yield "## Over time"
    yield ""
    if not report.lines:
        yield "Nothing was measured in this time."
        return
    rows = (
        (
            markdown(line.metric.display_name),
            str(len(line.points)),
            number(line.trend.first, line.metric.unit),
            number(line.trend.last, line.metric.unit),
            change(line.measured),
        )
        for line in report.lines
    )
    yield from table(("Metric", "Days:", "First:", "Last:", "Change:"), rows)
    for line in report.lines:
        yield f"### {markdown(line.metric.display_name)}"
        yield ""
        points = ((words.day(p.time), number(p.value, line.metric.unit)) for p in line.points)
        yield from table(("Day", "Value:"), points)


def _comparison(report: ComparisonReport) -> Iterator[str]:
    yield "## Issues"
    yield ""
    rows = ((words.DIFFERENCES[d], number(n)) for d, n in sorted(report.counts.items()))
    yield from table(("Difference", "Issues:"), rows)
    yield from measures_table("Measures", report.measures)


async def _compared_issues(report: ComparisonReport) -> AsyncIterator[bytes]:
    current: IssueDifference | None = None
    async for batch in report.changes(""):
        lines = []
        for one in batch:
            if one.difference is not current:
                current = one.difference
                title = words.DIFFERENCES[current or IssueDifference.NEW]
                columns = ("Place", "Severity", "Rule", "Message", "Status")
                lines += ["", f"## {title} issues", "", *table_head(columns)]
            lines.append(
                table_row((where_cell(one.issue), *issue_cells(one.issue), status_cell(one)))
            )
        yield _text(lines)
