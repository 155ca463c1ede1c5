from __future__ import annotations

from typing import Any

import grpc
import pytest

from flext.quality.v1 import event_service_pb2 as event_pb
from flext.quality.v1 import issue_service_pb2 as pb
from flext.quality.v1.quality_event_pb2 import IssueUpdated
from tests.contract.issue_story import Story
from tests.live import LiveServer
from tests.rpc.calls import refused
from tests.rpc.issue_world import ACKNOWLEDGED, SHOP, World, decision, issue_at, numbers


@pytest.fixture
def world(live_server: LiveServer) -> World:
    """Four issues on the main line, of which the branch dev sees two."""

    async def happen(story: Story) -> None:
        await story.analyzed([story.issue(n) for n in range(4)])
        await story.analyzed([story.issue(n) for n in (0, 1)], branch="dev")

    world = World(live_server)
    world.tell(happen)
    return world


def updates(world: World) -> list[IssueUpdated]:
    """What was told of changes of issues, oldest first."""
    request = event_pb.WatchEventsRequest(after_cursor=0, until_now=True)
    request.filter.event_types.append("IssueUpdated")
    answers = world.events.WatchEvents(request, timeout=30)
    events = [one.quality_event for one in answers if one.HasField("quality_event")]
    return [event.project_event.issue_updated for event in events]


def test_an_issue_is_assigned_and_taken_back(world: World) -> None:
    """On all branches, with a new etag, one event for each change, and filters that follow."""
    before = world.issue(1)
    changed = world.set(1, assignee="Ann", etag=before.etag)
    assert (changed.assignee, changed.status, changed.status_time) == (
        "Ann",
        before.status,
        before.status_time,
    )
    assert changed.etag != before.etag
    assert changed == world.issue(1)
    for branch in ("", "dev"):
        (there,) = world.exported(filter=pb.IssueFilter(branch=branch, assignee="Ann"))
        assert (there.name, there.assignee) == (issue_at(1), "Ann")
    nobodys = world.listed(filter=pb.IssueFilter(branch="", assignee=""))
    assert (numbers(nobodys.issues), nobodys.total_size) == ([0, 2, 3], 3)
    # A decision leaves it alone, and it the decision.
    assert world.update(1, decision(ACKNOWLEDGED)).assignee == "Ann"
    back = world.set(1, assignee="")
    assert (back.assignee, back.status) == ("", ACKNOWLEDGED)
    assert not world.exported(filter=pb.IssueFilter(assignee="Ann"))
    assert updates(world) == [
        IssueUpdated(issue=issue_at(1), fields=["assignee"], assignee="Ann"),
        IssueUpdated(issue=issue_at(1), fields=["assignee"]),
    ]


def test_tags_are_given_and_found(world: World) -> None:
    """In alphabetical order; a filter lets pass what has at least one; the mask leaves the rest alone."""
    world.set(0, tags=["ä", "b", "B"], assignee="Ann")
    world.set(1, tags=["b"])
    assert (list(world.issue(0).tags), world.issue(0).assignee) == (["B", "b", "ä"], "Ann")
    for tags, found in (("b", [0, 1]), (["ä", "x"], [0]), (["x"], []), ([""], [])):
        wanted = pb.IssueFilter(branch="", tags=tags)
        page = world.listed(filter=wanted)
        assert (numbers(page.issues), page.total_size) == (found, len(found))
        assert list(page.issues) == world.exported(filter=wanted)
    assert world.batch(decision(ACKNOWLEDGED), filter=pb.IssueFilter(branch="", tags=["b"])) == 2
    both = world.set(0, "*", tags=["c"])
    assert (list(both.tags), both.assignee) == (["c"], "")
    assert updates(world)[-1] == IssueUpdated(
        issue=issue_at(0), fields=["assignee", "tags"], tags=["c"]
    )


def test_an_update_that_changes_nothing_tells_nothing(world: World) -> None:
    """It answers with the issue as it is, with the same etag."""
    first = world.set(2, assignee="Ann")
    assert world.set(2, assignee="Ann", etag=first.etag) == first
    assert len(updates(world)) == 1


@pytest.mark.parametrize(
    ("fields", "values", "field"),
    [
        (["status"], {}, "update_mask"),
        ([], {}, "update_mask"),
        (["assignee"], {"assignee": "x" * 201}, "issue.assignee"),
        (["tags"], {"tags": ["x"] * 2}, "issue.tags"),
        (["tags"], {"tags": [str(n) for n in range(65)]}, "issue.tags"),
        (["tags"], {"tags": ["x" * 64]}, "issue.tags[0]"),
        (["tags"], {"tags": ["a", " "]}, "issue.tags[1]"),
        (["tags"], {"tags": ["a", ""]}, "issue.tags[1]"),
        (["assignee"], {"assignee": " Ann"}, "issue.assignee"),
        (["assignee"], {"assignee": "A\0"}, "issue.assignee"),
    ],
)
def test_a_wrong_update_is_refused(
    world: World, fields: list[str], values: dict[str, Any], field: str
) -> None:
    """With the field, and nothing is changed."""
    before = world.issue(1)
    with refused() as error:
        world.set(1, *fields, **values) if fields else world.set(1)
    assert (error.code, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, (field,))
    assert world.issue(1) == before


def test_an_update_of_what_changed_meanwhile_is_refused(world: World) -> None:
    """ABORTED with the current etag; what is not there is NOT_FOUND."""
    old = world.issue(1).etag
    now = world.set(1, assignee="Ann").etag
    with refused() as error:
        world.set(1, assignee="Bob", etag=old)
    assert (error.code, error.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert error.metadata == {"issue": issue_at(1), "current": now}
    for number, parent in ((99, SHOP), (1, "projects/nobody")):
        with refused() as error:
            issue = pb.UpdateIssueRequest(
                issue={"name": issue_at(number).replace(SHOP, parent)},
                update_mask={"paths": ["assignee"]},
            )
            world.issues.UpdateIssue(issue)
        assert error.reason == "ISSUE_NOT_FOUND"
