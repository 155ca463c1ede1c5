"""From what was measured about a file to findings and measures."""

from __future__ import annotations

from collections.abc import Iterator

from flext_quality.domain.findings.finding import Category, Finding
from flext_quality.domain.sources.measures import FileMeasures
from flext_quality.infrastructure.analyzers.coverage.messages import Measured
from flext_quality.infrastructure.analyzers.coverage.profile import (
    BRANCH_RULE,
    LINES_RULE,
    PROFILE,
    SEVERITY,
)

NAME = PROFILE.name


def findings_of(file: Measured) -> list[Finding]:
    """What tests leave out, by line. The messages do not change when the lines move."""
    found = [*_lines(file), *_branches(file)]
    return sorted(found, key=lambda finding: (finding.line, finding.rule))


def _lines(file: Measured) -> Iterator[Finding]:
    """One for each run of executable lines without a covered one among them."""
    uncovered = frozenset(file.uncovered)
    run: list[int] = []
    for line in sorted((*file.covered, *file.uncovered)):
        if line in uncovered:
            run.append(line)
        elif run:
            yield _run(file.path, run)
            run = []
    if run:
        yield _run(file.path, run)


def _run(path: str, lines: list[int]) -> Finding:
    what = "1 line is" if len(lines) == 1 else f"{len(lines)} lines are"
    return _finding(path, LINES_RULE, f"{what} not run by any test", lines[0], lines[-1])


def _branches(file: Measured) -> Iterator[Finding]:
    for line, missing, total in file.partial:
        verb = "is" if missing == 1 else "are"
        message = f"{missing} of {total} branches {verb} not taken by any test"
        yield _finding(file.path, BRANCH_RULE, message, line, line)


def _finding(path: str, rule: str, message: str, line: int, end_line: int) -> Finding:
    return Finding(
        analyzer=NAME,
        rule=rule,
        severity=SEVERITY,
        message=message,
        path=path,
        line=line,
        end_line=end_line,
        category=Category.COVERAGE,
    )


def measures_of(file: Measured) -> FileMeasures:
    """The figures, and the lines that they count."""
    values = {
        "lines_to_cover": len(file.covered) + len(file.uncovered),
        "covered_lines": len(file.covered),
    }
    if file.branches is not None:
        values["branches_to_cover"], values["covered_branches"] = file.branches
    if file.functions is not None:
        values["functions_to_cover"], values["covered_functions"] = file.functions
    return FileMeasures(
        file.path, values, covered=frozenset(file.covered), uncovered=frozenset(file.uncovered)
    )
