"""What follows when people decide about issues or change the gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flext_quality.application.finished_analyses import FinishedAnalyses
from flext_quality.application.metrics.assess_analysis import AssessAnalysis, Assessed
from flext_quality.application.metrics.baselines import baseline_of
from flext_quality.application.metrics.reassess import Reassess, counts_now
from flext_quality.container.analyzers import built_in_profiles
from flext_quality.domain.analyses.analysis import Analysis, AnalysisResults, AnalysisState
from flext_quality.domain.findings.finding import SeverityCounts
from flext_quality.domain.findings.outcome import AnalyzerOutcome, AnalyzerState
from flext_quality.domain.gates.events import QualityGateChanged, ThresholdViolated
from flext_quality.domain.gates.quality_gate import (
    GateCondition,
    GateOperator,
    GateStatus,
    QualityGate,
    SinceAnalysis,
    SinceBranch,
    SinceDays,
    SincePrevious,
)
from flext_quality.domain.issues.issue import IssueCounts, IssueStatus
from flext_quality.domain.metrics.score import Score
from flext_quality.domain.sources.measures import FileRecord
from tests.contract.issue_story import Story
from tests.contract.samples import NOON, SHOP, analysis_name
from tests.fakes import FakeClock, FakeEventSignal, FakeStorage

RECORDS = [FileRecord("src/app.py", "ab" * 32, {"lines": 10, "lines_of_code": 9})]
NO_ISSUES = QualityGate((GateCondition("issues", GateOperator.AT_MOST, 0),))


class Shop:
    """A story whose analyses were assessed, as far as their details are kept."""

    def __init__(self) -> None:
        self.storage = FakeStorage(FakeEventSignal())
        self.clock = FakeClock(NOON + timedelta(days=1))
        self.finished = FinishedAnalyses()
        self.assess = AssessAnalysis(self.clock, built_in_profiles())
        self.reassess = Reassess(self.assess, self.finished, self.clock)

    async def begin(self) -> Story:
        """The story, with no analysis yet."""
        return await Story.begin(self.storage)

    async def concluded(self, analysis: Analysis, *, keep: bool = True) -> Analysis:
        """The analysis with all that it makes known."""
        analysis.outcomes = {"ruff": AnalyzerOutcome("ruff", AnalyzerState.SUCCEEDED)}
        known = analysis.results
        assert known is not None
        async with self.storage() as uow:
            project = (await uow.projects.get(SHOP)).unwrap()
            that = Assessed(analysis, known.sequence, RECORDS)
            made = await self.assess(uow, project, that)
            snapshot = await uow.snapshots.put(SHOP, RECORDS) if keep else ""
            analysis.results = AnalysisResults(
                known.sequence,
                None,
                IssueCounts(new=7),
                made.score,
                made.gate,
                made.measures,
                made.new_code_measures,
                snapshot,
            )
            await uow.analyses.save(analysis)
            await uow.commit()
        self.finished.put(analysis)
        return analysis

    async def set_gate(self, gate: QualityGate) -> None:
        """As UpdateQualityGate does it."""
        async with self.storage() as uow:
            project = (await uow.projects.get(SHOP, for_update=True)).unwrap()
            project.update_gate(gate, "", self.clock())
            await uow.projects.save(project)
            await self.reassess.every_branch(uow, project)
            await uow.commit()

    async def again(self, branch: str = "") -> None:
        """As a decision does it."""
        async with self.storage() as uow:
            project = (await uow.projects.get(SHOP, for_update=True)).unwrap()
            await self.reassess(uow, project, branch)
            await uow.commit()

    async def results(self, analysis: Analysis) -> AnalysisResults:
        """What is known of it now."""
        async with self.storage(read_only=True) as uow:
            known = (await uow.analyses.get(analysis.name)).unwrap().results
        assert known is not None
        return known

    async def told(self) -> list[object]:
        """What happened to the gate, as the project's events tell it."""
        async with self.storage(read_only=True) as uow:
            events = await uow.events.read(str(SHOP), after=0, limit=100)
        kinds = (QualityGateChanged, ThresholdViolated)
        return [event.payload for event in events if isinstance(event.payload, kinds)]


async def test_a_decision_is_followed_by_all_that_is_known() -> None:
    """Counts, measures, score and gate of the latest analysis; what it found new stays as it was."""
    shop = Shop()
    story = await shop.begin()
    latest = await shop.concluded(await story.analyzed([story.issue(1), story.issue(2)]))
    await story.decided(1)
    await shop.again()
    known = await shop.results(latest)
    assert known.issue_counts == IssueCounts(open=1, new=7, accepted=1)
    assert (known.measures["issues"], known.measures["style_issues"]) == (1, 1)
    before = latest.results
    assert before is not None
    assert (before.score.overall or 0) < (known.score.overall or 0)
    assert shop.finished.get(latest.name) is None
    async with shop.storage(read_only=True) as uow:
        metrics = await uow.metrics.latest(SHOP)
    assert metrics is not None
    assert metrics.point.measures["issues"] == 1


async def test_every_branch_is_judged_by_a_changed_gate() -> None:
    """And told of; metrics over time are the main line's alone."""
    shop = Shop()
    story = await shop.begin()
    main = await shop.concluded(await story.analyzed([story.issue(1)]))
    dev = await shop.concluded(await story.analyzed([story.issue(2)], branch="dev"))
    await shop.set_gate(NO_ISSUES)
    for analysis in (main, dev):
        gate = (await shop.results(analysis)).gate
        assert gate is not None
        assert gate.status is GateStatus.FAILED
    told = await shop.told()
    assert [(type(what), getattr(what, "branch")) for what in told] == [  # noqa: B009
        (QualityGateChanged, ""),
        (ThresholdViolated, ""),
        (QualityGateChanged, "dev"),
        (ThresholdViolated, "dev"),
    ]
    async with shop.storage(read_only=True) as uow:
        metrics = await uow.metrics.latest(SHOP)
    assert metrics is not None
    assert metrics.point.at.analysis_id == main.name.analysis_id


async def test_what_changes_nothing_tells_nothing() -> None:
    """Assessing twice is harmless, and a branch that was never analysed is no matter."""
    shop = Shop()
    story = await shop.begin()
    latest = await shop.concluded(await story.analyzed([story.issue(1)]))
    await shop.again()
    known = await shop.results(latest)
    shop.finished.put(latest)
    shop.clock.advance(hours=1)
    for branch in ("", "nobody"):
        await shop.again(branch)
    assert known == await shop.results(latest)
    assert shop.finished.get(latest.name) is not None
    assert await shop.told() == []


async def test_an_analysis_whose_details_expired_stays_as_it_is() -> None:
    """There is nothing to assess it by any more."""
    shop = Shop()
    story = await shop.begin()
    latest = await shop.concluded(await story.analyzed([story.issue(1)]), keep=False)
    before = await shop.results(latest)
    await shop.set_gate(NO_ISSUES)
    assert before == await shop.results(latest)


def test_counts_follow_decisions() -> None:
    """What is open, accepted and false positive is that of now."""
    counts = IssueCounts(open=9, new=9, fixed=4)
    statuses = {
        IssueStatus.OPEN: 1,
        IssueStatus.ACKNOWLEDGED: 2,
        IssueStatus.REOPENED: 3,
        IssueStatus.FIXED: 100,
        IssueStatus.FALSE_POSITIVE: 5,
    }
    assert counts_now(counts, statuses) == IssueCounts(open=6, new=9, fixed=4, false_positive=5)


async def stored(shop: Shop, branch: str, number: int, sequence: int, hours: float) -> Analysis:
    """A succeeded analysis that ended so many hours after noon."""
    ended = NOON + timedelta(hours=hours)
    analysis = Analysis.queue(analysis_name(number), ["ruff"], "i", ended, branch)
    analysis.state, analysis.ended_at = AnalysisState.SUCCEEDED, ended
    known = AnalysisResults(sequence, None, IssueCounts(), Score(), None, {}, {})
    analysis.record_results(known, SeverityCounts(), ended)
    async with shop.storage() as uow:
        await uow.analyses.add(analysis)
        await uow.commit()
    return analysis


@pytest.mark.parametrize(
    ("since", "branch", "sequence", "baseline"),
    [
        (SincePrevious(), "", 1, None),
        (SincePrevious(), "", 3, 2),
        (SinceAnalysis(analysis_name(1)), "", 3, 1),
        (SinceAnalysis(analysis_name(9)), "", 3, None),
        (SinceDays(1), "", 3, 1),
        (SinceDays(3), "", 3, None),
        (SinceBranch(""), "dev", 1, 3),
        (SinceBranch("dev"), "", 3, 4),
        (SinceBranch("dev"), "dev", 1, None),
        (SinceBranch(""), "", 2, 1),
        (SinceBranch("nobody"), "", 2, None),
    ],
)
async def test_new_code_is_compared_with_its_baseline(
    since: SincePrevious | SinceAnalysis | SinceDays | SinceBranch,
    branch: str,
    sequence: int,
    baseline: int | None,
) -> None:
    """Of what there was when the analysis ended; later analyses change nothing."""
    shop = Shop()
    await shop.begin()
    for number, on, its_sequence, hours in (
        (1, "", 1, 0),
        (2, "", 2, 47),
        (4, "dev", 1, 47.5),
        (3, "", 3, 48),
        (5, "dev", 2, 60),
        (6, "", 4, 61),
    ):
        await stored(shop, on, number, its_sequence, hours)
    async with shop.storage(read_only=True) as uow:
        ended = NOON + timedelta(hours=48)
        found = await baseline_of(uow, SHOP, branch, sequence, ended, since)
    assert (None if found is None else found.name) == (
        None if baseline is None else analysis_name(baseline)
    )


async def test_without_the_lines_of_the_baseline_new_lines_are_not_measured() -> None:
    """All of a file would seem new; the issues are known nevertheless."""
    shop = Shop()
    story = await shop.begin()
    await shop.concluded(await story.analyzed([story.issue(1)]))
    latest = await story.analyzed()
    changed = [replace(RECORDS[0], sha256="cd" * 32)]
    async with shop.storage() as uow:
        project = (await uow.projects.get(SHOP)).unwrap()
        await uow.snapshots.put_lines(SHOP, {"cd" * 32: [1, 2, 3]})
        latest.outcomes = {"ruff": AnalyzerOutcome("ruff", AnalyzerState.SUCCEEDED)}
        made = await shop.assess(uow, project, Assessed(latest, 2, changed))
        assert made.new_code_measures["new_issues"] == 0
        assert "new_lines" not in made.new_code_measures
        await uow.snapshots.put_lines(SHOP, {"ab" * 32: [1, 2]})
        made = await shop.assess(uow, project, Assessed(latest, 2, changed))
    assert made.new_code_measures["new_lines"] == 1
