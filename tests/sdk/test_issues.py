from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta, timezone

import grpc
import pytest

from flext.quality.v1.finding_pb2 import Category
from flext.quality.v1.issue_pb2 import Issue, IssueStatus
from flext.quality.v1.severity_pb2 import Severity
from flext_quality_client import (
    ClientOptions,
    ExportBrokenError,
    NotFoundError,
    UnavailableError,
    issue_filter,
    triage_decision,
)
from tests.sdk.flavours import Connect
from tests.sdk.scripted_server import PROJECT, Fault, Script, refusal

ISSUE = f"{PROJECT}/issues/01kagf0000000000000000000a"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACCEPTED = triage_decision(IssueStatus.ISSUE_STATUS_ACCEPTED, "ann", "we live with it", NOON)


def issues(count: int) -> list[Issue]:
    return [Issue(name=f"{PROJECT}/issues/{n:026d}") for n in range(count)]


async def test_a_list_fetches_its_pages_while_it_is_used(
    connect: Connect, scripted: str, script: Script
) -> None:
    """Each issue once, with the same filter and order on every page."""
    script.issues = [issues(25)]
    client = connect(scripted)
    wanted = issue_filter(severities=[Severity.SEVERITY_HIGH], text="os")
    found = [i async for i in client.issues.list(PROJECT, wanted, order_by="path", page_size=10)]
    assert issues(25) == found
    asked = script.asked["ListIssues"]
    assert ["", "10", "20"] == [request.page_token for request in asked]
    assert all(r.filter == wanted and r.order_by == "path" for r in asked)
    page = await client.issues.list_page(PROJECT, page_size=10, page_token="20")
    assert (25, "", issues(25)[20:]) == (page.total_size, page.next_page_token, list(page.issues))


async def test_a_comparison_comes_page_by_page(
    connect: Connect, scripted: str, script: Script
) -> None:
    """Every page has the counts; the issues are over when the pages are."""
    script.issues = [issues(15)]
    pages = [page async for page in connect(scripted).analyses.compare("a", "b", page_size=10)]
    assert [15, 15] == [page.new_count for page in pages]
    assert issues(15) == [one.issue for page in pages for one in page.issues]


async def test_an_export_gives_each_issue(connect: Connect, scripted: str, script: Script) -> None:
    """Batch after batch; a server that was away at the beginning is not noticed."""
    script.issues = [issues(40)[:30], issues(40)[30:]]
    script.faults["ExportIssues"] = deque([Fault()])
    wanted = issue_filter(branch="dev")
    found = [issue async for issue in connect(scripted).issues.export(PROJECT, wanted)]
    assert issues(40) == found
    assert [wanted, wanted] == [request.filter for request in script.asked["ExportIssues"]]


async def test_an_export_that_breaks_says_so_and_repeats_nothing(
    connect: Connect, scripted: str, script: Script
) -> None:
    """What it was as of cannot be come back to."""
    script.issues = [issues(40)[:30], issues(40)[30:]]
    script.faults["ExportIssues"] = deque([Fault(after=1)])
    found: list[Issue] = []

    async def receive() -> None:
        async for issue in connect(scripted).issues.export(PROJECT):
            found.append(issue)  # noqa: PERF401  # what came before the error counts

    with pytest.raises(ExportBrokenError) as caught:
        await receive()
    assert issues(30) == found
    assert 30 == caught.value.received
    assert grpc.StatusCode.UNAVAILABLE is caught.value.code
    assert isinstance(caught.value.__cause__, UnavailableError)
    assert 1 == len(script.asked["ExportIssues"])


async def test_a_decision_is_sent_as_it_is(connect: Connect, scripted: str, script: Script) -> None:
    """About one issue, about named ones, and about all that a filter lets pass."""
    client = connect(scripted)
    changed = await client.issues.triage(ISSUE, ACCEPTED)
    assert IssueStatus.ISSUE_STATUS_ACCEPTED == changed.status
    names = [issue.name for issue in issues(3)]
    assert 3 == await client.issues.batch_triage(PROJECT, ACCEPTED, names=names)
    assert 99 == await client.issues.batch_triage(PROJECT, ACCEPTED, wanted=issue_filter())
    by_name, by_filter = script.asked["BatchTriageIssues"]
    assert (names, False) == (list(by_name.names), by_name.HasField("filter"))
    assert ([], True) == (list(by_filter.names), by_filter.HasField("filter"))
    sent = script.asked["TriageIssue"][0].decision
    assert sent == by_name.decision == by_filter.decision == ACCEPTED
    assert NOON == sent.expire_time.ToDatetime(UTC)


async def test_decisions_that_may_have_got_through_are_not_repeated(
    connect: Connect, scripted: str, script: Script
) -> None:
    """With an etag, and about many issues; without, about one, there is no harm in it."""
    client = connect(scripted, ClientOptions(max_attempts=3))
    for rpc in ("TriageIssue", "BatchTriageIssues"):
        script.faults[rpc] = deque([Fault()])
    with pytest.raises(UnavailableError):
        await client.issues.triage(ISSUE, ACCEPTED, etag="1")
    with pytest.raises(UnavailableError):
        await client.issues.batch_triage(PROJECT, ACCEPTED, names=[ISSUE])
    script.faults["TriageIssue"] = deque([Fault()])
    await client.issues.triage(ISSUE, ACCEPTED)
    assert ["1", "", ""] == [request.etag for request in script.asked["TriageIssue"]]


async def test_an_issue_and_its_history_are_found_by_name(
    connect: Connect, scripted: str, script: Script
) -> None:
    """And what is not there raises the error of its kind."""
    client = connect(scripted)
    assert ISSUE == (await client.issues.get(ISSUE)).name
    assert () == await client.issues.history(ISSUE)
    fault = refusal(grpc.StatusCode.NOT_FOUND, "ISSUE_NOT_FOUND", {"issue": ISSUE})
    script.faults["ListIssueHistory"] = deque([fault])
    with pytest.raises(NotFoundError) as caught:
        await client.issues.history(ISSUE)
    assert {"issue": ISSUE} == caught.value.metadata


def test_filters_and_decisions_take_times_with_their_zone() -> None:
    """One without would be a guess."""
    summer = datetime(2026, 6, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    wanted = issue_filter(new_since=summer, categories=[Category.CATEGORY_SECURITY])
    assert datetime(2026, 6, 1, 10, tzinfo=UTC) == wanted.new_since.ToDatetime(UTC)
    assert not issue_filter().HasField("new_since")
    with pytest.raises(ValueError, match="zone"):
        triage_decision(IssueStatus.ISSUE_STATUS_ACCEPTED, "ann", "x", datetime(2026, 6, 1))  # noqa: DTZ001
