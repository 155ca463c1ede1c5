"""What storages promise about quality gates and about the issues that an earlier analysis saw."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.gates.quality_gate import (
    GateCondition,
    GateOperator,
    GateScope,
    NewCode,
    QualityGate,
    SinceAnalysis,
    SinceBranch,
    SinceDays,
    SincePrevious,
)
from flext_quality.domain.issues.issue import IssueOrigin, IssueStatus, IssueTally
from tests.contract.issue_story import Story, finding
from tests.contract.samples import NOON, SHOP, analysis_name, project, store


@pytest.mark.parametrize(
    "new_code",
    [SincePrevious(), SinceAnalysis(analysis_name(1)), SinceDays(30), SinceBranch("dev")],
    ids=lambda new_code: type(new_code).__name__,
)
async def test_a_gate_comes_back_as_it_was(uow: UnitOfWorkFactory, new_code: NewCode) -> None:
    """With its version; going back to the default one is kept too."""
    wanted = QualityGate(
        (
            GateCondition("score", GateOperator.AT_LEAST, 70.1),
            GateCondition("issues", GateOperator.AT_MOST, 0, GateScope.NEW_CODE),
        ),
        new_code,
        ("mypy", "ruff"),
        min_new_lines=7,
    )
    shop = project()
    await store(uow, shop)
    for gate in (wanted, None):
        async with uow() as work:
            shop = (await work.projects.get(SHOP, for_update=True)).unwrap()
            shop.update_gate(gate, "", NOON)
            await work.projects.save(shop)
            await work.commit()
        async with uow(read_only=True) as work:
            assert (await work.projects.get(SHOP)).unwrap() == shop
    assert (shop.gate, shop.gate_version) == (None, 2)


def tally(path: str, count: int, effort: int = 5) -> IssueTally:
    return IssueTally(path, Category.STYLE, Severity.LOW, count, count * effort)


async def test_the_issues_that_an_earlier_analysis_saw_are_counted(uow: UnitOfWorkFactory) -> None:
    """In the files where it saw them, those fixed since too, but not those that a decision takes out."""
    story = await Story.begin(uow)
    await story.analyzed([story.issue(n) for n in (1, 2, 3, 4)])
    await story.decided(3)
    await story.decided(4, status=IssueStatus.FALSE_POSITIVE)
    await story.analyzed(
        [replace(story.issue(5), origin=IssueOrigin.CODE_CHANGE)],
        moved=[(1, finding("src/other.py"))],
        gone=[2, 4],
    )
    async with story.reading() as work:
        first = await work.issues.tallies(SHOP, "", as_of=1)
        # What ending it takes is that of today.
        assert sum(one.count for one in first) == 2
        assert {one.path for one in first} == {"src/app.py"}
        now = await work.issues.tallies(SHOP, "")
        assert {one.path: one.count for one in now} == {"src/app.py": 1, "src/other.py": 1}
        assert sorted(now, key=str) == sorted(await work.issues.tallies(SHOP, "", as_of=2), key=str)
        new = await work.issues.tallies(SHOP, "", absent_on=("", 1), as_of=2)
        assert new == [tally("src/app.py", 1)]
        assert await work.issues.tallies(SHOP, "", absent_on=("", 2), as_of=1) == []


async def test_a_decision_that_was_taken_back_takes_nothing_out(uow: UnitOfWorkFactory) -> None:
    """Only the last one counts, though the issue was fixed meanwhile."""
    story = await Story.begin(uow)
    await story.analyzed([story.issue(1)])
    await story.decided(1)
    await story.decided(1, status=IssueStatus.OPEN, time=story.now + timedelta(minutes=40))
    await story.analyzed(gone=[1])
    async with story.reading() as work:
        assert await work.issues.tallies(SHOP, "", as_of=1) == [tally("src/app.py", 1)]
