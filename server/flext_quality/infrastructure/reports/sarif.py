"""SARIF 2.1.0 of technical reports: a run for each analyzer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import IO

from flext_quality.domain.errors import invalid_field
from flext_quality.domain.reports.report import Report, ReportFormat, ReportKind, TechnicalReport
from flext_quality.infrastructure.reports.json_report import dumps
from flext_quality.infrastructure.reports.sarif_values import (
    ROOT,
    Rules,
    Value,
    invocation,
    result,
)

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


class SarifRenderer:
    """The port `ReportRenderer` for SARIF. Holds one batch of issues, and one issue for each rule."""

    format = ReportFormat.SARIF
    kinds = frozenset({ReportKind.TECHNICAL})
    media_type = "application/sarif+json"
    extension = "sarif"

    async def render(self, report: Report) -> AsyncIterator[bytes]:
        """See the port. Each result stands in a line of its own."""
        if not isinstance(report, TechnicalReport):
            raise invalid_field("format", "SARIF is of TECHNICAL reports only")
        yield f'{{"$schema": {dumps(SCHEMA)}, "version": "2.1.0", "runs": ['.encode()
        names = sorted({*report.analysis.outcomes, *report.summary.analyzers})
        for number, analyzer in enumerate(names):
            yield b",\n" if number else b"\n"
            async for piece in self._run(report, analyzer):
                yield piece
        yield b"\n]}\n"

    async def finish(self, written: IO[bytes]) -> None:
        """See the port. It is finished already."""

    async def _run(self, report: TechnicalReport, analyzer: str) -> AsyncIterator[bytes]:
        rules = Rules(analyzer)
        # Which rules there are is known after the results only; the order of an object's members is free.
        yield b'{"results": ['
        between = "\n"
        for read in (report.issues, report.absent):
            async for batch in read(analyzer):
                results = [dumps(result(reported, rules)) for reported in batch]
                if results:
                    yield (between + ",\n".join(results)).encode()
                    between = ",\n"
        rest = dumps(_about(report, analyzer, rules))
        yield f"\n],\n{rest[1:]}".encode()


def _about(report: TechnicalReport, analyzer: str, rules: Rules) -> Value:
    """Everything in a run (3.14) but its results."""
    outcome = report.analysis.outcomes.get(analyzer)
    driver: Value = {"name": analyzer, "rules": rules.values()}
    if outcome is not None and outcome.version:
        driver["version"] = outcome.version
    about: Value = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the project's code."}}},
        "automationDetails": {
            "id": f"{report.project.project_id}/{analyzer}/{report.analysis.name.analysis_id}"
        },
        "properties": {"analysis": str(report.analysis.name), "branch": report.analysis.branch},
    }
    if outcome is not None:
        about["invocations"] = [invocation(outcome)]
    return about
