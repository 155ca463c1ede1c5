"""Parts of reports in Markdown: tables and their cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.analyses.comparison import IssueDifference
from flext_quality.domain.issues.issue import Issue
from flext_quality.domain.reports.issue_summary import IssueGroup, IssueSummary
from flext_quality.domain.reports.report import Measured, ReportedIssue
from flext_quality.infrastructure.reports import words
from flext_quality.infrastructure.reports.text import effort, markdown, number, safe_url, signed

_WORST = 10


def changes(analysis: Analysis, base: Analysis | None) -> Iterator[str]:
    """What became of the issues since the analysis before."""
    yield "## What changed"
    yield ""
    if base is None or analysis.results is None:
        yield "This is the first analysis of its branch; there is nothing to compare it with."
        yield ""
        return
    counts = analysis.results.issue_counts
    yield from table(
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


def standing_issues(summary: IssueSummary) -> Iterator[str]:
    """How many issues there are, and where."""
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
        yield from table((f"{what} that needs most", "Issues:", "Severities", "Effort:"), rows)


def measures_table(title: str, measures: Iterable[Measured]) -> Iterator[str]:
    """A section with measures, their values before, and the changes."""
    yield f"## {title}"
    yield ""
    rows = (
        (
            markdown(one.metric.display_name),
            "not measured" if one.value is None else number(one.value, one.metric.unit),
            number(one.base, one.metric.unit),
            change(one),
        )
        for one in measures
    )
    yield from table(("Metric", "Value:", "Before:", "Change:"), rows)


def change(measured: Measured) -> str:
    """A change and what it means."""
    said = signed(measured.change, measured.metric.unit)
    if measured.improves is None:
        return said
    return f"{said} ({'better' if measured.improves else 'worse'})"


def issue_cells(issue: Issue) -> tuple[str, str, str]:
    """Severity, rule and message of an issue."""
    also = "".join(f"<br>also {place_cell(p.path, p.line)}" for p in issue.finding.related)
    decided = f"<br>{markdown(words.decision(issue))}" if issue.triage else ""
    return (
        words.SEVERITIES[issue.finding.severity],
        rule_cell(issue.finding.analyzer, issue.finding.rule, issue.finding.documentation_url),
        f"{markdown(issue.finding.message)}{also}{decided}",
    )


def status_cell(reported: ReportedIssue) -> str:
    """Status and difference of an issue."""
    said = [words.STATUSES[reported.issue.status]]
    if reported.difference not in (None, IssueDifference.PERSISTING, IssueDifference.FIXED):
        said.insert(0, words.DIFFERENCES[reported.difference])
    if reported.base_place is not None:
        said.append(f"was in {place_cell(*reported.base_place)}")
    return ", ".join(said)


def rule_cell(analyzer: str, rule: str, url: str) -> str:
    """A rule, with a link to where it is explained."""
    name = f"{markdown(analyzer)} {markdown(rule)}"
    return f"[{name}](<{safe_url(url)}>)" if safe_url(url) else name


def where_cell(issue: Issue) -> str:
    """File and place of an issue."""
    place = words.place(issue)
    return f"{markdown(issue.finding.path)}{f':{place}' if place else ''}"


def place_cell(path: str, line: int) -> str:
    """File and line."""
    return f"{markdown(path)}{f':{line}' if line else ''}"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A table and an empty line."""
    yield from table_head(head)
    for row in rows:
        yield table_row(row)
    yield ""


def table_head(head: tuple[str, ...]) -> tuple[str, str]:
    """The first two lines of a table; a column whose head ends with a colon is aligned to the right."""
    return (
        table_row(tuple(title.removesuffix(":") for title in head)),
        table_row(tuple("--:" if title.endswith(":") else "---" for title in head)),
    )


def table_row(cells: tuple[str, ...]) -> str:
    """A line of a table."""
    return f"| {' | '.join(cells)} |"
