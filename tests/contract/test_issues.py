"""What every `IssueRepository` promises."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from flext_quality.application.ports.issues import IssueFilter, IssueOrder
from flext_quality.application.ports.storage import UnitOfWork, UnitOfWorkFactory
from flext_quality.domain.analyses.comparison import ComparedIssue, IssueDifference, SeenAs
from flext_quality.domain.errors import IssueNotFoundError
from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.issues.issue import (
    Issue,
    IssueOrigin,
    IssueStatus,
    IssueTally,
    MatchMethod,
    Triage,
)
from flext_quality.domain.issues.lifecycle import seen_again, seen_on
from flext_quality.domain.issues.update import IssueValues
from flext_quality.rpc.issues.mapping import ProtobufIssueCodec
from tests.contract.issue_story import Story, changed, finding, issue_id, issue_name
from tests.contract.samples import NOON, SHOP

ALL = IssueFilter("")
ANY = IssueFilter()
CODEC = ProtobufIssueCodec()
PATHS = ("src/app.py", "src/app/x.py", "src/apple.py", "src.py", "a%b/_.py", "a_b/%.py", "ö/ß.py")


@pytest.fixture
async def story(uow: UnitOfWorkFactory) -> Story:
    """The shop before its first analysis."""
    return await Story.begin(uow)


@pytest.fixture
async def crowd(story: Story) -> Story:
    """Eighty issues of all kinds over three analyses: some moved, some went, some came back."""
    chance = random.Random(7)

    def some(number: int) -> Issue:
        return story.issue(
            number,
            rule=chance.choice(("F401", "E501", "100%")),
            analyzer=chance.choice(("ruff", "mypy")),
            severity=chance.choice(list(Severity)),
            category=chance.choice(list(Category)[1:]),
            path=chance.choice(PATHS),
            line=chance.randrange(4),
            created_at=NOON + timedelta(seconds=chance.randrange(5)),
            message=chance.choice(("STRASSE", "Straße 50%", "a\0b_c", "per\\cent")),
        )

    first = [some(n) for n in range(60)]
    await story.analyzed(first)
    moved = [
        (n, finding(chance.choice(PATHS), n % 3, "Moved %", of=first[n])) for n in range(0, 60, 4)
    ]
    gone = [n for n in range(60) if n % 4 == 1]
    await story.analyzed([some(n) for n in range(60, 80)], moved=moved, gone=gone)
    back = [
        story.issue(n, status=IssueStatus.REOPENED, path=PATHS[n % 7], rule="E501")
        for n in gone[::2]
    ]
    await story.analyzed(back, match_method=MatchMethod.REOPENED, gone=[60, 61])
    await story.decided(2, 3, 6)
    await story.decided(7, status=IssueStatus.FALSE_POSITIVE)
    return story


FILTERS = {
    "all": ALL,
    "as of the first": IssueFilter(as_of=1),
    "as of the second": IssueFilter(as_of=2),
    "before any": IssueFilter(as_of=0),
    "open": IssueFilter(statuses=frozenset({IssueStatus.OPEN, IssueStatus.REOPENED})),
    "accepted as of the first": IssueFilter(statuses=frozenset({IssueStatus.ACCEPTED}), as_of=1),
    "severe": IssueFilter(severities=frozenset({Severity.CRITICAL, Severity.HIGH})),
    "one category": IssueFilter(categories=frozenset({Category.SECURITY})),
    "one analyzer and rule": IssueFilter(
        analyzers=frozenset({"mypy"}), rules=frozenset({"E501", "100%"})
    ),
    "a folder": IssueFilter(path_prefix="src/app"),
    "a folder, as of the first": IssueFilter(path_prefix="src/", as_of=1),
    "a file": IssueFilter(path_prefix="src/app.py"),
    "a folder like a pattern": IssueFilter(path_prefix="a_b"),
    "new": IssueFilter(new_since=NOON + timedelta(seconds=2)),
    "text in any case": IssueFilter(text="strasse"),
    "text like a pattern": IssueFilter(text="0%"),
    "text with an underscore": IssueFilter(text="B_C"),
    "text with a backslash": IssueFilter(text="r\\C"),
    "text with a zero": IssueFilter(text="a\0B"),
    "text in a path": IssueFilter(text="Ö/SS"),
    "text of then": IssueFilter(text="moved", as_of=1),
    "text as of the second": IssueFilter(text="moved", as_of=2),
    "nothing": IssueFilter(text="no such thing"),
    "another branch": IssueFilter("dev"),
}


def expected(story_issues: dict[str, Issue], wanted: IssueFilter) -> set[str]:
    """What the filter lets pass of issues as they are in the scope that it names."""
    prefix = wanted.path_prefix.rstrip("/")
    text = wanted.text.casefold()
    return {
        one_id
        for one_id, issue in story_issues.items()
        if (not wanted.statuses or issue.status in wanted.statuses)
        and (not wanted.severities or issue.finding.severity in wanted.severities)
        and (not wanted.categories or issue.finding.category in wanted.categories)
        and (not wanted.analyzers or issue.finding.analyzer in wanted.analyzers)
        and (not wanted.rules or issue.finding.rule in wanted.rules)
        and (not prefix or f"{issue.finding.path}/".startswith(f"{prefix}/"))
        and (wanted.new_since is None or issue.created_at >= wanted.new_since)
        and any(
            text in place.casefold()
            for place in (issue.finding.rule, issue.finding.path, issue.finding.message)
        )
    }


@pytest.mark.parametrize("name", FILTERS)
async def test_a_filter_lets_exactly_its_issues_pass(crowd: Story, name: str) -> None:
    """Count, export, ids and every order of pages agree, and nothing is doubled or left out."""
    wanted = replace(FILTERS[name], branch=FILTERS[name].branch or "")
    scope = IssueFilter(wanted.branch, as_of=wanted.as_of)
    async with crowd.reading() as work:
        in_scope = {i.name.issue_id: i for i in await exported(work, scope)}
        await let_pass(work, wanted, in_scope)


async def let_pass(work: UnitOfWork, wanted: IssueFilter, in_scope: dict[str, Issue]) -> None:
    """Asserts that exactly those of the issues pass that the filter lets pass."""
    found = await exported(work, wanted)
    ids = [issue.name.issue_id for issue in found]
    assert sorted(expected(in_scope, wanted)) == ids
    assert [in_scope[one] for one in ids] == found
    assert len(ids) == await work.issues.count(SHOP, wanted)
    assert ids[:9] == await work.issues.ids(SHOP, wanted, limit=9)
    assert ids[9:] == await work.issues.ids(SHOP, wanted, limit=99, after=issue_id_at(ids, 8))
    for order in IssueOrder:
        for limit in (1, 7, 1000):
            assert in_order(found, order) == await paged(work, wanted, order, limit)


async def on_several_branches(crowd: Story) -> None:
    """Issues of the crowd are seen on two branches too: elsewhere, no longer, or there alone."""
    for branch, numbers in (("dev", range(0, 100, 3)), ("fix", range(10, 120, 2))):
        seen = [
            crowd.issue(n, path=PATHS[n % 7], line=n, severity=list(Severity)[n % 5], branch=branch)
            for n in numbers
        ]
        await crowd.analyzed(seen, branch=branch)
        await crowd.analyzed(gone=[n for n in numbers if n % 4 == 2], branch=branch)
    await crowd.decided(12, 90)


def standing_for(rows: Iterable[Issue]) -> Issue:
    """The one of an issue's branches that tells of it on any branch."""
    seen = [issue for issue in rows if issue.status is not IssueStatus.FIXED]
    main = [issue for issue in seen if not issue.branch]
    among = sorted(main or seen or rows, key=lambda issue: issue.branch)
    return max(among, key=lambda issue: issue.status_at)


@pytest.mark.parametrize("name", [name for name in FILTERS if FILTERS[name].as_of is None])
async def test_on_any_branch_each_issue_comes_once(crowd: Story, name: str) -> None:
    """As where it is seen, the main line first, or where it was FIXED last; the filter holds for that."""
    await on_several_branches(crowd)
    wanted, rows = replace(FILTERS[name], branch=None), defaultdict[str, list[Issue]](list)
    async with crowd.reading() as work:
        for branch in ("", "dev", "fix"):
            for issue in await exported(work, IssueFilter(branch)):
                rows[issue.name.issue_id].append(issue)
        assert {1, 2, 3} == {len(some) for some in rows.values()}
        in_scope = {one: standing_for(some) for one, some in rows.items()}
        assert {"", "dev", "fix"} == {issue.branch for issue in in_scope.values()}
        await let_pass(work, wanted, in_scope)
        assert in_scope == await work.issues.get_many(SHOP, list(rows))


def issue_id_at(ids: list[str], index: int) -> str:
    return ids[index] if len(ids) > index else "z"


async def exported(work: object, wanted: IssueFilter) -> list[Issue]:
    found: list[Issue] = []
    async for batch in work.issues.export(SHOP, wanted):  # type: ignore[attr-defined]
        issues = CODEC.decode(batch.payload)
        assert batch.count == len(issues) > 0
        found += issues
    return found


async def paged(work: object, wanted: IssueFilter, order: IssueOrder, limit: int) -> list[Issue]:
    found: list[Issue] = []
    cursor = ""
    while True:
        page = await work.issues.page(  # type: ignore[attr-defined]
            SHOP, wanted, order=order, limit=limit, after=cursor
        )
        assert len(page.items) <= limit
        if not page.items:
            return found
        # Whoever sends one less goes on right there.
        sent = max(1, len(page.items) - 1)
        found += page.items[:sent]
        if sent == len(page.items) and not page.more:
            return found
        cursor = page.cursor_after(sent - 1)


def in_order(issues: list[Issue], order: IssueOrder) -> list[Issue]:
    by_name = sorted(issues, key=lambda issue: issue.name)
    match order:
        case IssueOrder.CREATE_TIME:
            return sorted(by_name, key=lambda issue: issue.created_at)
        case IssueOrder.CREATE_TIME_DESC:
            return sorted(by_name, key=lambda issue: -issue.created_at.timestamp())
        case IssueOrder.SEVERITY:
            return sorted(by_name, key=lambda issue: issue.finding.severity)
        case IssueOrder.PATH:
            return sorted(by_name, key=lambda issue: (issue.finding.path, issue.finding.line))
        case IssueOrder.STATUS_TIME_DESC:
            return sorted(by_name, key=lambda issue: -issue.status_at.timestamp())


async def test_as_of_an_analysis_issues_are_where_it_saw_them(story: Story) -> None:
    """In place and words of then, with the status of today."""
    await story.analyzed([story.issue(n) for n in (1, 2, 3)])
    await story.analyzed(moved=[(1, finding("src/new.py", 9))], gone=[2])
    await story.analyzed([story.issue(2, status=IssueStatus.REOPENED, line=20)], gone=[3])
    await story.decided(1)
    async with story.reading() as work:
        first, second, third = [
            {i.name: i for i in await exported(work, IssueFilter(as_of=n))} for n in (1, 2, 3)
        ]
        assert {issue_name(n): ("src/app.py", n) for n in (1, 2, 3)} == {
            name: (issue.finding.path, issue.finding.line) for name, issue in first.items()
        }
        assert [issue_name(1), issue_name(3)] == list(second)
        assert [issue_name(1), issue_name(2)] == list(third)
        assert "message 1" == first[issue_name(1)].finding.message
        assert ("src/new.py", 9, "moved") == (
            second[issue_name(1)].finding.path,
            second[issue_name(1)].finding.line,
            second[issue_name(1)].finding.message,
        )
        assert IssueStatus.ACCEPTED is first[issue_name(1)].status
        assert IssueStatus.REOPENED is first[issue_name(2)].status
        assert IssueStatus.FIXED is first[issue_name(3)].status
        today = await work.issues.get_many(SHOP, [issue_id(1)])
        assert today[issue_id(1)].etag == first[issue_name(1)].etag
        places = await work.issues.places(SHOP, "", 2)
    assert {issue_id(1): ("src/new.py", 9), issue_id(3): ("src/app.py", 3)} == places


async def test_an_issue_is_told_as_it_was_last_seen(story: Story) -> None:
    """Where it is still seen, the main line first; one that is FIXED everywhere, where it was so last."""
    await story.analyzed([story.issue(1), story.issue(2)], branch="dev")
    await story.analyzed([story.issue(1), story.issue(2)], branch="fix")
    await story.analyzed([story.issue(1)])
    await story.analyzed(gone=[2], branch="dev")
    ids = [issue_id(n) for n in (1, 2, 3)]
    async with story.reading() as work:
        found = await work.issues.get_many(SHOP, ids)
        assert {issue_id(1): "", issue_id(2): "fix"} == {i: f.branch for i, f in found.items()}
        there = await work.issues.get_many(SHOP, ids, branch="fix")
        assert {"fix"} == {issue.branch for issue in there.values()}
        assert {} == await work.issues.get_many(SHOP, ids, branch="none")
        assert {} == await work.issues.get_many(ProjectName("other"), ids)
        assert {issue_id(1), issue_id(2)} == await work.issues.seen(SHOP, ids)


@pytest.mark.parametrize("branches", [("a", "B"), ("B", "a")])
async def test_of_branches_that_changed_at_one_time_the_first_by_name_tells(
    story: Story, branches: tuple[str, str]
) -> None:
    """People and analyses see the same, whichever was stored last; a decision changes all at one time."""
    lines = {"a": 10, "B": 20}
    for branch in branches:
        await story.analyzed([changed(story.issue(1), line=lines[branch])], branch=branch)
    await story.decided(1)
    ids = [issue_id(1)]
    async with story.reading() as work:
        (told,) = (await work.issues.get_many(SHOP, ids)).values()
        (loaded,) = (await work.tracking.load(SHOP, "new", ids)).values()
        (known,) = await work.tracking.known_elsewhere(SHOP, "new", ["ruff"])
    assert ("B", 20) == (told.branch, told.finding.line)
    assert told == loaded
    assert known.fingerprint.line == 20


async def test_a_decision_holds_on_every_branch(story: Story) -> None:
    """Where the issue is FIXED it stays so and keeps the decision; who changed is told."""
    for branch in ("", "dev", "old"):
        await story.analyzed([story.issue(n) for n in (1, 2)], branch=branch)
    await story.analyzed(gone=[1], branch="dev")
    triage = Triage(IssueStatus.FALSE_POSITIVE, "ann", "not so", story.now + timedelta(hours=1))
    async with story.uow() as work:
        assert {"", "old"} == await work.issues.decide(SHOP, [issue_id(1)], triage)
        await work.commit()
    async with story.reading() as work:
        for branch, status in (("", triage.status), ("dev", IssueStatus.FIXED)):
            issue = (await work.issues.get_many(SHOP, [issue_id(1)], branch=branch))[issue_id(1)]
            assert (status, triage, 2) == (issue.status, issue.triage, issue.version)
            is_fixed = status is IssueStatus.FIXED
            assert (story.now if is_fixed else triage.time) == issue.status_at
        other = (await work.issues.get_many(SHOP, [issue_id(2)]))[issue_id(2)]
        assert (IssueStatus.OPEN, None, 1) == (other.status, other.triage, other.version)
        accepted = IssueFilter(statuses=frozenset({IssueStatus.FALSE_POSITIVE}))
        assert 1 == await work.issues.count(SHOP, accepted)
    await story.decided(1, 2, status=IssueStatus.OPEN)
    async with story.reading() as work:
        back = (await work.issues.get_many(SHOP, [issue_id(1)]))[issue_id(1)]
    assert (IssueStatus.OPEN, None, 3) == (back.status, back.triage, back.version)


async def test_what_people_set_holds_on_every_branch_and_lasts(story: Story) -> None:
    """Though the issue moves, is fixed, comes back, or appears on another branch; filters find it there."""
    for branch in ("", "dev"):
        await story.analyzed([story.issue(n) for n in (1, 2, 3)], branch=branch)
    values = IssueValues("Ann Lee", ("now", "später"))
    async with story.uow() as work:
        await work.issues.update(issue_name(1), values)
        await work.commit()
    await story.analyzed(moved=[(1, finding("src/new.py", 9))])
    await story.analyzed(gone=[1], branch="dev")
    await story.analyzed(gone=[1])
    async with story.uow() as work:
        known = (await work.tracking.load(SHOP, "", [issue_id(1)]))[issue_id(1)]
    again = seen_again(known, known.finding, 5, known.origin, story.now)
    await story.analyzed([again])
    await story.analyzed(
        [seen_on("new", again, known.finding, 5, known.origin, story.now)], branch="new"
    )
    async with story.reading() as work:
        for branch in ("", "dev", "new"):
            issue = (await work.issues.get_many(SHOP, [issue_id(1)], branch=branch))[issue_id(1)]
            assert values == IssueValues.of(issue)
            assert issue.version > 1
            assert [issue] == await exported(work, IssueFilter(branch, assignee="Ann Lee"))
        others = await exported(work, IssueFilter(assignee=""))
        assert [issue_name(2), issue_name(3)] == [issue.name for issue in others]
        assert 2 == await work.issues.count(SHOP, IssueFilter("dev", assignee=""))
        assert 0 == await work.issues.count(SHOP, IssueFilter(assignee="ann lee"))
        assert 1 == await work.issues.count(SHOP, IssueFilter(assignee="Ann Lee", as_of=1))
        for tags, count in (
            (("now",), 1),
            (("x", "später", "now"), 1),
            (("No", ""), 0),
        ):
            wanted = IssueFilter(tags=frozenset(tags))
            assert (
                count == await work.issues.count(SHOP, wanted) == len(await exported(work, wanted))
            )
    async with story.uow() as work:
        await work.issues.update(issue_name(1), IssueValues(tags=("later",)))
        await work.commit()
    async with story.reading() as work:
        assert 0 == await work.issues.count(SHOP, IssueFilter(assignee="Ann Lee"))
        assert 3 == await work.issues.count(SHOP, IssueFilter(assignee=""))
        assert 0 == await work.issues.count(SHOP, IssueFilter(tags=frozenset({"now"})))
        assert 1 == await work.issues.count(SHOP, IssueFilter(tags=frozenset({"later"})))


async def test_very_many_issues_are_decided_about_at_once(story: Story) -> None:
    """More than a statement has room for; ids that there are not change nothing."""
    await story.analyzed([story.issue(n) for n in range(1_203)])
    await story.decided(*range(1_205))
    accepted = IssueFilter(statuses=frozenset({IssueStatus.ACCEPTED}))
    async with story.reading() as work:
        assert 1_203 == await work.issues.count(SHOP, accepted)
        ids = [issue_id(n) for n in range(1_205)]
        assert 1_203 == len(await work.issues.get_many(SHOP, ids))
        assert 1_203 == len(await work.issues.seen(SHOP, ids))
        assert 1_203 == len(await exported(work, accepted))
        with pytest.raises(IssueNotFoundError):
            (await work.issues.history(issue_name(1_204))).unwrap()


async def test_decisions_whose_time_is_over_are_found(story: Story) -> None:
    """From the very moment on, project by project, and no longer once they are taken back."""
    await story.analyzed([story.issue(n) for n in range(5)])
    end = story.now + timedelta(hours=2)
    await story.decided(0, 1, 2, expires_at=end)
    await story.decided(3, expires_at=end + timedelta(seconds=1))
    await story.decided(4)
    await story.analyzed(gone=[2])
    async with story.reading() as work:
        assert [] == await work.issues.projects_with_expired(end - timedelta(microseconds=1))
        assert [SHOP] == await work.issues.projects_with_expired(end)
        assert [issue_name(0), issue_name(1)] == await work.issues.expired(SHOP, end, limit=2)
        expired = await work.issues.expired(SHOP, end, limit=9)
        assert [issue_name(n) for n in range(3)] == expired
        assert [] == await work.issues.expired(ProjectName("other"), end, limit=9)
    await story.decided(0, 1, 2, status=IssueStatus.OPEN, author="", reason="", time=end)
    async with story.reading() as work:
        assert [] == await work.issues.projects_with_expired(end)


async def test_tallies_count_what_counts(story: Story) -> None:
    """By file, category and severity; of new code, what a change of code brought."""
    code = IssueOrigin.CODE_CHANGE
    await story.analyzed([story.issue(n) for n in range(4)])
    await story.analyzed(
        [
            story.issue(4, origin=code, effort_minutes=30),
            story.issue(5, origin=IssueOrigin.ANALYZER_CHANGE),
            story.issue(6, origin=code, severity=Severity.HIGH),
        ],
        gone=[3],
        moved=[(0, finding("b.py"))],
    )
    await story.analyzed([story.issue(n, origin=code) for n in (4, 6)], branch="dev")
    await story.analyzed([story.issue(7, origin=code)], branch="dev")
    await story.decided(1)
    style, low = Category.STYLE, Severity.LOW
    async with story.reading() as work:
        tallies = work.issues.tallies
        assert [
            IssueTally("b.py", style, low, 1, 7),
            IssueTally("src/app.py", style, Severity.HIGH, 1, 5),
            IssueTally("src/app.py", style, low, 3, 40),
        ] == await tallies(SHOP, "")
        new = [
            IssueTally("src/app.py", style, Severity.HIGH, 1, 5),
            IssueTally("src/app.py", style, low, 1, 30),
        ]
        assert new == await tallies(SHOP, "", appeared_after=1)
        assert [] == await tallies(SHOP, "", appeared_after=2)
        assert [IssueTally("src/app.py", style, low, 1, 5)] == await tallies(
            SHOP, "dev", absent_on=("", 2)
        )
        assert new == await tallies(SHOP, "", absent_on=("", 1))
        # Issue 1 was accepted since; 3 is FIXED by now, but was not then.
        assert [IssueTally("src/app.py", style, low, 3, 17)] == await tallies(SHOP, "", as_of=1)
        assert [] == await tallies(SHOP, "none")


async def test_two_analyses_are_compared_exactly(story: Story) -> None:
    """On one branch and across branches; the issues come by difference and then by name."""
    await story.analyzed([story.issue(n) for n in range(1, 7)])
    await story.analyzed(
        [story.issue(8), story.issue(7)],
        moved=[(1, finding("b.py", 3)), (2, finding(line=2, message="other words"))],
        gone=[3, 4],
    )
    await story.analyzed([story.issue(n) for n in (1, 3, 8, 9)], branch="dev")
    new, fixed, same, moved = IssueDifference
    one, two, dev = SeenAs("", 1), SeenAs("", 2), SeenAs("dev", 1)
    async with story.reading() as work:
        issues = work.issues
        counts = {new: 2, fixed: 2, same: 3, moved: 1}
        assert counts == await issues.differences(SHOP, one, two)
        backwards = {new: 2, fixed: 2, same: 3, moved: 1}
        assert backwards == await issues.differences(SHOP, two, one)
        assert {new: 0, fixed: 0, same: 6, moved: 0} == await issues.differences(SHOP, one, one)
        across = {new: 2, fixed: 4, same: 1, moved: 1}
        assert across == await issues.differences(SHOP, two, dev)
        every = await issues.compared(SHOP, one, two, set(IssueDifference), limit=99)
        told = [(c.difference, int(c.issue.name.issue_id[4:])) for c in every]
        assert [
            *((new, 7), (new, 8)),
            *((fixed, 3), (fixed, 4)),
            *((same, 2), (same, 5), (same, 6)),
            (moved, 1),
        ] == told
        assert ("src/app.py", 1) == (every[-1].base_path, every[-1].base_line)
        assert ("b.py", 3) == (every[-1].issue.finding.path, every[-1].issue.finding.line)
        assert IssueStatus.FIXED is every[2].issue.status
        assert every[4].issue.finding.message == "other words"
        for limit in (1, 3):
            found: list[ComparedIssue] = []
            last = None
            while page := await issues.compared(
                SHOP, one, two, [moved, new, fixed], limit=limit, after=last
            ):
                found += page
                last = (page[-1].difference, page[-1].issue.name.issue_id)
            assert [c for c in every if c.difference is not same] == found


async def test_a_history_tells_all_that_happened(story: Story) -> None:
    """Where an issue was seen, how it was recognised, when it went, and what people decided."""
    one = await story.analyzed([story.issue(1)])
    moving = await story.analyzed(
        moved=[(1, finding("b.py", 3))], match_method=MatchMethod.MOVED_TO_FILE
    )
    accepted = await story.decided(1)
    gone = await story.analyzed(gone=[1])
    dev = await story.analyzed(
        [story.issue(1, status=IssueStatus.ACCEPTED)],
        branch="dev",
        match_method=MatchMethod.SAME_PLACE,
    )
    over = await story.decided(1, status=IssueStatus.OPEN, author="", reason="")
    back = await story.analyzed(
        [story.issue(1, status=IssueStatus.REOPENED, path="c.py")],
        match_method=MatchMethod.REOPENED,
    )
    async with story.reading() as work:
        changes = (await work.issues.history(issue_name(1))).unwrap()
        today = await work.issues.get_many(SHOP, [issue_id(1)])
    status = IssueStatus
    assert [
        (status.OPEN, one.name, MatchMethod.NEW, "src/app.py", 1, ""),
        (status.OPEN, moving.name, MatchMethod.MOVED_TO_FILE, "b.py", 3, ""),
        (status.ACCEPTED, None, None, "", 0, ""),
        (status.FIXED, gone.name, None, "", 0, ""),
        (status.ACCEPTED, dev.name, MatchMethod.SAME_PLACE, "src/app.py", 1, "dev"),
        (status.OPEN, None, None, "", 0, ""),
        (status.REOPENED, back.name, MatchMethod.REOPENED, "c.py", 1, ""),
    ] == [(c.status, c.analysis, c.match_method, c.path, c.line, c.branch) for c in changes]
    assert [None, None, accepted, None, None, over, None] == [c.triage for c in changes]
    assert [a.ended_at for a in (one, moving)] == [changes[0].time, changes[1].time]
    assert changes[-1].status is today[issue_id(1)].status


async def test_a_history_names_analyses_that_were_deleted(story: Story) -> None:
    """And tells when they ended: what happened does not become otherwise."""
    await story.analyzed([story.issue(1)])
    await story.analyzed(moved=[(1, finding("b.py", 3))])
    await story.analyzed(gone=[1])
    await story.analyzed()
    async with story.reading() as work:
        before = (await work.issues.history(issue_name(1))).unwrap()
    async with story.uow() as work:
        for analysis in story.analyses[:3]:
            await work.analyses.delete(analysis)
        await work.commit()
    async with story.reading() as work:
        assert before == (await work.issues.history(issue_name(1))).unwrap()
        assert [a.name for a in story.analyses[:3]] == [change.analysis for change in before]


async def test_a_removed_branch_takes_its_own_issues_with_it(story: Story) -> None:
    """Those of other branches keep what was decided, and what happened elsewhere; in parts of any size."""
    await story.analyzed([story.issue(n) for n in (1, 2)])
    await story.analyzed([story.issue(n) for n in (1, 2, 3, 4)], branch="dev")
    await story.analyzed([story.issue(n) for n in (2, 3)], branch="fix")
    await story.analyzed(gone=[1, 4], moved=[(2, finding("b.py", 3))], branch="dev")
    decision = await story.decided(1, 3, 4)
    async with story.reading() as work:
        others = await exported(work, ALL) + await exported(work, IssueFilter("fix"))
    parts = 0
    is_gone = False
    while not is_gone:
        async with story.uow() as work:
            is_gone = await work.tracking.remove(SHOP, "dev", limit=3)
            await work.commit()
        parts += 1
    assert parts == 2
    async with story.reading() as work:
        assert others == await exported(work, ALL) + await exported(work, IssueFilter("fix"))
        assert 0 == await work.issues.count(SHOP, IssueFilter("dev"))
        assert [issue_id(n) for n in (1, 2, 3)] == await work.issues.ids(SHOP, ANY, limit=9)
        assert isinstance((await work.issues.history(issue_name(4))).error, IssueNotFoundError)
        for number, branches, triage in ((1, [""], decision), (2, ["", "fix"], None)):
            changes = (await work.issues.history(issue_name(number))).unwrap()
            assert branches == [change.branch for change in changes if change.analysis]
            assert triage == changes[-1].triage
        found = await work.issues.expired(SHOP, story.now + timedelta(days=9), limit=9)
    assert [] == found


async def test_an_export_is_of_one_moment(story: Story) -> None:
    """What is changed while it is read does not show in it."""
    await story.analyzed([story.issue(n) for n in range(2_500)])
    async with story.uow(read_only=True, long=True) as work:
        batches = work.issues.export(SHOP, ALL)
        first = await anext(batches)
        await story.analyzed([story.issue(9_999)], gone=[2_400])
        await story.decided(*range(2_300))
        rest = [issue async for batch in batches for issue in CODEC.decode(batch.payload)]
    found = CODEC.decode(first.payload) + rest
    assert [issue_name(n) for n in range(2_500)] == [issue.name for issue in found]
    assert {IssueStatus.OPEN} == {issue.status for issue in found}


async def test_batches_of_an_export_are_of_bounded_size(story: Story) -> None:
    """However long the messages of a stretch of issues are, and whatever characters they hold."""
    many = [story.issue(n, message="x" * 10) for n in range(1_500)]
    large = [story.issue(n, message="\0\U0001f40d" * 20_000) for n in range(1_500, 1_530)]
    small = [story.issue(n) for n in range(1_530, 1_600)]
    await story.analyzed([*many, *large, *small])
    await story.analyzed(moved=[(1_510, finding(message="y" * 60_000))])
    for wanted in (ALL, IssueFilter(), IssueFilter("", as_of=1), IssueFilter("", as_of=2)):
        async with story.reading() as work:
            batches = [batch async for batch in work.issues.export(SHOP, wanted)]
        assert max(len(batch.payload) for batch in batches) <= 1024**2
        assert max(batch.count for batch in batches) <= 1_000
        found = [issue for batch in batches for issue in CODEC.decode(batch.payload)]
        assert [issue_name(n) for n in range(1_600)] == [issue.name for issue in found]
        is_moved = wanted.as_of != 1
        assert is_moved == found[1_510].finding.message.startswith("y")
        assert found[1_509].finding.message == "\0\U0001f40d" * 20_000


async def test_issues_go_with_their_project(story: Story, uow: UnitOfWorkFactory) -> None:
    """A project of the same name begins without any."""
    await story.analyzed([story.issue(1)])
    await story.decided(1)
    async with uow() as work:
        await work.projects.delete((await work.projects.get(SHOP)).unwrap())
        await work.commit()
    async with story.reading() as work:
        assert 0 == await work.issues.count(SHOP, ALL)
        assert {} == await work.issues.get_many(SHOP, [issue_id(1)])
