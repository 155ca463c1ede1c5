"""What every `TrackingRepository` promises."""

from __future__ import annotations

from flext_quality.application.ports.issues import BranchChanges, KnownIssue
from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.findings.finding import Category, Finding, Location, Severity
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.issues.fingerprint import Fingerprint, details_hash, text_hash
from flext_quality.domain.issues.issue import IssueStatus
from flext_quality.domain.issues.lifecycle import moved
from tests.contract.issue_story import Story, finding, issue_id
from tests.contract.samples import SHOP, project, store

RUFF = ["ruff"]
GREATEST = 2**64 - 1
ELSEWHERE = Finding(
    "ruff",
    "F401",
    Severity.HIGH,
    "other words",
    "lib/\u00e9.py",
    7,
    8,
    9,
    10,
    2,
    "https://d",
    category=Category.SECURITY,
    related=(Location("b.py", 1, 2, 3, 4, "there"),),
    line_hash=GREATEST,
)


async def _known(story: Story, branch: str = "") -> list[KnownIssue]:
    async with story.reading() as work:
        return await work.tracking.known(SHOP, branch, RUFF)


async def _elsewhere(story: Story, branch: str) -> list[tuple[str, IssueStatus, bool]]:
    async with story.reading() as work:
        found = await work.tracking.known_elsewhere(SHOP, branch, RUFF)
    return [(one.fingerprint.issue_id[-1], one.status, one.is_seen) for one in found]


async def test_what_a_branch_saw_is_known_there(uow: UnitOfWorkFactory) -> None:
    """By its fingerprint, in the order of the ids, of the analyzers that are asked for."""
    story = await Story.begin(uow)
    issues = [story.issue(3), story.issue(1), story.issue(2, analyzer="mypy")]
    await story.analyzed(issues)
    await story.analyzed([story.issue(4)], branch="dev")

    known = await _known(story)

    assert [issue_id(1), issue_id(3)] == [one.fingerprint.issue_id for one in known]
    words = text_hash("message 1")
    expected = (
        "ruff",
        "F401",
        "src/app.py",
        1,
        0,
        1,
        words,
        details_hash(issues[1].finding),
        issue_id(1),
    )
    assert KnownIssue(Fingerprint(*expected), IssueStatus.OPEN, is_seen=True) == known[0]


async def test_what_is_gone_is_known_as_fixed(uow: UnitOfWorkFactory) -> None:
    """And as seen again once it came back."""
    story = await Story.begin(uow)
    await story.analyzed([story.issue(1), story.issue(2)])
    await story.analyzed(gone=[1])
    assert [(IssueStatus.FIXED, False), (IssueStatus.OPEN, True)] == [
        (one.status, one.is_seen) for one in await _known(story)
    ]
    await story.analyzed([story.issue(1, status=IssueStatus.REOPENED)])
    assert [(IssueStatus.REOPENED, True), (IssueStatus.OPEN, True)] == [
        (one.status, one.is_seen) for one in await _known(story)
    ]


async def test_a_moved_issue_is_what_is_told_of_it_now(uow: UnitOfWorkFactory) -> None:
    """All that a finding says, and nothing else: its name, status and times stay."""
    story = await Story.begin(uow)
    await story.analyzed([story.issue(1), story.issue(2)])
    before = await _loaded(story, 1)
    await story.analyzed(moved=[(1, ELSEWHERE), (2, finding(line=5))])

    known = await _known(story)
    fingerprint = Fingerprint.of(ELSEWHERE)._replace(issue_id=issue_id(1))
    assert [fingerprint, issue_id(2)] == [known[0].fingerprint, known[1].fingerprint.issue_id]
    assert GREATEST == known[0].fingerprint.line_hash
    assert moved(before, ELSEWHERE, 7) == await _loaded(story, 1)


async def _loaded(story: Story, number: int, branch: str = ""):  # type: ignore[no-untyped-def]
    async with story.reading() as work:
        return (await work.tracking.load(SHOP, branch, [issue_id(number)]))[issue_id(number)]


async def test_branches_know_of_each_other(uow: UnitOfWorkFactory) -> None:
    """What was seen on others and never here: as on the main line, else where it changed last."""
    story = await Story.begin(uow)
    await story.analyzed([story.issue(1), story.issue(2)])
    await story.analyzed([story.issue(n) for n in (1, 3, 4)], branch="dev")
    await story.analyzed([story.issue(n) for n in (3, 4, 5)], branch="old")
    await story.analyzed(gone=[2])
    await story.analyzed(gone=[1, 4], branch="dev")

    open_, fixed = IssueStatus.OPEN, IssueStatus.FIXED
    assert [("3", open_, True), ("4", fixed, False), ("5", open_, True)] == await _elsewhere(
        story, ""
    )
    assert [("2", fixed, False), ("5", open_, True)] == await _elsewhere(story, "dev")
    assert [
        ("1", open_, True),
        ("2", fixed, False),
        ("3", open_, True),
        ("4", fixed, False),
        ("5", open_, True),
    ] == await _elsewhere(story, "new")


async def test_issues_are_loaded_as_they_are_on_the_branch(uow: UnitOfWorkFactory) -> None:
    """And of those that were never seen there, as on others; unknown ids are left out."""
    story = await Story.begin(uow)
    await story.analyzed([story.issue(1), story.issue(2)])
    await story.analyzed([story.issue(1, line=70)], branch="dev")
    async with story.reading() as work:
        ids = [issue_id(n) for n in (1, 2, 3)]
        loaded = await work.tracking.load(SHOP, "dev", ids)
        assert {} == await work.tracking.load(ProjectName("other"), "", ids)
    assert [(issue_id(1), 70, "dev"), (issue_id(2), 2, "")] == [
        (one, issue.finding.line, issue.branch) for one, issue in sorted(loaded.items())
    ]


async def test_statuses_are_counted_by_branch(uow: UnitOfWorkFactory) -> None:
    """Only those that there are."""
    story = await Story.begin(uow)
    await story.analyzed([story.issue(n) for n in (1, 2, 3)])
    await story.analyzed([story.issue(4)], branch="dev")
    await story.analyzed(gone=[3])
    async with story.reading() as work:
        assert {IssueStatus.OPEN: 2, IssueStatus.FIXED: 1} == await work.tracking.statuses(SHOP, "")
        assert {IssueStatus.OPEN: 1} == await work.tracking.statuses(SHOP, "dev")
        assert {} == await work.tracking.statuses(SHOP, "no")


async def test_thousands_of_changes_are_stored_at_once(uow: UnitOfWorkFactory) -> None:
    """More than one statement takes."""
    story = await Story.begin(uow)
    many = range(1, 5_003)
    await story.analyzed([story.issue(n) for n in many])
    await story.analyzed(moved=[(n, finding(line=n + 1)) for n in many])
    assert [n + 1 for n in many] == [one.fingerprint.line for one in await _known(story)]
    await story.analyzed(gone=many)
    async with story.reading() as work:
        assert {IssueStatus.FIXED: len(many)} == await work.tracking.statuses(SHOP, "")
        ids = [issue_id(n) for n in many]
        assert len(many) == len(await work.tracking.load(SHOP, "", ids))


async def test_an_empty_change_is_none(uow: UnitOfWorkFactory) -> None:
    """Nothing happens to what is known."""
    story = await Story.begin(uow)
    await story.analyzed([story.issue(1)])
    before = await _known(story)
    async with uow() as work:
        nothing = BranchChanges(SHOP, "", 2)
        assert nothing.is_empty
        await work.tracking.apply(nothing)
        await work.commit()
    assert before == await _known(story)


async def test_a_project_s_issues_go_with_it(uow: UnitOfWorkFactory) -> None:
    """On all its branches; those of others stay."""
    story = await Story.begin(uow)
    await store(uow, project("other"))
    await story.analyzed([story.issue(1)])
    await story.analyzed([story.issue(2)], branch="dev")
    await story.analyzed(moved=[(1, finding(line=5))])
    async with uow() as work:
        await work.projects.delete((await work.projects.get(SHOP)).unwrap())
        await work.commit()
    assert [] == await _known(story)
    assert [] == await _elsewhere(story, "new")
