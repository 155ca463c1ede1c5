"""JSON: the same content for programs. docs/reports.md describes it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import IO, Any

from flext_quality.domain.reports.report import (
    KIND_OF,
    ComparisonReport,
    ExecutiveReport,
    IssueReader,
    Report,
    ReportFormat,
    ReportKind,
    TechnicalReport,
    TrendReport,
)
from flext_quality.infrastructure.reports import json_values as values

VERSION = 1
"""Of what docs/reports.md describes. Fields may be added within a version."""


def dumps(value: Any) -> str:
    """JSON in ASCII, so that nothing obeys what is in it, however it is shown."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("\x7f", "\\u007f")


class JsonRenderer:
    """The port `ReportRenderer` for JSON. Holds one batch of issues at a time."""

    format = ReportFormat.JSON
    kinds = frozenset(ReportKind)
    media_type = "application/json"
    extension = "json"

    async def render(self, report: Report) -> AsyncIterator[bytes]:
        """See the port. Each issue stands in a line of its own."""
        head, lists = _parts(report)
        lines = [f"{dumps(key)}: {dumps(value)}" for key, value in head.items()]
        yield ("{\n" + ",\n".join(lines)).encode()
        for key, read in lists.items():
            yield f",\n{dumps(key)}: [".encode()
            between = "\n"
            async for batch in read(""):
                issues = [dumps(values.reported_value(one)) for one in batch]
                yield (between + ",\n".join(issues)).encode()
                between = ",\n"
            yield b"\n]"
        yield b"\n}\n"

    async def finish(self, written: IO[bytes]) -> None:
        """See the port. It is finished already."""


def _parts(report: Report) -> tuple[dict[str, Any], dict[str, IssueReader]]:
    """What is small enough to be held, and the lists that are read batch by batch."""
    head: dict[str, Any] = {
        "version": VERSION,
        "kind": KIND_OF[type(report)].name,
        "project": {"name": str(report.project), "displayName": report.display_name},
        "analysis": values.analysis_value(report.analysis),
    }
    match report:
        case ExecutiveReport():
            head |= {
                "baseAnalysis": _base(report),
                "measures": values.measures_value(report.measures),
                "summary": values.summary_value(report.summary),
                "history": values.line_value(report.history) if report.history else None,
                "topIssues": [values.issue_value(issue) for issue in report.top_issues],
            }
            return head, {}
        case TechnicalReport():
            files = report.files
            head |= {
                "baseAnalysis": _base(report),
                "measures": values.measures_value(report.measures),
                "newCodeMeasures": values.measures_value(report.new_code_measures),
                "summary": values.summary_value(report.summary),
                "files": None
                if files is None
                else [{"path": f.path, "measures": dict(sorted(f.values.items()))} for f in files],
            }
            return head, {"issues": report.issues, "absentIssues": report.absent}
        case TrendReport():
            head |= {
                "startTime": values.time_value(report.start),
                "endTime": values.time_value(report.end),
                "metrics": [values.line_value(line) for line in report.lines],
            }
            return head, {}
        case ComparisonReport():
            head |= {
                "baseAnalysis": values.analysis_value(report.base),
                "counts": {d.name: count for d, count in sorted(report.counts.items())},
                "measures": values.measures_value(report.measures),
            }
            return head, {"issues": report.changes}


def _base(report: ExecutiveReport | TechnicalReport) -> values.Value | None:
    return values.analysis_value(report.base) if report.base else None
