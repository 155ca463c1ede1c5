"""Markdown as GitHub reads it, for pull requests, wikis and job summaries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import IO

from flext_quality.domain.analysis import Analysis
from flext_quality.domain.comparison import IssueDifference
from flext_quality.domain.issue import Issue
from flext_quality.domain.issue_summary import IssueGroup, IssueSummary
from flext_quality.domain.report import (
    ComparisonReport,
    ExecutiveReport,
    Measured,
    Report,
    ReportedIssue,
    ReportFormat,
    ReportKind,
    TechnicalReport,
    TrendReport,
)
from flext_quality.infrastructure.reports import words
from flext_quality.infrastructure.reports.templating import FILE_COLUMNS
from flext_quality.infrastructure.reports.text import (
    DASH,
    effort,
    markdown,
    number,
    safe_url,
    signed,
)

_WORST = 10


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
    if (known := analysis.knowledge) is None:
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
        yield from _table(
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
        yield from _table(("Category", "Grade", "Score:"), rows)


def _executive(report: ExecutiveReport) -> Iterator[str]:
    yield from _measures("Key figures", report.measures)
    yield from _changes(report.analysis, report.base)
    yield from _summary(report.summary)
    yield "## What matters most"
    yield ""
    if report.top_issues:
        yield from _table(
            ("Place", "Severity", "Rule", "Message"),
            ((_where(one), *_issue(one)) for one in report.top_issues),
        )
    else:
        yield "There is no issue that counts."


def _technical(report: TechnicalReport) -> Iterator[str]:
    yield from _changes(report.analysis, report.base)
    yield from _summary(report.summary)
    yield "## Analyzers"
    yield ""
    yield from _table(
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
    yield from _measures("Measures", report.measures)
    if report.new_code_measures:
        yield from _measures("New code", report.new_code_measures)
    if report.summary.rules:
        yield "## Rules"
        yield ""
        rows = (
            (
                _rule(one.analyzer, one.rule, one.documentation_url),
                words.SEVERITIES[one.severity],
                words.CATEGORIES[one.category],
                number(one.count),
                effort(one.effort_minutes),
            )
            for one in report.summary.rules
        )
        yield from _table(("Rule", "Severity", "Category", "Issues:", "Effort:"), rows)
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
    yield from _table(("File", *(f"{label}:" for _, label, _ in FILE_COLUMNS)), rows)


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
            if one.issue.path != current:
                current = one.issue.path
                count = words.counted(seen[current], "issue")
                lines += ["", f"### {markdown(current)} ({count})", "", *_table_head(columns)]
            row = (words.place(one.issue) or "file", *_issue(one.issue), _status(one))
            lines.append(_row(row))
        yield _text(lines)
    head = ["", "## No longer seen", "", *_table_head(columns)]
    async for batch in report.absent(""):
        rows = [_row((_where(one.issue), *_issue(one.issue), _status(one))) for one in batch]
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
            _change(line.measured),
        )
        for line in report.lines
    )
    yield from _table(("Metric", "Days:", "First:", "Last:", "Change:"), rows)
    for line in report.lines:
        yield f"### {markdown(line.metric.display_name)}"
        yield ""
        points = ((words.day(p.time), number(p.value, line.metric.unit)) for p in line.points)
        yield from _table(("Day", "Value:"), points)


def _comparison(report: ComparisonReport) -> Iterator[str]:
    yield "## Issues"
    yield ""
    rows = ((words.DIFFERENCES[d], number(n)) for d, n in sorted(report.counts.items()))
    yield from _table(("Difference", "Issues:"), rows)
    yield from _measures("Measures", report.measures)


async def _compared_issues(report: ComparisonReport) -> AsyncIterator[bytes]:
    current: IssueDifference | None = None
    async for batch in report.changes(""):
        lines = []
        for one in batch:
            if one.difference is not current:
                current = one.difference
                title = words.DIFFERENCES[current or IssueDifference.NEW]
                columns = ("Place", "Severity", "Rule", "Message", "Status")
                lines += ["", f"## {title} issues", "", *_table_head(columns)]
            lines.append(_row((_where(one.issue), *_issue(one.issue), _status(one))))
        yield _text(lines)


def _changes(analysis: Analysis, base: Analysis | None) -> Iterator[str]:
    yield "## What changed"
    yield ""
    if base is None or analysis.knowledge is None:
        yield "This is the first analysis of its branch; there is nothing to compare it with."
        yield ""
        return
    counts = analysis.knowledge.issue_counts
    yield from _table(
        ("New:", "In new code:", "Fixed:", "Reopened:", "Persisting:", "Of them moved:"),
        [
            tuple(
                number(count)
                for count in (
                    counts.new,
                    counts.new_code,
                    counts.fixed,
                    counts.reopened,
                    counts.persisting,
                    counts.moved,
                )
            )
        ],
    )


def _summary(summary: IssueSummary) -> Iterator[str]:
    yield "## Where it stands"
    yield ""
    total = words.counted(summary.counts.total, "issue")
    by_severity = words.severities(summary.counts)
    yield f"{total} that count{f': {by_severity}' if by_severity else ''}."
    yield ""
    if summary.accepted or summary.false_positive:
        false = words.counted(summary.false_positive, "false positive")
        yield f"Beside them {words.counted(summary.accepted, 'issue')} accepted and {false}."
        yield ""
    yield from _worst("Directory", summary.directories)
    yield from _worst("File", summary.files)


def _worst(what: str, groups: tuple[IssueGroup, ...]) -> Iterator[str]:
    rows = [
        (
            markdown(group.key),
            number(group.counts.total),
            words.severities(group.counts),
            effort(group.effort_minutes),
        )
        for group in groups[:_WORST]
        if group.counts.total
    ]
    if rows:
        yield from _table((f"{what} that needs most", "Issues:", "Severities", "Effort:"), rows)


def _measures(title: str, measures: Iterable[Measured]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    rows = (
        (
            markdown(one.metric.display_name),
            "not measured" if one.value is None else number(one.value, one.metric.unit),
            number(one.base, one.metric.unit),
            _change(one),
        )
        for one in measures
    )
    yield from _table(("Metric", "Value:", "Before:", "Change:"), rows)


def _change(measured: Measured) -> str:
    said = signed(measured.change, measured.metric.unit)
    if measured.improves is None:
        return said
    return f"{said} ({'better' if measured.improves else 'worse'})"


def _issue(issue: Issue) -> tuple[str, str, str]:
    also = "".join(f"<br>also {_place(p.path, p.line)}" for p in issue.related)
    decided = f"<br>{markdown(words.decision(issue))}" if issue.triage else ""
    return (
        words.SEVERITIES[issue.severity],
        _rule(issue.analyzer, issue.rule, issue.documentation_url),
        f"{markdown(issue.message)}{also}{decided}",
    )


def _status(reported: ReportedIssue) -> str:
    said = [words.STATUSES[reported.issue.status]]
    if reported.difference not in (None, IssueDifference.PERSISTING, IssueDifference.FIXED):
        said.insert(0, words.DIFFERENCES[reported.difference])
    if reported.base_place is not None:
        said.append(f"was in {_place(*reported.base_place)}")
    return ", ".join(said)


def _rule(analyzer: str, rule: str, url: str) -> str:
    name = f"{markdown(analyzer)} {markdown(rule)}"
    return f"[{name}](<{safe_url(url)}>)" if safe_url(url) else name


def _where(issue: Issue) -> str:
    place = words.place(issue)
    return f"{markdown(issue.path)}{f':{place}' if place else ''}"


def _place(path: str, line: int) -> str:
    return f"{markdown(path)}{f':{line}' if line else ''}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A table; a column whose head ends with a colon is aligned to the right."""
    yield from _table_head(head)
    for row in rows:
        yield _row(row)
    yield ""


def _table_head(head: tuple[str, ...]) -> tuple[str, str]:
    return (
        _row(tuple(title.removesuffix(":") for title in head)),
        _row(tuple("--:" if title.endswith(":") else "---" for title in head)),
    )


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
