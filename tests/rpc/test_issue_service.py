from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from flext.quality.v1 import analysis_service_pb2 as analysis_pb
from flext.quality.v1 import issue_service_pb2 as pb
from flext.quality.v1.issue_pb2 import MatchMethod as ProtoMatchMethod
from flext.quality.v1.severity_pb2 import Severity as ProtoSeverity
from flext_quality.domain.findings.finding import Category, Finding, Severity
from flext_quality.domain.issues.issue import IssueStatus, MatchMethod
from tests.conftest import StartServer
from tests.contract.issue_story import Story, finding
from tests.fakes import FakeAnalyzer
from tests.live import LiveServer
from tests.rpc.calls import refused
from tests.rpc.issue_world import (
    ACCEPTED,
    ACKNOWLEDGED,
    FALSE_POSITIVE,
    FIXED,
    OPEN,
    SHOP,
    World,
    decision,
    issue_at,
    numbers,
)
from tests.waiting import wait_until

SECURITY = Category.SECURITY
NOBODY = f"{SHOP}/issues/{'0' * 26}"


@pytest.fixture
def world(live_server: LiveServer) -> World:
    """Twelve issues; then 1 moves, 2 is fixed and 12 is new; the branch dev sees 2 and 3."""

    async def happen(story: Story) -> None:
        await story.analyzed(
            [
                story.issue(n, path=f"src/{n % 3}.py", severity=Severity(n % 5 + 1))
                for n in range(12)
            ]
        )
        await story.analyzed([story.issue(12)], moved=[(1, finding("b.py", 3))], gone=[2])
        await story.analyzed([story.issue(n) for n in (2, 3)], branch="dev")

    world = World(live_server)
    world.tell(happen)
    return world


def later(**duration: float) -> Timestamp:
    time = Timestamp()
    time.FromDatetime(datetime.now(UTC) + timedelta(**duration))
    return time


def test_an_issue_is_found_by_its_name(world: World) -> None:
    """With all that is known of it; what is not there is NOT_FOUND."""
    issue = world.issue(1)
    assert (issue.finding.path, issue.finding.line, issue.status, issue.branch) == (
        "b.py",
        3,
        OPEN,
        "",
    )
    assert issue.etag
    assert world.issue(2).status == FIXED
    update = pb.TriageIssueRequest(decision=decision(ACKNOWLEDGED))
    for name in (NOBODY, NOBODY.replace("shop", "nobody")):
        update.name = name
        with refused() as getting:
            world.issues.GetIssue(pb.GetIssueRequest(name=name))
        with refused() as asking:
            world.issues.ListIssueHistory(pb.ListIssueHistoryRequest(parent=name))
        with refused() as triaging:
            world.issues.TriageIssue(update)
        for error in (getting, asking, triaging):
            assert (error.code, error.reason) == (grpc.StatusCode.NOT_FOUND, "ISSUE_NOT_FOUND")
            assert error.metadata == {"issue": name}


@pytest.mark.parametrize(
    "order", ["", "create_time", "create_time desc", "severity", "path", "status_time desc"]
)
def test_pages_have_every_issue_once(world: World, order: str) -> None:
    """In each order, with the count of all on every page."""
    whole = world.listed(order_by=order)
    assert sorted(numbers(whole.issues)) == list(range(13))
    assert (whole.total_size, whole.next_page_token) == (13, "")
    found: list[int] = []
    token = ""
    while True:
        page = world.listed(order_by=order, page_size=5, page_token=token)
        assert page.total_size == 13
        found += numbers(page.issues)
        token = page.next_page_token
        if not token:
            break
    assert found == numbers(whole.issues)


def test_issues_are_filtered(world: World) -> None:
    """By each field of the filter, alike in pages and in exports."""
    since = world.issue(12).create_time
    for wanted, expected in (
        (pb.IssueFilter(statuses=[FIXED]), [2]),
        (pb.IssueFilter(severities=[ProtoSeverity.SEVERITY_CRITICAL]), [0, 5, 10]),
        (pb.IssueFilter(path_prefix="src/0.py"), [0, 3, 6, 9]),
        (pb.IssueFilter(new_since=since), [12]),
        (pb.IssueFilter(text="MESSAGE 1", rules=["F401"], analyzers=["ruff"]), [10, 11, 12]),
        (pb.IssueFilter(branch="dev"), [2, 3]),
        (pb.IssueFilter(analysis=world.names[0]), list(range(12))),
        (pb.IssueFilter(analysis=world.names[0], path_prefix="src/1.py"), [1, 4, 7, 10]),
        (pb.IssueFilter(analysis=world.names[1], path_prefix="b.py"), [1]),
        (pb.IssueFilter(analysis=world.names[2]), [2, 3]),
        (pb.IssueFilter(rules=["nothing"]), []),
    ):
        page = world.listed(filter=wanted)
        assert (numbers(page.issues), page.total_size) == (expected, len(expected))
        assert list(page.issues) == world.exported(filter=wanted)


def test_a_filter_must_fit_together(world: World) -> None:
    """Names of other projects, of nothing and of unfinished analyses are refused, in every call."""
    unknown = f"{SHOP}/analyses/{'0' * 26}"
    elsewhere = f"projects/other/analyses/{'0' * 26}"
    never = Timestamp(seconds=10**15)
    for wanted, field, reason in (
        (pb.IssueFilter(analysis=world.names[0], branch="dev"), "filter.branch", "INVALID_FIELD"),
        (pb.IssueFilter(analysis=elsewhere), "filter.analysis", "INVALID_FIELD"),
        (pb.IssueFilter(new_since=never), "filter.new_since", "INVALID_FIELD"),
        (pb.IssueFilter(analysis=unknown), "", "ANALYSIS_NOT_FOUND"),
    ):
        with refused() as listing:
            world.listed(filter=wanted)
        with refused() as exporting:
            world.exported(filter=wanted)
        with refused() as triaging:
            world.batch(decision(ACKNOWLEDGED), filter=wanted)
        for error in (listing, exporting, triaging):
            assert (error.reason, error.fields) == (reason, (field,) if field else ())
    nobody = "projects/nobody"
    with refused() as listing:
        world.issues.ListIssues(pb.ListIssuesRequest(parent=nobody))
    with refused() as exporting:
        list(world.issues.ExportIssues(pb.ExportIssuesRequest(parent=nobody)))
    with refused() as triaging:
        world.batch(decision(OPEN), nobody, filter=pb.IssueFilter())
    assert {listing.reason, exporting.reason, triaging.reason} == {"PROJECT_NOT_FOUND"}


def test_an_analysis_that_has_not_succeeded_saw_no_issues(
    start_server: StartServer, project_dir: Path
) -> None:
    """FAILED_PRECONDITION, with its state."""
    world = World(start_server(FakeAnalyzer("slow", gate=asyncio.Event())))
    project = world.create(project_dir).name
    analysis = world.start(project).name
    wanted = pb.IssueFilter(analysis=analysis)
    with refused() as error:
        world.issues.ListIssues(pb.ListIssuesRequest(parent=project, filter=wanted))
    assert (error.code, error.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "ANALYSIS_NOT_FINISHED",
    )


def test_a_page_token_belongs_to_its_list(world: World) -> None:
    """With another order or filter it is refused."""
    token = world.listed(page_size=5).next_page_token
    for fields in ({"order_by": "path"}, {"filter": pb.IssueFilter(text="x")}):
        with refused() as error:
            world.listed(page_token=token, **fields)
        assert error.reason == "INVALID_PAGE_TOKEN"


def test_an_issue_is_triaged_and_taken_back(world: World) -> None:
    """Status, decision and etag change, and filters follow at once."""
    before = world.issue(5)
    until = later(days=1)
    accepted = world.update(5, decision(ACCEPTED, expire_time=until), before.etag)
    assert accepted.status == ACCEPTED
    triage = accepted.triage
    assert (triage.author, triage.reason, triage.status) == ("ann", "why not", ACCEPTED)
    assert triage.expire_time == until
    assert accepted.etag != before.etag
    assert accepted == world.issue(5)
    assert numbers(world.listed(filter=pb.IssueFilter(statuses=[ACCEPTED])).issues) == [5]
    with refused() as error:
        world.update(5, decision(OPEN), before.etag)
    assert (error.code, error.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert error.metadata == {"issue": issue_at(5), "current": accepted.etag}
    back = world.update(5, decision(OPEN, reason=""))
    assert (back.status, back.HasField("triage")) == (OPEN, False)


def test_a_decision_must_be_one(world: World) -> None:
    """Resolutions need a reason; only they end, and only in the future; nobody decides FIXED."""
    for wrong, field in (
        (decision(ACCEPTED, reason=" "), "decision.reason"),
        (decision(FALSE_POSITIVE, reason=""), "decision.reason"),
        (decision(ACCEPTED, author=" "), "decision.author"),
        (decision(ACCEPTED, author=""), "decision.author"),
        (decision(ACKNOWLEDGED, expire_time=later(days=1)), "decision.expire_time"),
        (decision(OPEN, expire_time=later(days=1)), "decision.expire_time"),
        (decision(ACCEPTED, expire_time=later(seconds=-1)), "decision.expire_time"),
        (decision(ACCEPTED, expire_time=Timestamp(seconds=10**15)), "decision.expire_time"),
        (decision(FIXED), "decision.status"),
    ):
        with refused() as one:
            world.update(5, wrong)
        with refused() as many:
            world.batch(wrong, names=[issue_at(5)])
        for error in (one, many):
            assert (error.reason, error.fields) == ("INVALID_FIELD", (field,))
    assert world.issue(5).status == OPEN


def test_what_is_fixed_cannot_be_triaged(world: World) -> None:
    """Unless another branch still sees it: then the decision is for that."""
    told = world.update(2, decision(ACCEPTED))
    assert (told.status, told.triage.status) == (FIXED, ACCEPTED)
    assert [i.status for i in world.exported(filter=pb.IssueFilter(branch="dev"))] == [
        ACCEPTED,
        OPEN,
    ]


def test_what_no_branch_sees_cannot_be_triaged(live_server: LiveServer) -> None:
    """ISSUE_FIXED, alone or among others, of which none is changed then."""

    async def happen(story: Story) -> None:
        await story.analyzed([story.issue(n) for n in range(3)])
        await story.analyzed(gone=[1])

    world = World(live_server)
    world.tell(happen)
    with refused() as one:
        world.update(1, decision(ACCEPTED))
    with refused() as many:
        world.batch(decision(ACCEPTED), names=[issue_at(n) for n in range(3)])
    for error in (one, many):
        assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ISSUE_FIXED")
        assert error.metadata == {"issue": issue_at(1)}
    assert world.issue(0).status == OPEN
    # A filter is about those that are still seen.
    assert world.batch(decision(ACCEPTED), filter=pb.IssueFilter(statuses=[FIXED])) == 0
    assert world.batch(decision(ACCEPTED), filter=pb.IssueFilter()) == 2


def test_many_issues_are_triaged_alike(live_server: LiveServer) -> None:
    """More than are in memory at once; the number is exact."""

    async def happen(story: Story) -> None:
        await story.analyzed([story.issue(n) for n in range(1_300)])

    world = World(live_server)
    world.tell(happen)
    wanted = pb.IssueFilter(text="message 1")
    assert world.batch(decision(ACCEPTED), filter=wanted) == 411
    assert world.listed(filter=pb.IssueFilter(statuses=[ACCEPTED])).total_size == 411
    # The filter stops to let them pass while they are triaged.
    wanted = pb.IssueFilter(statuses=[OPEN, ACCEPTED])
    assert world.batch(decision(ACKNOWLEDGED), filter=wanted) == 1_300
    names = [issue_at(n) for n in range(1_300)]
    assert world.batch(decision(FALSE_POSITIVE), names=names) == 1_300
    assert {issue.status for issue in world.exported()} == {FALSE_POSITIVE}
    with refused() as error:
        world.batch(decision(OPEN), names=[*names, NOBODY])
    assert error.reason == "ISSUE_NOT_FOUND"
    assert world.issue(0).status == FALSE_POSITIVE


def test_a_batch_names_issues_or_a_filter(world: World) -> None:
    """Not both, not neither, and only of its project."""
    with refused() as neither:
        world.batch(decision(ACKNOWLEDGED))
    with refused() as both:
        world.batch(decision(ACKNOWLEDGED), names=[issue_at(1)], filter=pb.IssueFilter())
    assert neither.fields == both.fields == ("names",)
    strange = issue_at(1).replace("shop", "other")
    with refused() as error:
        world.batch(decision(ACKNOWLEDGED), names=[issue_at(1), strange])
    assert error.fields == ("names[1]",)


def test_a_history_tells_what_analyses_and_people_did(world: World) -> None:
    """Oldest first; people's part without an analysis."""
    world.update(1, decision(ACCEPTED))
    request = pb.ListIssueHistoryRequest(parent=issue_at(1))
    first, moved, triaged = world.issues.ListIssueHistory(request).changes
    assert (first.analysis, first.status, first.path, first.line) == (
        world.names[0],
        OPEN,
        "src/1.py",
        1,
    )
    assert (moved.analysis, moved.path, moved.line) == (world.names[1], "b.py", 3)
    assert moved.match_method == ProtoMatchMethod.MATCH_METHOD_MOVED_IN_FILE
    assert (triaged.analysis, triaged.status) == ("", ACCEPTED)
    assert (triaged.triage.author, triaged.triage.reason) == ("ann", "why not")
    assert first.time.ToDatetime() < moved.time.ToDatetime() < triaged.time.ToDatetime()


def test_an_export_does_not_keep_others_waiting(start_server: StartServer) -> None:
    """However many are under way and nobody reads them, ordinary calls are answered."""

    async def happen(story: Story) -> None:
        long = "x" * 2_000
        await story.analyzed([story.issue(n, message=long) for n in range(6_000)])

    world = World(start_server(database={"pool_size": 1}))
    world.tell(happen)
    request = pb.ExportIssuesRequest(parent=SHOP)
    streams = [world.issues.ExportIssues(request) for _ in range(5)]
    firsts = [next(stream) for stream in streams]
    assert all(0 < len(first.issues) <= 1_000 for first in firsts)
    assert world.batch(decision(ACKNOWLEDGED), filter=pb.IssueFilter()) == 6_000
    assert world.issue(5_999).status == ACKNOWLEDGED
    # Nothing of it shows in what was begun before.
    rest = [issue for batch in streams[0] for issue in batch.issues]
    assert numbers([*firsts[0].issues, *rest]) == list(range(6_000))
    assert {issue.status for issue in rest} == {OPEN}
    for stream in streams[1:]:
        stream.cancel()
    assert {issue.status for issue in world.exported()} == {ACKNOWLEDGED}


def test_a_decision_ends_when_its_time_is_over(start_server: StartServer) -> None:
    """The server sees to it by itself; the history says so with an empty author."""

    async def happen(story: Story) -> None:
        await story.analyzed([story.issue(n) for n in range(3)])
        await story.decided(1, status=IssueStatus.FALSE_POSITIVE, expires_at=story.now)
        await story.analyzed([story.issue(9)], match_method=MatchMethod.NEW)

    server = start_server(expiry_interval=0.05)
    world = World(server)
    world.tell(happen)
    request = pb.ListIssueHistoryRequest(parent=issue_at(1))
    wait_until(lambda: world.issue(1).status == OPEN)
    last = world.issues.ListIssueHistory(request).changes[-1]
    assert (last.status, last.triage.author, last.triage.status) == (OPEN, "", OPEN)
    assert not world.issue(1).HasField("triage")


def test_a_triage_shows_in_the_analysis_at_once(
    start_server: StartServer, project_dir: Path
) -> None:
    """Its counts, its score and its measures; in those of earlier analyses nothing changes."""
    (project_dir / "app.py").write_text("answer = 42\n" * 500)
    found = [
        Finding("bandit", "B1", Severity.HIGH, f"bad {n}", "app.py", n, category=SECURITY)
        for n in (1, 2)
    ]
    world = World(start_server(FakeAnalyzer("bandit", [found])))
    project = world.create(project_dir).name
    first = world.watch(world.start(project).name)[-1].analysis_finished.analysis
    second = world.watch(world.start(project).name)[-1].analysis_finished.analysis
    request = pb.ListIssuesRequest(parent=project)
    issue, other = world.issues.ListIssues(request).issues
    assert (issue.first_analysis, issue.finding.line, other.finding.line) == (first.name, 1, 2)
    before = world.get(second.name)
    assert before.issue_counts.open_count == 2
    accept = pb.TriageIssueRequest(name=issue.name, decision=decision(ACCEPTED))
    assert world.issues.TriageIssue(accept).issue.status == ACCEPTED
    after = world.get(second.name)
    assert (after.issue_counts.open_count, after.issue_counts.accepted_count) == (1, 1)
    assert after.score.overall > before.score.overall
    assert world.get(first.name).issue_counts.open_count == 2
    compared = world.analyses.CompareAnalyses(
        analysis_pb.CompareAnalysesRequest(base_analysis=first.name, head_analysis=second.name)
    )
    assert (compared.new_count, compared.fixed_count, compared.persisting_count) == (0, 0, 2)
    assert [(m.base_value, m.head_value) for m in compared.metrics if m.metric == "issues"] == [
        (2, 1)
    ]
    (seen, triaged) = world.issues.ListIssueHistory(
        pb.ListIssueHistoryRequest(parent=issue.name)
    ).changes
    assert (seen.analysis, seen.path, triaged.status) == (first.name, "app.py", ACCEPTED)
