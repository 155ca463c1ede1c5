from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flext_quality.domain.identifiers import AnalysisName
from flext_quality.domain.issues.history import Sighted, history
from flext_quality.domain.issues.issue import IssueStatus, MatchMethod, Triage
from flext_quality.domain.issues.triage import expiry

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACCEPTED = IssueStatus.ACCEPTED


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def sighted(
    hours: float, path: str = "a.py", match_method: MatchMethod = MatchMethod.NEW, branch: str = ""
) -> Sighted:
    number = int(hours * 10)
    name = AnalysisName("shop", f"{number:026d}")
    return Sighted(branch, number, name, at(hours), match_method, path, 1 if path else 0)


def accepted(hours: float, until: float | None = None) -> Triage:
    return Triage(ACCEPTED, "ann", "why", at(hours), None if until is None else at(until))


def statuses(steps: list[Sighted], decisions: list[Triage]) -> list[IssueStatus]:
    return [change.status for change in history(steps, decisions)]


def test_an_issue_that_comes_back_is_reopened_unless_a_decision_holds() -> None:
    """One that has expired by then does not."""
    steps = [sighted(1), sighted(3, ""), sighted(5, match_method=MatchMethod.REOPENED)]
    opened, fixed, back = IssueStatus.OPEN, IssueStatus.FIXED, IssueStatus.REOPENED
    assert [opened, fixed, back] == statuses(steps, [])
    assert [opened, ACCEPTED, fixed, ACCEPTED] == statuses(steps, [accepted(2)])
    assert [opened, ACCEPTED, fixed, back] == statuses(steps, [accepted(2, until=5)])
    assert [opened, ACCEPTED, opened, fixed, back] == statuses(
        steps, [accepted(2), Triage(opened, "bob", "", at(2.5))]
    )


def test_a_move_changes_no_status() -> None:
    """What was decided stays."""
    steps = [sighted(1), sighted(3, "b.py", MatchMethod.MOVED_TO_FILE)]
    assert [IssueStatus.OPEN, ACCEPTED, ACCEPTED] == statuses(steps, [accepted(2)])


def test_a_decision_that_ends_while_nothing_is_seen_leaves_it_fixed() -> None:
    """Nobody's decision makes something seen."""
    steps = [sighted(1), sighted(3, "")]
    assert IssueStatus.FIXED is statuses(steps, [accepted(2, until=4), expiry(at(4))])[-1]


def test_branches_have_their_own_status_and_share_decisions() -> None:
    """FIXED on one, it may be decided about for another, and begins there with what was decided."""
    steps = [sighted(1), sighted(2, branch="dev"), sighted(3, "")]
    steps += [sighted(5, branch="new", match_method=MatchMethod.SAME_PLACE)]
    opened = IssueStatus.OPEN
    assert [opened, opened, IssueStatus.FIXED, ACCEPTED, ACCEPTED] == statuses(steps, [accepted(4)])


def test_at_one_moment_analyses_go_before_decisions() -> None:
    """And decisions in the order in which they were made."""
    decisions = [accepted(1), Triage(IssueStatus.ACKNOWLEDGED, "bob", "", at(1))]
    assert [IssueStatus.OPEN, ACCEPTED, IssueStatus.ACKNOWLEDGED] == statuses(
        [sighted(1)], decisions
    )
    assert [IssueStatus.OPEN, IssueStatus.FIXED] == statuses([sighted(1.5, ""), sighted(1.2)], [])
