"""What happened to one issue, put together from where it was seen and what was decided about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from flext_quality.domain.identifiers import AnalysisName
from flext_quality.domain.issues.issue import IssueChange, IssueStatus, MatchMethod, Triage
from flext_quality.domain.issues.triage import is_in_force


@dataclass(frozen=True, slots=True)
class Sighted:
    """An analysis saw an issue in a new place, or (with an empty path) no longer.

    Attributes:
        number: of the analysis on its branch.
        match_method: how it was recognised.
    """

    branch: str
    number: int
    analysis: AnalysisName
    time: datetime
    match_method: MatchMethod = MatchMethod.NEW
    path: str = ""
    line: int = 0

    @property
    def is_end(self) -> bool:
        """Whether it was no longer seen from then on."""
        return not self.path


@dataclass
class _Issue:
    """The issue as the history goes on: its status on each branch, and the decision about it."""

    statuses: dict[str, IssueStatus] = field(default_factory=dict)
    triage: Triage | None = None

    def sighted(self, what: Sighted) -> IssueStatus:
        before = self.statuses.get(what.branch)
        if what.is_end:
            status = IssueStatus.FIXED
        elif before is not None and before is not IssueStatus.FIXED:
            status = before
        elif self.triage is not None and is_in_force(self.triage, what.time):
            status = self.triage.status
        else:
            reopened = before is IssueStatus.FIXED or what.match_method is MatchMethod.REOPENED
            status = IssueStatus.REOPENED if reopened else IssueStatus.OPEN
        self.statuses[what.branch] = status
        return status

    def decided(self, triage: Triage) -> IssueStatus:
        self.triage = triage
        seen = [b for b, status in self.statuses.items() if status is not IssueStatus.FIXED]
        self.statuses.update(dict.fromkeys(seen, triage.status))
        return triage.status if seen else IssueStatus.FIXED


def history(sighted: Iterable[Sighted], decisions: Iterable[Triage]) -> list[IssueChange]:
    """All changes, oldest first.

    `decisions` are in the order in which they were made. Of a decision and an analysis at the very same
    moment the analysis goes first: what it sees for the first time nobody can have decided about before.
    """
    order: list[tuple[datetime, int, int, str, Sighted | Triage]] = [
        (one.time, 0, one.number, one.branch, one) for one in sighted
    ]
    order += [(one.time, 1, number, "", one) for number, one in enumerate(decisions)]
    issue, changes = _Issue(), []
    for time, *_, what in sorted(order, key=lambda entry: entry[:4]):
        if isinstance(what, Triage):
            changes.append(IssueChange(time, issue.decided(what), triage=what))
        else:
            changes.append(
                IssueChange(
                    time,
                    issue.sighted(what),
                    analysis=what.analysis,
                    match_method=None if what.is_end else what.match_method,
                    path=what.path,
                    line=what.line,
                    branch=what.branch,
                )
            )
    return changes
