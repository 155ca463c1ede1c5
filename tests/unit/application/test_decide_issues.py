from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flext_quality.application.finished_analyses import FinishedAnalyses
from flext_quality.application.issues.batch_triage_issues import BatchTriageIssues
from flext_quality.application.issues.decide_issues import NAMED_IN_EVENT, DecideIssues
from flext_quality.application.issues.triage_issue import TriageDecision, TriageIssue
from flext_quality.application.jobs.expire_decisions import ExpireDecisions
from flext_quality.application.metrics.assess_analysis import AssessAnalysis
from flext_quality.application.metrics.reassess import Reassess
from flext_quality.application.ports.issues import IssueFilter
from flext_quality.application.ports.storage import UnitOfWork
from flext_quality.container.analyzers import built_in_profiles
from flext_quality.domain.errors import StorageUnavailableError
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.issues.issue import IssueStatus
from flext_quality.domain.projects.events import IssuesTriaged
from flext_quality.domain.projects.project import Project
from flext_quality.domain.sources.measures import FileRecord
from tests.contract.issue_story import Story, issue_id, issue_name
from tests.contract.samples import SHOP
from tests.fakes import FakeClock, FakeEventSignal, FakeStorage

ACCEPT = TriageDecision(IssueStatus.ACCEPTED, "ann", "we live with it")


class Triaging:
    """The use cases on a storage in memory, and a story in it."""

    def __init__(self) -> None:
        self.signal = FakeEventSignal()
        self.storage = FakeStorage(self.signal)
        self.clock = FakeClock()
        reassess = Reassess(
            AssessAnalysis(self.clock, built_in_profiles()), FinishedAnalyses(), self.clock
        )
        self.decide = DecideIssues(reassess)
        self.update = TriageIssue(self.storage, self.decide, self.clock)
        self.batch = BatchTriageIssues(self.storage, self.decide, self.clock)
        self.expire = ExpireDecisions(self.storage, self.decide, self.clock)

    async def story(self) -> Story:
        """The shop, whose analyses keep the records of one file; now is after all of it."""
        story = await Story.begin(self.storage)
        story.records = [FileRecord("src/app.py", "0" * 64, {"lines_of_code": 100.0})]
        self.clock.now = story.now + timedelta(days=1)
        return story

    @property
    def told(self) -> list[IssuesTriaged]:
        """What was told of decisions."""
        return [e.payload for e in self.signal.published if isinstance(e.payload, IssuesTriaged)]

    async def open_issues(self, story: Story, number: int) -> tuple[int, float]:
        """How many issues count by the counts and by the measures of the story's analysis."""
        async with self.storage(read_only=True) as work:
            analysis = (await work.analyses.get(story.analyses[number].name)).unwrap()
        assert analysis.results is not None
        return analysis.results.issue_counts.open, analysis.results.measures["issues"]


async def test_what_is_known_follows_a_decision_at_once() -> None:
    """On every branch that sees the issue; earlier analyses stay as they are."""
    triaging = Triaging()
    story = await triaging.story()
    await story.analyzed([story.issue(1), story.issue(2)])
    await story.analyzed()
    await story.analyzed([story.issue(1), story.issue(2), story.issue(3)], branch="dev")
    await triaging.update(issue_name(1), ACCEPT, etag="")
    assert (1, 1.0) == await triaging.open_issues(story, 1)
    assert (2, 2.0) == await triaging.open_issues(story, 2)
    assert (0, 1.0) == await triaging.open_issues(story, 0)
    told = IssuesTriaged(IssueStatus.ACCEPTED, 1, "ann", "we live with it", (issue_name(1),))
    assert [told] == triaging.told


async def test_a_batch_is_told_once() -> None:
    """With the count of all and the names of a few."""
    triaging = Triaging()
    story = await triaging.story()
    await story.analyzed([story.issue(n) for n in range(700)])
    wanted = IssueFilter(statuses=frozenset({IssueStatus.OPEN}))
    assert 700 == await triaging.batch.matching(SHOP, wanted, None, ACCEPT)
    (told,) = triaging.told
    assert (700, NAMED_IN_EVENT) == (told.count, len(told.issues))
    assert 0 == await triaging.batch.matching(SHOP, wanted, None, ACCEPT)
    assert 1 == len(triaging.told)
    assert (0, 0.0) == await triaging.open_issues(story, 0)


async def test_what_fails_in_the_middle_changes_nothing() -> None:
    """All or none, though a part was stored already."""
    triaging = Triaging()
    story = await triaging.story()
    await story.analyzed([story.issue(n) for n in range(600)])
    await story.analyzed(gone=[599])
    with pytest.raises(Exception, match="FIXED"):
        await triaging.batch.named(SHOP, [issue_name(n) for n in range(600)], ACCEPT)
    async with triaging.storage(read_only=True) as work:
        accepted = IssueFilter(statuses=frozenset({IssueStatus.ACCEPTED}))
        assert 0 == await work.issues.count(SHOP, accepted)
    assert [] == triaging.told


async def test_decisions_expire_by_themselves() -> None:
    """At their time, not before; the event has no author, and what is known follows."""
    triaging = Triaging()
    story = await triaging.story()
    await story.analyzed([story.issue(n) for n in range(601)])
    until = triaging.clock.now + timedelta(hours=1)
    decision = replace(ACCEPT, expires_at=until)
    await triaging.batch.matching(SHOP, IssueFilter(), None, decision)
    assert 0 == await triaging.expire()
    assert (0, 0.0) == await triaging.open_issues(story, 0)
    triaging.clock.advance(hours=1)
    assert 601 == await triaging.expire()
    assert (601, 601.0) == await triaging.open_issues(story, 0)
    assert [500, 101] == [told.count for told in triaging.told[1:]]
    assert {(IssueStatus.OPEN, "", "")} == {
        (t.status, t.author, t.reason) for t in triaging.told[1:]
    }
    assert 0 == await triaging.expire()


async def test_a_decision_about_a_fixed_issue_expires_too() -> None:
    """It is FIXED still, and would be reopened if it came back."""
    triaging = Triaging()
    story = await triaging.story()
    await story.analyzed([story.issue(1)])
    await story.decided(1, expires_at=triaging.clock.now)
    await story.analyzed(gone=[1])
    assert 1 == await triaging.expire()
    async with triaging.storage(read_only=True) as work:
        issue = (await work.issues.get_many(SHOP, [issue_id(1)]))[issue_id(1)]
    assert (IssueStatus.FIXED, None) == (issue.status, issue.triage)


class FailingFor:
    """Cannot assess one project again."""

    def __init__(self, project: ProjectName) -> None:
        self._project = project

    async def __call__(self, uow: UnitOfWork, project: Project, branch: str) -> None:
        """Fails if it is that one."""
        if project.name == self._project:
            raise StorageUnavailableError


def failing_for(project: ProjectName) -> DecideIssues:
    return DecideIssues(FailingFor(project))  # type: ignore[arg-type]  # stands in for it


async def test_a_project_whose_decisions_cannot_expire_stops_no_other() -> None:
    """It is tried again the next time."""
    triaging = Triaging()
    story = await triaging.story()
    await story.analyzed([story.issue(1)])
    await story.decided(1, expires_at=triaging.clock.now)
    failing = failing_for(SHOP)
    assert 0 == await ExpireDecisions(triaging.storage, failing, triaging.clock)()
    other = failing_for(ProjectName("other"))
    assert 1 == await ExpireDecisions(triaging.storage, other, triaging.clock)()
