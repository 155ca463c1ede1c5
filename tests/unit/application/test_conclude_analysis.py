"""How findings become issues, from analysis to analysis."""

from __future__ import annotations

import asyncio

import pytest

from flext_quality.domain.analyses.analysis import Analysis, AnalysisResults, AnalysisState
from flext_quality.domain.analyses.events import (
    AnalysisFinished,
    FindingsReported,
    GateEvaluated,
    IssuesTracked,
)
from flext_quality.domain.errors import ToolTimedOutError
from flext_quality.domain.findings.finding import Category, SeverityCounts
from flext_quality.domain.gates.events import QualityGateChanged
from flext_quality.domain.gates.quality_gate import GateStatus
from flext_quality.domain.issues.issue import IssueCounts, IssueOrigin, IssueStatus
from flext_quality.domain.sources.line_hash import line_hash
from tests.analyzed import SHOP, Shop, found
from tests.contract.issue_story import changed
from tests.fakes import FakeAnalyzer, FakeEventSignal, FakeStorage
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def storage() -> FakeStorage:
    """An empty storage."""
    return FakeStorage(FakeEventSignal())


@pytest.fixture
async def shop(storage: FakeStorage) -> Shop:
    """A project without an analysis."""
    return await Shop.registered(storage)


def known(analysis: Analysis) -> AnalysisResults:
    """What it made known."""
    assert analysis.state is AnalysisState.SUCCEEDED, analysis.failure
    assert analysis.results is not None
    return analysis.results


def counts(analysis: Analysis) -> IssueCounts:
    """How its findings relate to what was known."""
    return known(analysis).issue_counts


# --- the first, and those after it -----------------------------------------------------------------


async def test_a_first_analysis_makes_every_finding_an_issue(shop: Shop) -> None:
    """None of them is called new code; what it found is told before its end."""
    analysis = await shop.analyze(found(1), found(2), found(2, "S"))

    assert IssueCounts(open=3, new=3) == counts(analysis)
    assert (1, None) == (known(analysis).sequence, known(analysis).previous)
    issue = await shop.issue(2)
    assert IssueOrigin.FIRST_ANALYSIS is issue.origin
    assert (IssueStatus.OPEN, analysis.name) == (issue.status, issue.first_analysis)
    assert analysis.ended_at == issue.created_at == issue.status_at
    tracked, gate, finished = (await shop.happened(analysis))[-3:]
    none, found_all = SeverityCounts(), SeverityCounts(low=3)
    assert IssuesTracked(counts(analysis), none, known(analysis).score, found_all) == tracked
    assert isinstance(gate, GateEvaluated)
    assert isinstance(finished, AnalysisFinished)
    assert analysis == finished.analysis


async def test_what_is_measured_is_kept(shop: Shop) -> None:
    """The records of files, their lines, and the main line's measures over time."""
    analysis = await shop.analyze(found(1))
    on_branch = await shop.analyze(found(1), branch="dev")
    async with shop.uow(read_only=True) as work:
        records = await work.snapshots.get(SHOP, known(analysis).snapshot)
        latest = await work.metrics.latest(SHOP)
        assert records is not None
        assert ["a.py", "b.py"] == [record.path for record in records]
        lines = await work.snapshots.get_lines(SHOP, [records[0].sha256])
    assert [line_hash(line) for line in shop.code["a.py"].splitlines()] == list(
        lines[records[0].sha256]
    )
    assert latest is not None
    assert analysis.name.analysis_id == latest.point.at.analysis_id
    assert latest.point.measures["issues"] == 1
    assert known(on_branch).measures["issues"] == 1


async def test_nothing_is_touched_where_nothing_changes(shop: Shop, storage: FakeStorage) -> None:
    """The same findings, told in another order, are the same issues; one event tells of them all."""
    first = await shop.analyze(found(1), found(2), found(3))
    before = storage.state.issues, storage.state.sightings
    again = await shop.analyze(found(3), found(1), found(2))

    assert before == (storage.state.issues, storage.state.sightings)
    assert all(before[0][key] is storage.state.issues[key] for key in before[0])
    assert IssueCounts(open=3, persisting=3) == counts(again)
    assert (2, first.name) == (known(again).sequence, known(again).previous)
    assert known(first).snapshot == known(again).snapshot
    (reported,) = [
        what for what in await shop.happened(again) if isinstance(what, FindingsReported)
    ]
    assert (3, 3) == (reported.finding_count, reported.total_finding_count)
    assert first.severity_counts == again.severity_counts
    assert storage.state.batches[first.name] == storage.state.batches[again.name]


async def test_an_issue_moves_with_its_line(shop: Shop) -> None:
    """It is told where it is now, is not new, and its history begins where it began."""
    await shop.analyze(found(1), found(2))
    before = await shop.issue(2)
    shop.code["a.py"] = "\n" + shop.code["a.py"]
    analysis = await shop.analyze(found(2), found(3))
    assert IssueCounts(open=2, persisting=2, moved=2) == counts(analysis)
    assert changed(before, line=3) == await shop.issue(3)


async def test_words_may_change_without_a_move(shop: Shop) -> None:
    """The issue says what the tool says now."""
    await shop.analyze(found(2, message="too complex (11)", end_line=2))
    analysis = await shop.analyze(found(2, message="too complex (12)", end_line=3))
    assert IssueCounts(open=1, persisting=1) == counts(analysis)
    issue = await shop.issue(2)
    assert ("too complex (12)", 3) == (issue.finding.message, issue.finding.end_line)


async def test_new_issues_of_new_code_are_told(shop: Shop) -> None:
    """With their severities."""
    await shop.analyze(found(1))
    shop.code["a.py"] += "new()\n"
    analysis = await shop.analyze(found(1), found(4))
    assert IssueCounts(open=2, new=1, new_code=1, persisting=1) == counts(analysis)
    assert IssueOrigin.CODE_CHANGE is (await shop.issue(4)).origin
    (tracked,) = [what for what in await shop.happened(analysis) if isinstance(what, IssuesTracked)]
    assert SeverityCounts(low=1) == tracked.new_severity_counts == tracked.found_severity_counts


async def test_issues_that_an_analysis_finds_are_told_by_severity(shop: Shop) -> None:
    """New ones, also of old code, and ones that come back; what stays or goes is not found again."""
    told = []
    for some in ((found(1), found(2)), (found(2),), (found(1), found(2))):
        analysis = await shop.analyze(*some)
        happened = await shop.happened(analysis)
        told += [e.found_severity_counts for e in happened if isinstance(e, IssuesTracked)]
    assert [SeverityCounts(low=2), SeverityCounts(), SeverityCounts(low=1)] == told


async def test_a_gate_s_change_is_told_of_the_project(shop: Shop) -> None:
    """Once, not with every analysis."""
    await shop.analyze(found(1))
    await shop.analyze(found(1))
    async with shop.uow(read_only=True) as work:
        events = await work.events.read(str(SHOP), after=0, limit=100)
    changed = [event.payload for event in events if isinstance(event.payload, QualityGateChanged)]
    assert [(None, GateStatus.PASSED)] == [(what.before, what.after) for what in changed]


# --- coming and going -------------------------------------------------------------------------------


async def test_what_is_no_longer_seen_is_fixed_and_may_come_back(shop: Shop) -> None:
    """Under the same name, as REOPENED, each change with a new version."""
    await shop.analyze(found(1), found(2))
    before = await shop.issue(2)
    gone = await shop.analyze(found(1))
    assert IssueCounts(open=1, fixed=1, persisting=1) == counts(gone)
    fixed = await shop.issue(2)
    assert (IssueStatus.FIXED, gone.name) == (fixed.status, fixed.fixed_analysis)
    assert gone.ended_at == fixed.status_at

    back = await shop.analyze(found(1), found(2))
    assert IssueCounts(open=2, reopened=1, persisting=1) == counts(back)
    issue = await shop.issue(2)
    assert (before.name, IssueStatus.REOPENED) == (issue.name, issue.status)
    assert (None, back.ended_at) == (issue.fixed_analysis, issue.status_at)
    assert [1, 2, 3] == [before.version, fixed.version, issue.version]


@pytest.mark.parametrize(
    "status", [IssueStatus.ACKNOWLEDGED, IssueStatus.FALSE_POSITIVE, IssueStatus.ACCEPTED]
)
async def test_a_decision_in_force_holds_again_when_an_issue_comes_back(
    shop: Shop, status: IssueStatus
) -> None:
    """Nobody has to say the same thing twice."""
    await shop.analyze(found(1))
    triage = await shop.decide(await shop.issue(1), status)
    await shop.analyze()
    assert IssueStatus.FIXED is (await shop.issue(1)).status
    analysis = await shop.analyze(found(1))
    issue = await shop.issue(1)
    assert (status, triage) == (issue.status, issue.triage)
    assert counts(analysis) == IssueCounts(
        open=int(status.counts),
        reopened=1,
        accepted=int(status is IssueStatus.ACCEPTED),
        false_positive=int(status is IssueStatus.FALSE_POSITIVE),
    )


async def test_a_decision_that_expired_meanwhile_does_not(shop: Shop) -> None:
    """The issue is REOPENED, and the decision is over."""
    await shop.analyze(found(1))
    await shop.decide(await shop.issue(1), IssueStatus.ACCEPTED, days=1)
    await shop.analyze()
    shop.clock.advance(days=2)
    await shop.analyze(found(1))
    issue = await shop.issue(1)
    assert (IssueStatus.REOPENED, None) == (issue.status, issue.triage)


async def test_an_analyzer_that_failed_fixes_nothing(shop: Shop) -> None:
    """What it did not look for is not gone, and what it found before it failed is no issue."""
    await shop.analyze(found(1), found(2))
    before = await shop.issues()
    name = await shop.queued(("fake", "other"))
    broken = FakeAnalyzer("fake", [[found(3)]], ToolTimedOutError("fake", 1))
    analysis = await shop.run(name, broken, FakeAnalyzer("other"))
    assert IssueCounts(open=2, persisting=2) == counts(analysis)
    assert before == await shop.issues()
    again = await shop.analyze(found(1))
    assert IssueCounts(open=1, fixed=1, persisting=1) == counts(again)


async def test_an_analyzer_that_was_not_asked_fixes_nothing(shop: Shop) -> None:
    """An analysis with fewer analyzers says nothing about the others' issues."""
    await shop.analyze(found(1))
    other = FakeAnalyzer("other", [[found(1, analyzer="other")]])
    analysis = await shop.run(await shop.queued(("other",)), other)
    assert (2, 1) == (counts(analysis).open, counts(analysis).persisting)


async def test_an_analysis_that_failed_changes_nothing(shop: Shop) -> None:
    """It has no number, and what is known stays as it was."""
    await shop.analyze(found(1))
    before = await shop.issues()
    failed = await shop.analyze(found(2), error=ToolTimedOutError("fake", 1))
    assert (AnalysisState.FAILED, None) == (failed.state, failed.results)
    assert before == await shop.issues()
    assert 2 == known(await shop.analyze(found(1))).sequence


# --- what is stored of findings ---------------------------------------------------------------------


async def test_findings_get_the_hash_of_their_line_and_a_category(
    shop: Shop, storage: FakeStorage
) -> None:
    """Unless the analyzer says what they are about."""
    analysis = await shop.analyze(
        found(2), found(0, category=Category.SECURITY), found(9, path="gone.py")
    )
    (batch,) = storage.state.batches[analysis.name]
    stored = shop.codec.decode(batch.payload)
    assert [line_hash("x = 1"), 0, 0] == [finding.line_hash for finding in stored]
    maintainability = Category.MAINTAINABILITY
    assert [maintainability, Category.SECURITY, maintainability] == [f.category for f in stored]


async def test_findings_are_stored_from_the_first_that_differs(
    shop: Shop, storage: FakeStorage
) -> None:
    """With all before it, batch by batch, as if nothing had been compared."""
    await shop.analyze(found(1), found(2))
    fake = FakeAnalyzer("fake", [[found(1)], [found(2), found(3)], [found(3, "S")]])
    analysis = await shop.run(await shop.queued(), fake)
    assert [1, 2, 1] == [batch.count for batch in storage.state.batches[analysis.name]]
    reported = [w for w in await shop.happened(analysis) if isinstance(w, FindingsReported)]
    assert [1, 3, 4] == [what.total_finding_count for what in reported]


async def test_fewer_findings_than_before_are_stored_too(shop: Shop, storage: FakeStorage) -> None:
    """All that come are known, but not all that are known come."""
    await shop.analyze(found(1), found(2))
    analysis = await shop.analyze(found(1))
    assert [1] == [batch.count for batch in storage.state.batches[analysis.name]]
    nothing = await shop.analyze()
    assert nothing.name not in storage.state.batches
    assert IssueCounts(fixed=1) == counts(nothing)


async def test_what_an_analyzer_found_before_it_broke_off_is_stored(
    shop: Shop, storage: FakeStorage
) -> None:
    """Even if it had said the same before."""
    await shop.analyze(found(1), found(2))
    failed = await shop.analyze(found(1), error=ToolTimedOutError("fake", 1))
    assert [1] == [batch.count for batch in storage.state.batches[failed.name]]
    assert 1 == failed.severity_counts.total


# --- branches -----------------------------------------------------------------------------------------


async def test_a_branch_goes_on_from_the_main_line(shop: Shop) -> None:
    """Its issues have the same names, and what was decided holds; only its own code is new."""
    await shop.analyze(found(1), found(2), found(3))
    triage = await shop.decide(await shop.issue(2), IssueStatus.ACCEPTED)
    main = await shop.issues()
    shop.code["a.py"] = "new()\n" + shop.code["a.py"]
    analysis = await shop.analyze(found(1, "S"), found(2), found(3), branch="dev")

    assert 1 == known(analysis).sequence
    assert IssueCounts(open=2, new=1, new_code=1, persisting=2, accepted=1) == counts(analysis)
    issue = await shop.issue(3, branch="dev")
    assert (main["R", "a.py", 2].name, triage) == (issue.name, issue.triage)
    assert (IssueStatus.ACCEPTED, "dev") == (issue.status, issue.branch)
    assert IssueOrigin.CODE_CHANGE is (await shop.issue(1, "S", "dev")).origin
    assert IssueOrigin.FIRST_ANALYSIS is issue.origin
    assert main == await shop.issues()


async def test_what_comes_from_another_branch_is_known(shop: Shop) -> None:
    """After a merge the issue has the name that it had there, and is not called new."""
    await shop.analyze(found(1))
    await shop.analyze(found(1), branch="dev")
    shop.code["a.py"] += "new()\n"
    there = await shop.analyze(found(1), found(4), branch="dev")
    assert IssueCounts(open=2, new=1, new_code=1, persisting=1) == counts(there)
    merged = await shop.analyze(found(1), found(4))
    assert IssueCounts(open=2, persisting=2) == counts(merged)
    assert (await shop.issue(4, branch="dev")).name == (await shop.issue(4)).name


async def test_what_is_fixed_elsewhere_is_open_where_it_is_seen(shop: Shop) -> None:
    """A branch that does not have the repair yet has not broken anything again."""
    await shop.analyze(found(1))
    name = (await shop.issue(1)).name
    await shop.analyze()
    analysis = await shop.analyze(found(1), branch="old")
    issue = await shop.issue(1, branch="old")
    assert (name, IssueStatus.OPEN, None) == (issue.name, issue.status, issue.fixed_analysis)
    assert IssueCounts(open=1, persisting=1) == counts(analysis)


async def test_without_a_main_line_a_branch_goes_on_from_another(shop: Shop) -> None:
    """A project may begin on a branch."""
    await shop.analyze(found(1), branch="dev")
    analysis = await shop.analyze(found(1), found(2, "S"))
    assert IssueCounts(open=2, new=1, new_code=1, persisting=1) == counts(analysis)
    assert (await shop.issue(1)).name == (await shop.issue(1, branch="dev")).name


# --- why issues appear --------------------------------------------------------------------------------


async def test_an_upgrade_of_the_analyzer_is_no_new_code(shop: Shop) -> None:
    """What it finds on lines that stood there before; on new lines it is new code all the same."""
    await shop.analyze(found(1))
    shop.code["a.py"] = "new()\n" + shop.code["a.py"]
    analysis = await shop.analyze(
        found(2), found(3, "S"), found(1, "S"), found(1, "S", "b.py"), version="2.0"
    )
    assert IssueCounts(open=4, new=3, new_code=1, persisting=1, moved=1) == counts(analysis)
    origins = {key: issue.origin for key, issue in (await shop.issues()).items()}
    assert IssueOrigin.ANALYZER_CHANGE is origins["S", "a.py", 3]
    assert IssueOrigin.ANALYZER_CHANGE is origins["S", "b.py", 1]
    assert IssueOrigin.CODE_CHANGE is origins["S", "a.py", 1]


async def test_a_new_analyzer_is_no_new_code(shop: Shop) -> None:
    """Neither is what it says of whole files that did not change, be it under new names."""
    await shop.analyze(found(1))
    shop.code["c.py"] = shop.code.pop("b.py")
    shop.code["a.py"] += "new()\n"
    says = [found(n, analyzer="other") for n in (1, 4, 0)]
    says.append(found(0, path="c.py", analyzer="other"))
    tools = FakeAnalyzer("fake", [[found(1)]]), FakeAnalyzer("other", [says])
    await shop.run(await shop.queued(("fake", "other")), *tools)
    other = [issue for issue in (await shop.issues()).values() if issue.finding.analyzer == "other"]
    origins = {(issue.finding.path, issue.finding.line): issue.origin.name for issue in other}
    assert origins == {
        ("a.py", 1): "ANALYZER_CHANGE",
        ("a.py", 4): "CODE_CHANGE",
        ("a.py", 0): "CODE_CHANGE",
        ("c.py", 0): "ANALYZER_CHANGE",
    }


async def test_a_failure_in_between_does_not_make_an_analyzer_new(shop: Shop) -> None:
    """It is compared with the last time that it succeeded."""
    await shop.analyze(found(1))
    broken = FakeAnalyzer("fake", error=ToolTimedOutError("fake", 1))
    await shop.run(await shop.queued(("fake", "other")), broken, FakeAnalyzer("other"))
    await shop.analyze(found(1), found(2))
    assert IssueOrigin.CODE_CHANGE is (await shop.issue(2)).origin


# --- at the same time ---------------------------------------------------------------------------------


async def test_an_analysis_that_was_overtaken_is_compared_with_what_overtook_it(
    shop: Shop, storage: FakeStorage
) -> None:
    """Each has its number in the order of the ends, and what is known is what the last one saw."""
    await shop.analyze(found(1), found(2))
    gate = asyncio.Event()
    slow = FakeAnalyzer("fake", [[found(1), found(2)]], gate=gate)
    name = await shop.queued()
    running = asyncio.create_task(shop.run(name, slow))
    async with asyncio.timeout(PATIENCE_SECONDS):
        with storage.signal.subscribe(str(name)) as subscription:
            while slow.name not in await _running(shop):
                await subscription.wait(PATIENCE_SECONDS)
    quick = await shop.analyze(found(1))
    gate.set()
    late = await running
    assert [2, 3] == [known(quick).sequence, known(late).sequence]
    assert quick.name == known(late).previous
    assert IssueCounts(open=2, reopened=1, persisting=1) == counts(late)


async def _running(shop: Shop) -> set[str]:
    async with shop.uow(read_only=True) as work:
        unfinished = await work.analyses.unfinished()
    return {analyzer for analysis in unfinished for analyzer in analysis.running_analyzers}
