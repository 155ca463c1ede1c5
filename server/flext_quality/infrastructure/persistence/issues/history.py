"""An issue's history, read from where it was seen and from the decisions about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import RowMapping, bindparam, select

from flext_quality.domain.errors import IssueNotFoundError
from flext_quality.domain.identifiers import AnalysisName, IssueName
from flext_quality.domain.issues.history import Sighted, history
from flext_quality.domain.issues.issue import IssueChange, IssueStatus, MatchMethod, Triage
from flext_quality.domain.result import FlextResult
from flext_quality.infrastructure.persistence.tables import (
    analyses,
    decisions,
    issues,
    sightings,
)
from flext_quality.infrastructure.persistence.transaction import Transaction

_PLACE = ("branch", "seen_from", "rung", "path", "line")

_NOW = select(*(issues.c[name] for name in _PLACE), issues.c.status).where(
    issues.c.project_id == bindparam("project"), issues.c.issue_id == bindparam("issue")
)
_BEFORE = select(
    *(sightings.c[name] for name in _PLACE), sightings.c.seen_until, sightings.c.is_end
).where(
    sightings.c.project_id == bindparam("project"),
    sightings.c.branch.in_(bindparam("branches", expanding=True)),
    sightings.c.issue_id == bindparam("issue"),
)
_DECISIONS = (
    select(decisions)
    .where(
        decisions.c.project_id == bindparam("project"), decisions.c.issue_id == bindparam("issue")
    )
    .order_by(decisions.c.id)
)
_ANALYSES = select(
    analyses.c.branch_sequence, analyses.c.analysis_id, analyses.c.created_at, analyses.c.ended_at
).where(
    analyses.c.project_id == bindparam("project"),
    analyses.c.branch == bindparam("on"),
    analyses.c.branch_sequence.in_(bindparam("numbers", expanding=True)),
)
_NUMBERS_PER_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class _Step:
    """What an analysis of a branch, by number, saw; without a path: that the issue was gone."""

    branch: str
    number: int
    match_method: MatchMethod = MatchMethod.NEW
    path: str = ""
    line: int = 0


async def read(transaction: Transaction, name: IssueName) -> FlextResult[list[IssueChange]]:
    """All that happened to the issue on all branches, oldest first."""
    key = {"project": name.project_id, "issue": name.issue_id}
    now = await transaction.rows(_NOW, key)
    if not now:
        return FlextResult.fail(IssueNotFoundError(str(name)))
    branches = sorted(row["branch"] for row in now)
    before = await transaction.rows(_BEFORE, {**key, "branches": branches})
    steps = [*_present(now), *_past(before)]
    sighted = await _dated(transaction, name, steps)
    made = [_decision(row) for row in await transaction.rows(_DECISIONS, key)]
    return FlextResult.ok(history(sighted, made))


def _present(rows: Iterable[RowMapping]) -> Iterator[_Step]:
    for row in rows:
        if row["status"] != int(IssueStatus.FIXED):
            yield _seen(row)


def _past(rows: Iterable[RowMapping]) -> Iterator[_Step]:
    for row in rows:
        yield _seen(row)
        if row["is_end"]:
            yield _Step(row["branch"], row["seen_until"])


def _seen(row: RowMapping) -> _Step:
    match_method = MatchMethod(row["rung"])
    return _Step(row["branch"], row["seen_from"], match_method, row["path"], row["line"])


async def _dated(transaction: Transaction, name: IssueName, steps: list[_Step]) -> list[Sighted]:
    """The steps with the analyses that made them."""
    numbers: defaultdict[str, set[int]] = defaultdict(set)
    for step in steps:
        numbers[step.branch].add(step.number)
    known: dict[tuple[str, int], RowMapping] = {}
    for branch, wanted in numbers.items():
        each = sorted(wanted)
        for start in range(0, len(each), _NUMBERS_PER_STATEMENT):
            part = each[start : start + _NUMBERS_PER_STATEMENT]
            parameters = {"project": name.project_id, "on": branch, "numbers": part}
            for row in await transaction.rows(_ANALYSES, parameters):
                known[branch, row["branch_sequence"]] = row
    return [_sighted(name, step, known[step.branch, step.number]) for step in steps]


def _sighted(name: IssueName, step: _Step, analysis: RowMapping) -> Sighted:
    return Sighted(
        step.branch,
        step.number,
        AnalysisName(name.project_id, analysis["analysis_id"]),
        analysis["ended_at"] or analysis["created_at"],
        step.match_method,
        step.path,
        step.line,
    )


def _decision(row: RowMapping) -> Triage:
    return Triage(
        IssueStatus(row["status"]), row["author"], row["reason"], row["time"], row["expires_at"]
    )
